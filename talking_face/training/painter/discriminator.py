"""Networks that tell real pictures from painted ones, for training only."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm


class PatchDiscriminator(nn.Module):
    """Patch discriminator (Isola et al. 2017) with spectral normalisation (Miyato et al. 2018), on the mouth region.

    Parameters
    ----------
    inputs : int
        Channels of the picture and its condition together.
    channels : int
        Channels of the first layer.
    """

    def __init__(self, inputs, channels=32):
        super().__init__()
        sizes = [(inputs, channels, 2), (channels, 2 * channels, 2), (2 * channels, 2 * channels, 1)]
        self.layers = nn.ModuleList(spectral_norm(nn.Conv2d(i, o, 4 if s == 2 else 3, s, 1)) for i, o, s in sizes)
        self.head = spectral_norm(nn.Conv2d(2 * channels, 1, 3, 1, 1))

    def forward(self, picture, condition):
        """Logits (B, 1, H / 4, W / 4) and the features of each layer, for feature matching."""
        x, features = torch.cat([picture, condition], 1), []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.head(x), features
