"""The deformable generator's painter: what the moved photo does not show, the inside of the mouth above all.

It works on a square region around the mouth. Source features at two scales, computed once a photo, are brought to each
frame by modulated deformable convolutions whose offsets start at the landmark flow; a decoder paints the region, and
attention decides, pixel by pixel, between the moved photo and the painted colour.
"""

import torch
from torch import nn
from torch.nn import functional as F

from talking_face.generators.deformable.deform_conv import DeformConv2d, flow_to_offset
from talking_face.generators.deformable.mouth import PROFILE_CHANNELS, REGION, region_window

KIND = "deformable painter"  # what the header of its weights says

TAPS = 9


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
        self.encode_coarse = nn.Sequential(
            convolve(middle, coarse, 2), convolve(coarse, coarse), convolve(coarse, coarse)
        )
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
    """Mean of each 2 x 2 pixels, (B, C, H, W) -> (B, C, H / 2, W / 2): `avg_pool2d`, but several times faster."""
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
