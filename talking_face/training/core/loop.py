"""The training loop of every recipe.

It goes step by step; a step depends on the state after the one before and on its own number alone, so that a run which
stops, by Ctrl-C or by a power cut, goes on from its last checkpoint as if nothing had happened.
"""

import contextlib
import math
import os
import signal
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from talking_face.errors import TrainingError
from talking_face.training.core.checkpoint import load_checkpoint, save_checkpoint
from talking_face.training.core.recipe import Recipe, not_finite
from talking_face.training.core.run_record import describe_run, write_provenance

__all__ = ["Recipe", "train"]


def train(recipe):
    """Train, or go on training, and export the averaged weights at the end.

    Parameters
    ----------
    recipe : Recipe

    Returns
    -------
    bool
        Whether the run is finished; False if it was interrupted, its state saved.

    Raises
    ------
    TrainingError
        A loss is not finite, the run folder cannot be written or belongs to another configuration, or TensorBoard is
        missing.
    """
    if recipe.config.threads:
        torch.set_num_threads(recipe.config.threads)
    run = Run(recipe)
    with Interruption() as interruption, open_log(run.folder, run.progress.step) as log:
        while run.progress.step < recipe.config.steps:
            run.advance(log)
            if run.due(recipe.config.validate_every):
                run.validate(log)
            if run.due(recipe.config.save_every) or interruption.asked:
                run.save()
            if interruption.asked and run.progress.step < recipe.config.steps:
                print(f"stopped after step {run.progress.step}; the same command goes on from there.")
                return False
    run.export()
    return True


class Run:
    """A recipe's run: its progress and its folder.

    Parameters
    ----------
    recipe : Recipe
    """

    def __init__(self, recipe):
        self.recipe, self.config, self.folder = recipe, recipe.config, Path(recipe.config.run)
        for folder in (self.folder, Path(self.config.output).parent):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                raise TrainingError(f"The folder {folder} cannot be made; please choose another.") from None
        self.progress = load_checkpoint(self.folder, recipe)
        self.description = describe_run(recipe)
        self.recent = defaultdict(list)
        self.recent_seconds = 0.0

    def due(self, every):
        """Whether something that happens every so many steps, and at the last, is to happen now."""
        return self.progress.step % every == 0 or self.progress.step == self.config.steps

    def advance(self, log):
        """Take one step."""
        start, step = time.perf_counter(), self.progress.step + 1
        factor = self.recipe.learning_rate_factor(step)
        for name, optimiser in self.recipe.optimisers.items():
            for group in optimiser.param_groups:
                group["lr"] = factor * group.setdefault("initial_lr", group["lr"])
            log.add_scalar(f"learning rate/{name}", group["lr"], step)
        torch.manual_seed(int(np.random.SeedSequence([self.config.seed, step]).generate_state(1)[0]))
        losses = {name: float(torch.as_tensor(value).detach()) for name, value in self.recipe.advance(step).items()}
        for name, value in losses.items():
            if not math.isfinite(value):
                raise not_finite(f"loss {name!r} at step {step}")
            log.add_scalar(f"loss/{name}", value, step)
            self.recent[name].append(value)
        self.recipe.averages.update(self.recipe.averaged)
        seconds = time.perf_counter() - start
        self.progress.step, self.progress.seconds = step, self.progress.seconds + seconds
        self.recent_seconds += seconds

    def validate(self, log):
        """Measure the averages, log and print the result."""
        start, step = time.perf_counter(), self.progress.step
        with self.recipe.averages.in_place(), torch.no_grad():
            self.progress.numbers, picture = self.recipe.validate(step)
        for name, value in self.progress.numbers.items():
            log.add_scalar(f"validation/{name}", value, step)
        if picture is not None:
            log.add_image("samples", np.asarray(picture), step, dataformats="HWC")
        self.progress.seconds += time.perf_counter() - start
        taken = len(next(iter(self.recent.values()), "-"))
        losses = ", ".join(f"{name} {np.mean(values):.4f}" for name, values in self.recent.items())
        numbers = ", ".join(f"{name} {value:.4g}" for name, value in self.progress.numbers.items())
        speed = f"{self.recent_seconds / taken:.2f} s a step"
        print(f"step {step}/{self.config.steps}, {speed}; {losses}; {numbers}", flush=True)
        self.recent.clear()
        self.recent_seconds = 0.0

    def save(self):
        """Write the checkpoint and its provenance."""
        save_checkpoint(self.folder, self.recipe, self.progress)
        write_provenance(self.folder / "provenance.json", self.description, self.progress)

    def export(self):
        """Write the averaged weights, whole or not at all, and their provenance."""
        output = Path(self.config.output)
        partial = output.with_suffix(".partial")
        try:
            with self.recipe.averages.in_place(), torch.no_grad():
                self.recipe.export(partial)
            os.replace(partial, output)
        finally:
            partial.unlink(missing_ok=True)
        write_provenance(output.with_suffix(".provenance.json"), self.description, self.progress)
        print(f"wrote {output}")


@contextlib.contextmanager
def open_log(folder, step):
    """TensorBoard's writer for a run's folder; what an interrupted run logged after `step` is hidden."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise TrainingError(
            "Training needs TensorBoard; please run 'python -m pip install -r requirements-dev.txt'."
        ) from None
    with SummaryWriter(str(Path(folder) / "log"), purge_step=step + 1) as writer:
        yield writer


class Interruption:
    """Context in which SIGINT and SIGTERM only ask to stop after the running step; a second one stops at once."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __enter__(self):
        self.asked = False
        self.before = {number: signal.signal(number, self._ask) for number in self.SIGNALS}
        return self

    def __exit__(self, *_):
        self._give_back()

    def _ask(self, *_):
        self.asked = True
        self._give_back()
        print("stopping after this step; once more to stop at once.", flush=True)

    def _give_back(self):
        for number, handler in self.before.items():
            signal.signal(number, handler)
