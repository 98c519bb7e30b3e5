"""How the baseline's networks begin, and how they are optimised."""

import contextlib
from pathlib import Path

import torch
from torch import nn

from talking_face.emotions import EMOTIONS
from talking_face.errors import TrainingError
from talking_face.generators.baseline.encoders import SLOPE
from talking_face.training.baseline.discriminators import EmotionDiscriminator
from talking_face.training.core.checkpoint import load_module

BETAS = 0.5, 0.999  # of every Adam


def emotion_discriminator(config):
    """The seven-class discriminator of a configuration."""
    widths = config.discriminator_filters, config.discriminator_hidden, config.discriminator_code
    return EmotionDiscriminator(*widths, len(EMOTIONS) + 1).apply(initialise)


def initialise(layer):
    """He's initialisation (2015) of a convolution or linear layer, which keeps the size of what passes through.

    With torch's own, each layer shrinks it: after the decoder's first four the codes are drowned by the skip maps, and
    the generator stays deaf; the emotion discriminator, after 200 steps, still guesses.
    """
    if isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(layer.weight, SLOPE)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


@contextlib.contextmanager
def frozen(*modules):
    """Context in which gradients pass through modules, but none are computed for their weights."""
    for module in modules:
        module.requires_grad_(False)
    try:
        yield
    finally:
        for module in modules:
            module.requires_grad_(True)


def adam(module, rate):
    """The reference's optimiser."""
    return torch.optim.Adam(module.parameters(), lr=rate, betas=BETAS)


def start_from(module, run, name, new=()):
    """Give a module the weights that a run has under a name.

    Parameters
    ----------
    module : torch.nn.Module
    run : path
        Folder of the run.
    name : str
        Of the module there.
    new : tuple of str
        Beginnings of the names of weights that the run's module need not have.

    Raises
    ------
    TrainingError
        The run is missing or its networks have other widths.
    """
    try:
        missing, unexpected = module.load_state_dict(load_module(Path(run), name), strict=False)
    except RuntimeError:
        missing, unexpected = [name], []
    if unexpected or any(not key.startswith(new) for key in missing):
        raise TrainingError(f"The run in {run} has a {name} of other widths; please make the configurations agree.")
