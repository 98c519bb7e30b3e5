"""Batch normalisation while training; folded into the convolutions afterwards, so that it costs nothing."""

import copy

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def normalise(network):
    """Follow each 3 x 3 and patch convolution of a DetectorNetwork with batch normalisation, in place.

    Residual blocks begin as their bypasses.
    """
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Conv2d) and child.kernel_size != (1, 1):
                norm = nn.BatchNorm2d(child.out_channels, momentum=0.03)
                if name == "second":  # of a residual block, which starts as its bypass
                    nn.init.kaiming_normal_(child.weight)
                    nn.init.zeros_(norm.weight)
                setattr(module, name, nn.Sequential(child, norm))
    return network


def fold(network):
    """A copy of a normalised network in evaluation mode with the normalisation in its convolutions."""
    network = copy.deepcopy(network).eval()
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Sequential) and len(child) == 2 and isinstance(child[1], nn.BatchNorm2d):
                setattr(module, name, fuse_conv_bn_eval(*child))
    return network
