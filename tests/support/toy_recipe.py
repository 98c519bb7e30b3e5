"""A training recipe of one number."""

import os
import signal

import numpy as np
import torch

from talking_face.training.core.config import TrainingConfig
from talking_face.training.core.loop import Recipe


class ToyConfig(TrainingConfig):
    """A number to be learnt, and what goes wrong on the way."""

    target: float = 3.0
    widths: tuple[int, ...] = (1,)
    interrupt_at: int = 0
    break_at: int = 0


class ToyRecipe(Recipe):
    """Learns one number from noisy sightings of it."""

    Config = ToyConfig
    averaged = ("network",)

    def __init__(self, config):
        super().__init__(config)
        self.modules["network"] = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Dropout(0.2)).to(self.device)
        self.optimisers["network"] = torch.optim.Adam(self.modules["network"].parameters(), config.learning_rate)
        self.interrupt_at, self.losses = config.interrupt_at, {}

    def advance(self, step):
        if step == self.interrupt_at:
            os.kill(os.getpid(), signal.SIGINT)
        sighting = self.config.target + self.random(step).normal(0, 0.1)
        with self.autocast():
            guess = self.modules["network"](torch.ones(1, 1, device=self.device))
        loss = (guess.float() - sighting).square().mean()
        if step == self.config.break_at:
            loss = loss * float("nan")
        self.descend("network", loss)
        self.losses[step] = float(loss.detach())
        return {"error": loss}

    def validate(self, step):
        assert not self.modules["network"].training
        guess = float(self.modules["network"](torch.ones(1, 1, device=self.device)))
        numbers = {"error": abs(guess - self.config.target), "still photo": self.config.target}
        return numbers, np.zeros((4, 6, 3), np.uint8)

    def export(self, path):
        torch.save(self.modules["network"].state_dict(), path)
