"""What a recipe has to say for `loop.train` to train it."""

import contextlib
import math
from abc import ABC, abstractmethod

import numpy as np
import torch

from talking_face.errors import ConfigError, TrainingError
from talking_face.training.core.averages import Averages
from talking_face.training.core.config import TrainingConfig

LOWEST_RATE = 0.03  # share of the learning rate left at the last step


class Recipe(ABC):
    """Networks, their data, and one step of their training; checkpoints, averages and logs are the loop's affair.

    A subclass's `__init__(config)` calls this one first (which seeds torch, so that networks built afterwards are
    always the same), loads its data, and fills `modules` and `optimisers`. It overrides `advance`, `validate` and
    `export`, and whichever of the others it needs.

    Parameters
    ----------
    config : TrainingConfig

    Attributes
    ----------
    Config : type
        What it is configured by, a subclass of `TrainingConfig`.
    config : TrainingConfig
    device : torch.device
        Where modules and batches belong.
    modules : dict of str to torch.nn.Module
        Everything a checkpoint keeps.
    optimisers : dict of str to torch.optim.Optimizer
        Made with their highest learning rates; the loop scales these by `learning_rate_factor`.
    averages : Averages
        Exponential moving averages of modules, in the loop's care.
    averaged : tuple of str
        Names of the modules whose average advances after a step. A property may answer differently from step to step;
        an average starts the first time its module is named.
    """

    Config = TrainingConfig
    averaged = ()

    def __init__(self, config):
        self.config = config
        self.device = choose_device(config.device)
        self.dtype = choose_precision(config.precision, self.device)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype is torch.float16)
        self.modules, self.optimisers = {}, {}
        self.averages = Averages(self.modules, config.ema)
        torch.manual_seed(config.seed)

    @abstractmethod
    def advance(self, step):
        """Train for one step, from 1 on.

        Randomness must come from `self.random(step)` and torch's own generator alone, which the loop seeds before
        each step: then a run that was interrupted goes on, on the CPU, with exactly the losses it would have had.

        Returns
        -------
        dict of str to (float or Tensor)
            The losses, for the log.
        """

    @abstractmethod
    def validate(self, step):
        """Measure held-out material; averaged modules hold their averages meanwhile, all are in evaluation mode.

        Returns
        -------
        numbers : dict of str to float
            The still photo's score among them, to compare with.
        picture : ndarray, (H, W, 3) uint8, or None
            Samples to look at, RGB.
        """

    @abstractmethod
    def export(self, path):
        """Write the finished weights to `path`; averaged modules hold their averages meanwhile."""

    def learning_rate_factor(self, step):
        """Share of the highest learning rate at a step: a linear rise, then a cosine down to `LOWEST_RATE`."""
        return warm_up_and_cosine(step, self.config.warm_up, self.config.steps)

    def state(self):
        """What else a checkpoint has to keep: a dictionary of tensors, numbers, text and lists of those."""
        return {}

    def restore(self, state):
        """Take back what `state` gave."""

    def data_notes(self):
        """For the provenance: a dictionary of what is known of the data, such as how many people are held out."""
        return {}

    def random(self, step):
        """The step's own random numbers: a `numpy.random.Generator`."""
        return np.random.default_rng([self.config.seed, step])

    def autocast(self):
        """Context in which networks compute in the configured precision; losses belong outside, in float32."""
        if self.dtype is torch.float32:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, self.dtype)

    def descend(self, name, loss):
        """One step of the optimiser `name` down the gradient of `loss`, clipped and, in float16, scaled.

        Raises
        ------
        TrainingError
            The gradient is not finite; in float16 that only skips the step and lowers the scale.
        """
        optimiser = self.optimisers[name]
        optimiser.zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(optimiser)
        parameters = [p for group in optimiser.param_groups for p in group["params"]]
        norm = torch.nn.utils.clip_grad_norm_(parameters, self.config.clip_gradient or float("inf"))
        if not self.scaler.is_enabled() and not torch.isfinite(norm):
            raise not_finite(f"gradient of {name!r}")
        self.scaler.step(optimiser)
        self.scaler.update()


def not_finite(what):
    """The error that ends a run whose numbers have run away; its last checkpoint is from before."""
    return TrainingError(f"The {what} is not finite; please start another run with a lower learning_rate.")


def warm_up_and_cosine(step, warm_up, steps):
    """A linear rise to 1 over `warm_up` steps, times a cosine from 1 to `LOWEST_RATE` over `steps`."""
    cosine = (1 + math.cos(math.pi * min(1, step / steps))) / 2
    return min(1, step / max(1, warm_up)) * (LOWEST_RATE + (1 - LOWEST_RATE) * cosine)


def choose_device(name):
    """The device called `name`; "auto" is CUDA where there is one.

    Raises
    ------
    ConfigError
        There is no such device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError):
        raise ConfigError(f"The device {name!r} is not to be had here; please set device to auto or cpu.") from None
    return device


def choose_precision(name, device):
    """The type that autocast computes in.

    Raises
    ------
    ConfigError
        float16 on the CPU, where gradients would underflow.
    """
    if name == "auto":
        if device.type != "cuda":
            return torch.float32
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if name == "float16" and device.type != "cuda":
        raise ConfigError("The precision float16 needs CUDA; please set precision to float32 or bfloat16.")
    return getattr(torch, name)
