"""The deformable generator's painter: it lights what is drawn between the lips, and paints what is drawn wrongly.

It works on a square region around the mouth. Features of two sources, the photo and the row of teeth, computed once a
photo, are brought to each frame by modulated deformable convolutions; the photo's offsets start at the landmark flow,
the teeth's at the skull's rest. A decoder says, pixel by pixel, by how much the light differs from the drawing's, which
colour it would paint itself, and how much attention moved photo, drawing and paint deserve. Light and paint are coarse
and the drawing is fine, so that teeth stay as sharp as they are drawn.
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from talking_face.generators.deformable.deform_conv import DeformConv2d, flow_to_offset
from talking_face.generators.deformable.mouth import PROFILE_CHANNELS, REGION

KIND = "deformable painter"  # what the header of its weights says

TAPS = 9
DRAWN = 4  # channels of a drawing: colours, and what they cover
SHADOW, LIGHT = 0.8, 0.35  # log of the deepest shadow and the strongest light that the painter may throw on a drawing
MOST_PAINT = 0.15  # share of paint over the drawing: more would blur it
RIM = 3  # pixels, of 48 a side, around a lip's edge in which the photo may show
PRIOR = 4.0, -3.0  # logits of attention that a painter starts with: all to the drawing


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


class Painting(NamedTuple):
    """What the painter says of frames.

    Attributes
    ----------
    colour : Tensor, (B, 3, 48, 48)
        Paint, normalised colours.
    attention : Tensor, (B, 2, 48, 48)
        Share of what is between the lips over the moved photo, and of paint over the drawing, 0 to 1.
    light : Tensor, (B, 3, 48, 48)
        Log of the factor of the drawing's colours.
    """

    colour: torch.Tensor
    attention: torch.Tensor
    light: torch.Tensor


class DeformablePainter(nn.Module):
    """Features of photo and teeth aligned by deformable convolutions, decoded to light, paint and attention.

    Parameters
    ----------
    channels : tuple of int
        Feature channels of the encoder at half, a quarter and an eighth of the region's resolution.
    decoder : tuple of int
        Those of the decoder, which runs in every frame.
    teeth : int
        Feature channels of the teeth at a quarter of the resolution.
    """

    def __init__(self, channels=(32, 48, 64), decoder=(16, 32, 64), teeth=24):
        super().__init__()
        self.channels, self.decoder, self.teeth = tuple(channels), tuple(decoder), teeth
        fine, middle, coarse = channels
        paint, join, found = self.decoder
        profiles = PROFILE_CHANNELS
        self.encode_fine = nn.Sequential(convolve(4 * (3 + profiles), fine), convolve(fine, fine))
        self.encode_middle = nn.Sequential(convolve(fine, middle, 2), convolve(middle, middle))
        self.encode_coarse = nn.Sequential(
            convolve(middle, coarse, 2), convolve(coarse, coarse), convolve(coarse, coarse)
        )
        self.encode_teeth = nn.Sequential(convolve(4 * DRAWN, teeth), convolve(teeth, teeth, 2), convolve(teeth, teeth))
        self.style = nn.Sequential(nn.Linear(2 * coarse, coarse), nn.LeakyReLU(0.2), nn.Linear(coarse, coarse))
        self.align_middle = Align(middle, profiles)
        self.align_coarse = Align(coarse, profiles)
        self.align_teeth = Align(teeth, profiles)
        self.decode_coarse = nn.Sequential(convolve(coarse + profiles, found), convolve(found, found))
        self.decode_middle = nn.Sequential(convolve(found + middle + teeth + profiles, join), convolve(join, join))
        self.decode_fine = nn.Sequential(convolve(join + profiles + 4 * (3 + DRAWN), paint), convolve(paint, paint))
        self.head = nn.Conv2d(paint, 8, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def encode(self, region, profiles, teeth):
        """Features of a photo's mouth region and of its teeth, once a photo.

        Parameters
        ----------
        region : Tensor, (B, 3, 96, 96)
            Normalised colours (`normalise_colour`).
        profiles : Tensor, (B, 7, 96, 96)
            `lip_profiles` of the photo.
        teeth : Tensor, (B, 4, 96, 96)
            The upper row where it lies: normalised colours, and its cover.

        Returns
        -------
        tuple of Tensor
            Features of the photo at two scales and of the teeth, and a style vector.
        """
        fine = self.encode_fine(F.pixel_unshuffle(torch.cat([region, profiles], 1), 2))
        middle = self.encode_middle(fine)
        coarse = self.encode_coarse(middle)
        style = self.style(torch.cat([coarse.mean((2, 3)), coarse.amax((2, 3))], 1))
        return middle, coarse, self.encode_teeth(F.pixel_unshuffle(teeth, 2)), style

    def mix(self, encoded):
        """What `encode` gave for one photo, made faster to paint many frames from on the CPU."""
        *features, style = encoded
        aligns = self.align_middle, self.align_coarse, self.align_teeth
        return *(align.sample.mix(maps) for align, maps in zip(aligns, features)), style

    def forward(self, encoded, moved, drawn, flow, profiles):
        """Judge frames.

        Parameters
        ----------
        encoded : tuple of Tensor
            From `encode` or `mix`; a batch of one serves all frames.
        moved : Tensor, (B, 3, 96, 96)
            The region of the warped photo, normalised colours.
        drawn : Tensor, (B, 4, 96, 96)
            What `anatomy` draws: normalised colours, and what lies between the lips.
        flow : Tensor, (B, 2, h, w)
            Backward flow in region widths, at any resolution.
        profiles : Tensor, (B, 7, 96, 96)
            `lip_profiles` of the frame.

        Returns
        -------
        Painting
        """
        maps = self.head(self.decode(encoded, moved, drawn, flow, profiles))
        colour, logits, light = maps.split([3, 2, 3], 1)
        return Painting(colour, attend(logits, drawn[:, 3:]), throw(light))

    def decode(self, encoded, moved, drawn, flow, profiles):
        """What `forward` judges from: arguments as there -> features (B, C, 48, 48)."""
        middle, coarse, teeth, style = encoded
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
        photo = self.align_middle(middle, flows[4], conditions[4])
        teeth = self.align_teeth(teeth, torch.zeros_like(flows[4]), conditions[4])
        x = self.decode_middle(torch.cat([x, photo, teeth, conditions[4]], 1))
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        pixels = unshuffle(torch.cat([moved, drawn], 1).to(style.dtype))
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


def throw(light):
    """Log of a light's factor from a network's output."""
    return torch.where(light < 0, SHADOW, LIGHT) * light.tanh()


def attend(logits, cover):
    """Attention from a network's logits, under a prior: the drawing where there is one, the photo only next to lips.

    Deeper inside, the moved photo is nothing but stretched lips.

    Parameters
    ----------
    logits : Tensor, (B, 2, 48, 48)
    cover : Tensor, (B, 1, 96, 96)
        What lies between the lips.

    Returns
    -------
    Tensor, (B, 2, 48, 48)
    """
    shares = (logits + logits.new_tensor(PRIOR)[:, None, None]).sigmoid()
    rim = (2 - 2 * F.avg_pool2d(halve(cover), RIM, 1, RIM // 2)).clamp(0, 1).to(shares.dtype)
    return torch.cat([1 - rim * (1 - shares[:, :1]), MOST_PAINT * shares[:, 1:]], 1)
