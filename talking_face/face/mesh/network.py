"""The networks that place mesh points in a crop.

One design in four sizes. A patch embedding and residual blocks of plain convolutions (no normalisation: on two CPU
cores that is a third of the time) lead to maps whose soft-argmax is a set of learnt spots on the face, exact to a
fraction of a cell; spots and what the cells of the coarsest map hold give the coefficients of a shape basis.
"""

import torch
from torch import nn
from torch.nn import functional as F

from talking_face.face.mesh.frames import VIEWS
from talking_face.face.mesh.topology import POINTS
from talking_face.face.residual import Residual

# Widths and blocks at a 4th, 8th and 16th of the crop's side; spots; channels kept of each coarse cell; hidden layer;
# directions of the shape basis.
SIZES = {
    "coarse": {"widths": (32, 48, 64), "blocks": (1, 1, 1), "spots": 32, "kept": 12, "hidden": 64, "shape": 48},
    "fine": {"widths": (32, 64, 80), "blocks": (1, 3, 1), "spots": 64, "kept": 12, "hidden": 80, "shape": 96},
    "lips": {"widths": (32, 48, 64), "blocks": (1, 2, 1), "spots": 48, "kept": 12, "hidden": 64, "shape": 32},
    "eye": {"widths": (32, 48, 64), "blocks": (1, 1, 1), "spots": 32, "kept": 12, "hidden": 48, "shape": 24},
}
SHARPNESS = 10.0  # of the spots' maps at first: flat ones would hardly learn
CONTRAST, FAINTEST = 0.5, 0.02  # standard deviation that crops are brought to; below about this one they stay faint
OUTLOOK = 3  # further outputs: logit of "a face, well framed", logit of "visible", log of the expected error (units)


def stage(width, blocks):
    """Some residual blocks of a width."""
    return nn.Sequential(*(Residual(width) for _ in range(blocks)))


class PointNetwork(nn.Module):
    """Places points in a crop.

    Parameters
    ----------
    points : int
    size : int
        Side of the crop, pixels.
    widths, blocks : sequence of three ints
    spots : int
        Maps whose soft-argmax is taken.
    kept : int
        Channels of each of the coarsest map's cells that are looked at in place.
    hidden : int
        Width of the one hidden layer.
    shape : int
        Directions of the shape basis.
    exposed : bool
        Bring all crops to one brightness, contrast and cast first.
    """

    def __init__(self, points, size, widths, blocks, spots, kept, hidden, shape, exposed=True):
        super().__init__()
        self.exposed = exposed
        self.points = points
        self.patches = nn.Conv2d(3, widths[0], 4, 4)
        self.quarter = stage(widths[0], blocks[0])
        self.down_8 = nn.Conv2d(widths[0], widths[1], 3, 2, 1)
        self.eighth = stage(widths[1], blocks[1])
        self.down_16 = nn.Conv2d(widths[1], widths[2], 3, 2, 1)
        self.sixteenth = stage(widths[2], blocks[2])
        self.maps_8 = nn.Conv2d(widths[1], spots, 1)
        self.maps_16 = nn.Conv2d(widths[2], spots, 1)
        self.kept = nn.Conv2d(widths[2], kept, 1)
        features = 2 * spots + widths[2] + kept * (size // 16) ** 2
        self.hidden = nn.Linear(features, hidden)
        self.coefficients = nn.Linear(features + hidden, shape)
        self.outlook = nn.Linear(widths[2] + hidden, OUTLOOK)
        line = torch.linspace(-1, 1, size)
        window = torch.exp(-(line[:, None] ** 2 + line[None] ** 2) / (2 * 0.6**2))
        self.register_buffer("window", window / window.sum(), persistent=False)
        self.register_buffer("mean", torch.zeros(points, 3))
        self.basis = nn.Parameter(torch.zeros(shape, points * 3))
        for module in self.modules():
            if isinstance(module, nn.Conv2d) and module.weight.any():
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
        nn.init.zeros_(self.coefficients.weight)
        nn.init.zeros_(self.coefficients.bias)

    def forward(self, crops):
        """Place the points.

        Parameters
        ----------
        crops : Tensor, (N, 3, S, S)
            RGB, -1 to 1.

        Returns
        -------
        points : Tensor, (N, points, 3)
            Units from the middle of the crop; depth grows away from the viewer.
        outlook : Tensor, (N, 3)
            Logits of "a face, well framed" and "visible", log of the expected error.
        """
        quarter = self.quarter(F.relu(self.patches(expose(crops, self.window) if self.exposed else crops)))
        eighth = self.eighth(F.relu(self.down_8(quarter)))
        sixteenth = self.sixteenth(F.relu(self.down_16(eighth)))
        maps = self.maps_8(eighth) + F.interpolate(self.maps_16(sixteenth), scale_factor=2.0, mode="nearest")
        pooled = sixteenth.float().mean((2, 3))
        kept = F.relu(self.kept(sixteenth)).float().flatten(1)
        features = torch.cat([soft_argmax(SHARPNESS * maps.float()), pooled, kept], 1)
        with torch.autocast(features.device.type, enabled=False):
            hidden = F.relu(self.hidden(features))
            coefficients = self.coefficients(torch.cat([features, hidden], 1))
            points = self.mean + (coefficients @ self.basis).view(-1, self.points, 3)
            return points, self.outlook(torch.cat([pooled, hidden], 1))


def expose(crops, window):
    """Crops (N, 3, S, S) of any light brought to one brightness, contrast and cast, weighted by a window (S, S)."""
    crops = crops.float()
    mean = (crops * window).sum((2, 3), keepdim=True)
    offset = crops - mean
    variance = (offset.square() * window).sum((2, 3), keepdim=True).mean(1, keepdim=True)
    return offset * (CONTRAST * torch.rsqrt(variance + FAINTEST**2))


def soft_argmax(maps):
    """(N, C, H, W) -> (N, 2 C): where each map's mass lies, -1 to 1."""
    n, c, height, width = maps.shape
    mass = maps.flatten(2).softmax(2).view(n, c, height, width)
    x = mass.sum(2) @ torch.linspace(-1, 1, width)
    y = mass.sum(3) @ torch.linspace(-1, 1, height)
    return torch.cat([x, y], 1)


class MeshNetwork(nn.Module):
    """The four networks: coarse and fine place the whole mesh, lips and eye their own points.

    Parameters
    ----------
    exposed : bool
        As for `PointNetwork`.
    **sizes : dict
        Network -> what differs from its `SIZES`.
    """

    def __init__(self, exposed=False, **sizes):
        super().__init__()
        for name, view in VIEWS.items():
            count = len(view.points) if view.points else POINTS
            setattr(self, name, PointNetwork(count, view.size, **(SIZES[name] | sizes.get(name, {})), exposed=exposed))
        self.register_buffer("template", torch.zeros(POINTS, 3))  # a frontal face; origin between its eyes, units
        self.register_buffer("order", torch.zeros(POINTS, dtype=torch.int16))  # of points in a mirrored picture
