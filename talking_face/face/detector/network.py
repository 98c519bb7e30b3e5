"""The network that finds faces: anchor-free, at four strides, plain convolutions.

Each cell of a level says whether a face of about that level's size has its centre there (the middle between eye centres
and mouth), and where that face's eyes and mouth are, so that a detection is a similarity: place, size and turn in the
picture's plane, whichever way up.
"""

import torch
from torch import nn
from torch.nn import functional as F

from talking_face.face.residual import Residual

STRIDES = (8, 16, 32, 64)
MULTIPLE = 64  # the sides of an input are multiples of it
TYPICAL = 1.25  # eye distances of a level's faces, in its cells
# Logit of "a face"; x and y of right eye, left eye and mouth from the cell's middle, and log size, in cells.
OUTPUTS = 8


class DetectorNetwork(nn.Module):
    """Finds faces.

    Parameters
    ----------
    stem : int
        Features of the 4 x 4 pixel patches.
    widths : sequence of four ints
        Features at each stride.
    blocks : sequence of four ints
        Residual blocks at each stride.
    head : int
        Features that the four levels share.
    """

    def __init__(self, stem=32, widths=(40, 56, 64, 64), blocks=(1, 1, 1, 1), head=40):
        super().__init__()
        self.stem = nn.Conv2d(3, stem, 4, 4)
        before = (stem, *widths[:-1])
        self.downs = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in zip(before, widths, strict=True))
        self.stages = nn.ModuleList(
            nn.Sequential(*(Residual(width) for _ in range(count))) for width, count in zip(widths, blocks, strict=True)
        )
        self.laterals = nn.ModuleList(nn.Conv2d(width, head, 1) for width in widths)
        self.head = nn.Conv2d(head, head, 3, padding=1)
        self.output = nn.Conv2d(head, OUTPUTS, 1)
        nn.init.normal_(self.output.weight, std=0.01)
        with torch.no_grad():
            upright = torch.tensor([-4.0, -0.6, -0.4, 0.6, -0.4, 0.0, 0.6, 0.2])
            self.output.bias.copy_(upright)

    def forward(self, pictures):
        """Look at pictures.

        Parameters
        ----------
        pictures : Tensor, (N, 3, H, W)
            RGB, -1 to 1; H and W multiples of 64.

        Returns
        -------
        list of four Tensors, (N, 8, H / stride, W / stride)
            As OUTPUTS says, for each of STRIDES.
        """
        x = F.relu(self.stem(pictures))
        features = []
        for down, stage in zip(self.downs, self.stages, strict=True):
            x = stage(F.relu(down(x)))
            features.append(x)
        levels, above = [], None
        for lateral, x in zip(self.laterals[::-1], features[::-1], strict=True):
            x = lateral(x)
            if above is not None:
                x = x + F.interpolate(above, scale_factor=2.0, mode="nearest")
            above = x
            levels.append(self.output(F.relu(self.head(F.relu(x)))).float())
        return levels[::-1]


def decode(levels):
    """What the cells say, in input pixels.

    Parameters
    ----------
    levels : sequence of Tensor, (N, 8, h, w)
        From the network.

    Returns
    -------
    logits : Tensor, (N, C)
        Over the cells of all levels.
    points : Tensor, (N, C, 3, 2)
        Right eye, left eye (the person's), mouth: pixels from the input's left and upper edge.
    sizes : Tensor, (N, C)
        Eye distance as it would be if the face looked into the camera, pixels.
    """
    logits, points, sizes = [], [], []
    for level, stride in zip(levels, STRIDES, strict=True):
        n, _, height, width = level.shape
        cells = level.flatten(2).transpose(1, 2)
        middles = cell_middles(height, width, stride).to(cells)
        logits.append(cells[..., 0])
        points.append(middles[:, None] + stride * cells[..., 1:7].reshape(n, -1, 3, 2))
        sizes.append(stride * cells[..., 7].clamp(-6, 4).exp())
    return torch.cat(logits, 1), torch.cat(points, 1), torch.cat(sizes, 1)


def cell_middles(height, width, stride):
    """(h w, 2): x and y of the cells' middles, input pixels, row by row."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (torch.stack([x, y], -1).reshape(-1, 2) + 0.5) * stride
