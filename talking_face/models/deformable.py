"""The deformable generator's painter: what the moved photo does not show, the inside of the mouth above all.

It works on a square region around the mouth. Source features at two scales, computed once a photo, are brought to each
frame by modulated deformable convolutions whose offsets start at the landmark flow; a decoder paints the region, and
attention decides, pixel by pixel, between the moved photo and the painted colour.
"""

import torch
from torch import nn
from torch.nn import functional as F

from talking_face.models.deform import DeformConv2d, flow_to_offset

REGION = 96  # pixels on a side
REGION_SIZE = 1.5  # eye distances on a side
REGION_DROP = 0.12  # eye distances: the region's centre below the photo's mouth, for mouths open downwards
PROFILE_CHANNELS = 7
TAPS = 9

# Lip lines from the picture's left corner to the right one, as iBUG-68 indices.
UPPER_OUTER, LOWER_OUTER = (48, 49, 50, 51, 52, 53, 54), (48, 59, 58, 57, 56, 55, 54)
UPPER_INNER, LOWER_INNER = (60, 61, 62, 63, 64), (60, 67, 66, 65, 64)


def mouth_box(source):
    """The square painted region: source landmarks (B, 68, 2) face units -> (B, 4) left, top, right, bottom."""
    centre = (source[:, 48:60].amin(1) + source[:, 48:60].amax(1)) / 2
    centre = centre + centre.new_tensor([0.0, REGION_DROP])
    return torch.cat([centre - REGION_SIZE / 2, centre + REGION_SIZE / 2], 1)


def to_region(points, box):
    """Face units -> region coordinates, 0 to 1: (B, N, 2), (B or 1, 4) -> (B, N, 2)."""
    return (points - box[:, None, :2]) / (box[:, None, 2:] - box[:, None, :2])


def line_height(line, columns):
    """Height of a polyline over each column, by linear interpolation; beyond its ends, the ends' heights.

    Parameters
    ----------
    line : Tensor, (B, P, 2)
        Points from left to right.
    columns : Tensor, (W,)

    Returns
    -------
    Tensor, (B, W)
    """
    x, y = line.unbind(-1)
    width = (x[:, 1:] - x[:, :-1]).clamp(min=1e-4)
    steps = ((columns - x[:, :-1, None]) / width[..., None]).clamp(0, 1)
    return y[:, :1] + ((y[:, 1:] - y[:, :-1])[..., None] * steps).sum(1)


def lip_profiles(landmarks, size=REGION):
    """Pictures that tell the network where each pixel lies between the lips.

    Parameters
    ----------
    landmarks : Tensor, (B, 68, 2)
        Region coordinates, 0 to 1.
    size : int
        Side of the pictures.

    Returns
    -------
    Tensor, (B, 7, size, size)
        Distances below the upper and above the lower line of the inner and outer lips (in tenths of the region, -1 to
        1), place between the corners (-1 to 1), and soft masks of the mouth's inside and of the whole mouth (0 to 1).
    """
    axis = (torch.arange(size, device=landmarks.device, dtype=landmarks.dtype) + 0.5) / size
    rows = axis[None, :, None]
    maps, masks = [], []
    for upper, lower in ((UPPER_INNER, LOWER_INNER), (UPPER_OUTER, LOWER_OUTER)):
        below = rows - line_height(landmarks[:, upper], axis)[:, None]
        above = line_height(landmarks[:, lower], axis)[:, None] - rows
        maps += [below, above]
        left, right = landmarks[:, upper[0], 0], landmarks[:, upper[-1], 0]
        inside = torch.minimum(axis - left[:, None], right[:, None] - axis)[:, None]
        depth = torch.minimum(torch.minimum(below, above), inside)
        masks.append((depth * size + 0.5).clamp(0, 1))
    left, right = landmarks[:, 48, 0], landmarks[:, 54, 0]
    across = ((axis - left[:, None]) / (right - left)[:, None] * 2 - 1).clamp(-1.5, 1.5)
    maps = [(m * 10).clamp(-1, 1) for m in maps] + [across[:, None].expand(-1, size, -1)]
    return torch.stack(maps + masks, 1)


def convolve(inputs, outputs, stride=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.LeakyReLU(0.2, inplace=True))


class Align(nn.Module):
    """Bring source features to a frame: a deformable convolution around where the flow points."""

    def __init__(self, channels, condition):
        super().__init__()
        self.look = nn.Conv2d(condition, 3 * TAPS, 3, padding=1)
        nn.init.zeros_(self.look.weight)
        nn.init.zeros_(self.look.bias)
        self.sample = DeformConv2d(channels, channels, 3, padding=1)

    def forward(self, features, flow, condition):
        """features (B or 1, C, H, W) or `mix`ed, flow (B, 2, H, W) pixels, condition (B, D, H, W) -> (B, C, H, W)."""
        delta, modulation = self.look(condition).split([2 * TAPS, TAPS], 1)
        offset = flow_to_offset(flow, TAPS) + delta
        return F.leaky_relu(self.sample(features, offset, 2 * modulation.sigmoid()), 0.2)


class DeformablePainter(nn.Module):
    """Source features aligned by deformable convolutions, decoded to colour and attention.

    Parameters
    ----------
    channels : tuple of int
        Feature channels of the encoder at half, a quarter and an eighth of the region's resolution.
    decoder : tuple of int, optional
        Those of the decoder, which runs in every frame; by default the same.
    """

    def __init__(self, channels=(32, 48, 64), decoder=None):
        super().__init__()
        self.channels, self.decoder = tuple(channels), tuple(decoder or channels)
        fine, middle, coarse = channels
        paint, join, found = self.decoder
        profiles = PROFILE_CHANNELS
        self.encode_fine = nn.Sequential(convolve(4 * (3 + profiles), fine), convolve(fine, fine))
        self.encode_middle = nn.Sequential(convolve(fine, middle, 2), convolve(middle, middle))
        self.encode_coarse = nn.Sequential(convolve(middle, coarse, 2), convolve(coarse, coarse), convolve(coarse, coarse))
        self.style = nn.Sequential(nn.Linear(2 * coarse, coarse), nn.LeakyReLU(0.2), nn.Linear(coarse, coarse))
        self.align_middle = Align(middle, profiles)
        self.align_coarse = Align(coarse, profiles)
        self.decode_coarse = nn.Sequential(convolve(coarse + profiles, found), convolve(found, found))
        self.decode_middle = nn.Sequential(convolve(found + middle + profiles, join), convolve(join, join))
        self.decode_fine = nn.Sequential(convolve(join + profiles + 12, paint), convolve(paint, paint))
        self.head = nn.Conv2d(paint, 16, 3, padding=1)

    def encode(self, region, profiles):
        """Features of a photo's mouth region, once a photo.

        Parameters
        ----------
        region : Tensor, (B, 3, 96, 96)
            Normalised colours (`normalise_colour`).
        profiles : Tensor, (B, 7, 96, 96)
            `lip_profiles` of the photo.

        Returns
        -------
        tuple of Tensor
            Features at two scales and a style vector.
        """
        fine = self.encode_fine(F.pixel_unshuffle(torch.cat([region, profiles], 1), 2))
        middle = self.encode_middle(fine)
        coarse = self.encode_coarse(middle)
        style = self.style(torch.cat([coarse.mean((2, 3)), coarse.amax((2, 3))], 1))
        return middle, coarse, style

    def mix(self, encoded):
        """What `encode` gave for one photo, made faster to paint many frames from on the CPU."""
        middle, coarse, style = encoded
        return self.align_middle.sample.mix(middle), self.align_coarse.sample.mix(coarse), style

    def forward(self, encoded, moved, flow, profiles):
        """Paint frames.

        Parameters
        ----------
        encoded : tuple of Tensor
            From `encode` or `mix`; a batch of one serves all frames.
        moved : Tensor, (B, 3, 96, 96)
            The region of the warped photo, normalised colours.
        flow : Tensor, (B, 2, h, w)
            Backward flow in region widths, at any resolution.
        profiles : Tensor, (B, 7, 96, 96)
            `lip_profiles` of the frame.

        Returns
        -------
        colour : Tensor, (B, 3, 96, 96)
            Normalised colours.
        attention : Tensor, (B, 1, 96, 96)
            Share of the painted colour, 0 to 1.
        """
        features = self.decode(encoded, moved, flow, profiles)
        # Contiguous, because what follows is several times slower on interleaved channels.
        colour, logit = F.pixel_shuffle(self.head(features).contiguous(), 2).split([3, 1], 1)
        return colour, attend(logit, profiles)

    def decode(self, encoded, moved, flow, profiles):
        """What `forward` paints from: arguments as there -> features (B, C, 48, 48)."""
        middle, coarse, style = encoded
        like_features = {"dtype": style.dtype, "memory_format": torch.channels_last}
        flows, conditions, pooled = {}, {}, profiles
        for divisor in (2, 4, 8):
            size = REGION // divisor
            flows[divisor] = F.interpolate(flow, size=(size, size), mode="bilinear", align_corners=False) * size
            pooled = halve(pooled)
            conditions[divisor] = pooled.to(**like_features)
        x = self.align_coarse(coarse, flows[8], conditions[8]) + style[:, :, None, None]
        x = self.decode_coarse(torch.cat([x, conditions[8]], 1))
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = self.decode_middle(torch.cat([x, self.align_middle(middle, flows[4], conditions[4]), conditions[4]], 1))
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        pixels = unshuffle(moved.to(style.dtype))
        return self.decode_fine(torch.cat([x, conditions[2], pixels], 1))


def halve(maps):
    """Mean of each 2 x 2 pixels, (B, C, H, W) -> (B, C, H / 2, W / 2): `avg_pool2d`, several times faster on the CPU."""
    rows = maps[..., ::2, :] + maps[..., 1::2, :]
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def unshuffle(pictures):
    """`pixel_unshuffle` by 2 into channels-last memory, (B, C, H, W) -> (B, 4 C, H / 2, W / 2), faster on the CPU."""
    batch, channels, height, width = pictures.shape
    quarters = pictures.new_empty(batch, height // 2, width // 2, channels, 2, 2)
    for y in (0, 1):
        for x in (0, 1):
            quarters[..., y, x] = pictures[:, :, y::2, x::2].permute(0, 2, 3, 1)
    return quarters.flatten(3).permute(0, 3, 1, 2)


def attend(logit, profiles):
    """Attention (B, 1, 96, 96) from a network's logit, under a prior: paint inside the mouth, the photo elsewhere.

    Without the prior, training lets attention collapse to the photo.
    """
    inside = profiles[:, 5:6]
    return (logit + 6 * inside - 3).sigmoid() * region_window(REGION, logit.device)


def region_window(size, device=None):
    """1 in the region, smoothly 0 at its border, so that no seam can show: (1, 1, size, size)."""
    edge = torch.linspace(-1, 1, size, device=device).abs()
    side = ((1 - edge) / 0.15).clamp(0, 1)
    return (side[:, None] * side[None])[None, None]


def normalise_colour(region):
    """Colour statistics of a photo's mouth region, so that light and skin tone do not matter to the network.

    Parameters
    ----------
    region : Tensor, (B, 3, H, W)
        Colours, 0 to 1.

    Returns
    -------
    mean, scale : Tensor, (B, 3, 1, 1) and (B, 1, 1, 1)
        The normalised region is `(region - mean) / scale`.
    """
    mean = region.mean((2, 3), keepdim=True)
    scale = region.mean(1, keepdim=True).std((2, 3), keepdim=True).clamp(min=0.04) * 2
    return mean, scale
