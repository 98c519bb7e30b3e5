"""A run's state on disk: whole or not at all, readable without running any code in it."""

import dataclasses
import os
from pathlib import Path

import torch

from talking_face.errors import TrainingError

FILE = "checkpoint.pt"
# Keys that may differ when a run is taken up again; any other would make it a mixture of two runs.
FREE = {"run", "output", "data", "steps", "validate_every", "save_every", "threads", "device", "precision"}


@dataclasses.dataclass
class Progress:
    """How far a run is: steps taken, seconds spent, and the numbers of its last validation."""

    step: int = 0
    seconds: float = 0.0
    numbers: dict = dataclasses.field(default_factory=dict)


def save_checkpoint(folder, recipe, progress):
    """Write modules, optimisers, averages and progress to the run's folder.

    Raises
    ------
    TrainingError
        The folder cannot be written; the checkpoint before stays whole.
    """
    states = lambda parts: {name: part.state_dict() for name, part in parts.items()}
    content = {
        "recipe": type(recipe).__name__,
        "config": recipe.config.model_dump(mode="json"),
        "modules": states(recipe.modules),
        "optimisers": states(recipe.optimisers),
        "scaler": recipe.scaler.state_dict(),
        "averages": recipe.averages.weights,
        "updates": recipe.averages.updates,
        "extra": recipe.state(),
        "progress": dataclasses.asdict(progress),
    }
    path = Path(folder) / FILE
    partial = path.with_suffix(".partial")
    try:
        with open(partial, "wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:
        partial.unlink(missing_ok=True)
        raise TrainingError(f"The checkpoint {path} cannot be written ({error}); please make room.") from None


def load_checkpoint(folder, recipe):
    """Take a run up where it stopped, if it has begun.

    Returns
    -------
    Progress

    Raises
    ------
    TrainingError
        The folder holds another recipe's or configuration's run, or a damaged checkpoint.
    """
    path = Path(folder) / FILE
    if not path.exists():
        return Progress()
    content = _read(path, recipe.device)
    stored, wanted = content["config"], recipe.config.model_dump(mode="json")
    differing = sorted(key for key in wanted.keys() | stored.keys() if stored.get(key) != wanted.get(key))
    differing = [key for key in differing if key not in FREE]
    if content["recipe"] != type(recipe).__name__ or differing:
        what = f"another {differing[0]!r}" if differing else "another recipe"
        raise TrainingError(f"The folder {folder} holds a run with {what}; please choose another with run=FOLDER.")
    try:
        for kind, parts in (("modules", recipe.modules), ("optimisers", recipe.optimisers)):
            for name, part in parts.items():
                part.load_state_dict(content[kind][name])
    except (KeyError, ValueError, RuntimeError):
        raise TrainingError(
            f"The run in {folder} was made by another version of the program; please choose another with run=FOLDER."
        ) from None
    recipe.scaler.load_state_dict(content["scaler"])
    recipe.averages.weights, recipe.averages.updates = content["averages"], content["updates"]
    recipe.restore(content["extra"])
    return Progress(**content["progress"])


def load_module(folder, name):
    """One module's weights of a run, averaged where they are: a state dict on the CPU.

    Raises
    ------
    TrainingError
        There is no such run, or no such module in it.
    """
    path = Path(folder) / FILE
    if not path.exists():
        raise TrainingError(f"The folder {folder} holds no run; please train it first.")
    content = _read(path, "cpu")
    if name not in content["modules"]:
        raise TrainingError(f"The run in {folder} has no {name}; please give the folder of another run.")
    return content["averages"].get(name, content["modules"][name])


def _read(path, device):
    try:
        content = torch.load(path, map_location=device, weights_only=True)
        content["progress"], content["config"]
    except Exception:  # a damaged file can fail in torch, zip or pickle
        raise TrainingError(f"The checkpoint {path} is damaged; please delete its folder and train again.") from None
    return content
