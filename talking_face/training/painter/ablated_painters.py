"""Painters with parts left out, to measure what each part is worth; only `docs/ablation.md` uses them.

All have the encoder, alignment and decoder of `DeformablePainter` and its interface. The first two paint with nothing
but the photo's own pixels: each output pixel is a mean of nine of them, which is a modulated deformable convolution on
the picture itself with the identity for its weight. The third paints colour, but is given no drawing of the mouth.
"""

import torch
from torch import nn
from torch.nn import functional as F

from talking_face.generators.deformable.flow import grid
from talking_face.generators.deformable.mouth import REGION
from talking_face.generators.deformable.painter import TAPS, DeformablePainter, Painting

REACH = 4.0  # pixels that a unit of the network's output moves a tap


class DeformableWarp(DeformablePainter):
    """Nine learned samples of the photo a pixel, around where the flow points, instead of the warp's one."""

    def __init__(self):
        super().__init__()
        self.head = nn.Conv2d(self.decoder[0], 4 * (3 * TAPS + 1), 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        with torch.no_grad():  # start as the warp: the middle tap counts most
            self.head.bias[4 * (2 * TAPS + TAPS // 2) :][:4] = 4

    def encode(self, region, profiles, teeth):
        """As `DeformablePainter.encode`, with the region itself, which the samples are taken from."""
        return *super().encode(region, profiles, torch.zeros_like(teeth)), region

    def forward(self, encoded, moved, drawn, flow, profiles):
        """As `DeformablePainter.forward`; all attention is for the samples."""
        colour, logit = self.resample(encoded, moved, drawn, flow, profiles)
        return all_paint(colour, torch.ones_like(logit))

    def resample(self, encoded, moved, drawn, flow, profiles):
        """Resampled colours (B, 3, 96, 96) and the logit of attention (B, 1, 96, 96)."""
        *features, region = encoded
        maps = F.pixel_shuffle(self.head(self.decode(features, moved, hidden(drawn), flow, profiles)), 2)
        moves, shares, logit = maps.float().split([2 * TAPS, TAPS, 1], 1)
        moves = moves.unflatten(1, (TAPS, 2)).permute(0, 1, 3, 4, 2)
        dense = F.interpolate(flow, size=(REGION, REGION), mode="bilinear", align_corners=False).permute(0, 2, 3, 1)
        taps = torch.cartesian_prod(torch.arange(-1.0, 2.0), torch.arange(-1.0, 2.0)).to(flow.device)
        moves = dense[:, None] + (taps[:, None, None] + REACH * moves) / REGION
        place = 2 * (grid((0, 0, 1, 1), REGION).to(flow.device).reshape(REGION, REGION, 2) + moves) - 1
        samples = F.grid_sample(region, place.flatten(1, 2), padding_mode="reflection", align_corners=False)
        return (samples.unflatten(2, (TAPS, REGION)) * shares.softmax(1)[:, None]).sum(2), logit


class AttentiveWarp(DeformableWarp):
    """As `DeformableWarp`, but attention decides between its samples and the plain warp."""

    def forward(self, encoded, moved, drawn, flow, profiles):
        """As `DeformablePainter.forward`."""
        colour, logit = self.resample(encoded, moved, drawn, flow, profiles)
        return all_paint(colour, logit.sigmoid())


class Colourist(DeformablePainter):
    """As `DeformablePainter`, but all that is between the lips is its own paint."""

    def encode(self, region, profiles, teeth):
        """As `DeformablePainter.encode`, without teeth."""
        return super().encode(region, profiles, torch.zeros_like(teeth))

    def forward(self, encoded, moved, drawn, flow, profiles):
        """As `DeformablePainter.forward`."""
        painting = super().forward(encoded, moved, hidden(drawn), flow, profiles)
        return all_paint(painting.colour, painting.attention[:, :1])


def hidden(drawn):
    """A drawing that only says where it would be: (B, 4, 96, 96)."""
    return torch.cat([torch.zeros_like(drawn[:, :3]), drawn[:, 3:]], 1)


def all_paint(colour, attention):
    """What a painter says that has no drawing: colour (B, 3, 96, 96), attention (B, 1, 96, 96) over the moved photo."""
    return Painting(colour, torch.cat([attention, torch.ones_like(attention)], 1), torch.zeros_like(colour))


PAINTERS = {
    "deformable": DeformableWarp,
    "attention": AttentiveWarp,
    "painting": Colourist,
    "drawing": DeformablePainter,
}
