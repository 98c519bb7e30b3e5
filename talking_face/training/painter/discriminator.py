"""A network that tells real mouths from drawn ones, for training only."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from talking_face.evaluation.mouth.telling import HEIGHT, WIDTH


class MouthDiscriminator(nn.Module):
    """Convolutions with spectral normalisation (Miyato et al. 2018) over what lies between the lips.

    Parameters
    ----------
    channels : int
        Of the first layer.
    """

    def __init__(self, channels=24):
        super().__init__()
        sizes = (4, channels, 5), (channels, 2 * channels, 3), (2 * channels, 2 * channels, 3)
        self.layers = nn.ModuleList(spectral_norm(nn.Conv2d(i, o, k, 2, k // 2)) for i, o, k in sizes)
        self.head = spectral_norm(nn.Linear(2 * channels, 1))

    def forward(self, views):
        """Views (B, 4, HEIGHT, WIDTH) -> logits (B,), and the features of each layer, for feature matching."""
        x, features = views, []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.head(x.mean((2, 3)))[:, 0], features


def mouth_view(picture, batch):
    """What a discriminator sees: colours between the lips less their mean, and the opening, corner to corner.

    Parameters
    ----------
    picture : Tensor, (B, 3, 96, 96)
        Normalised colours.
    batch : dict of Tensor
        From `painting.prepare`.

    Returns
    -------
    Tensor, (B, 4, HEIGHT, WIDTH)
    """
    inside, corners = batch["profiles_t"][:, 5:6], batch["corners"]
    mean = (picture * inside).sum((2, 3), keepdim=True) / inside.sum((2, 3), keepdim=True).clamp(min=1)
    middle, width = corners.mean(1), (corners[:, 1, 0] - corners[:, 0, 0]).clamp(min=0.05)
    scale = torch.stack([width, width * HEIGHT / WIDTH], 1)
    moves = torch.cat([torch.diag_embed(scale), (2 * middle - 1)[..., None]], 2)
    size = len(picture), 4, HEIGHT, WIDTH
    places = F.affine_grid(moves, size, align_corners=False)
    seen = torch.cat([(picture - mean) * inside, inside], 1)
    return F.grid_sample(seen, places, align_corners=False)
