"""The models that can make the frames, by name or by the path of their weights."""

from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, NamedTuple

from talking_face.errors import CheckpointError, ChoiceError, shown
from talking_face.paths import CHECKPOINTS
from talking_face.weights import read_kind

if TYPE_CHECKING:
    from talking_face.generators.base import Generator

LONGEST_TITLE = 24  # letters above a face


class Model(NamedTuple):
    """A generator with its weights.

    Attributes
    ----------
    title : str
        What people call it.
    weights : str
        Their file in the folder of checkpoints.
    generator : str
        "module:class" of its `base.Generator`; imported only where it is needed, as torch takes a second.
    """

    title: str
    weights: str
    generator: str

    @property
    def path(self) -> Path:
        """The weights' path."""
        return CHECKPOINTS / self.weights

    def load_class(self) -> "type[Generator]":
        """Import its generator's class."""
        return resolve_name(self.generator)


_OURS = "talking_face.generators.deformable.generator:DeformableGenerator"
_BASELINE = "talking_face.generators.baseline.generator:BaselineGenerator"

# Best first.
MODELS = {
    "deformable": Model("Deformable (ours)", "deformable.safetensors", _OURS),
    "baseline": Model("Baseline", "baseline.safetensors", _BASELINE),
    "baseline-deform": Model("Baseline, deformable layer", "baseline-deform.safetensors", _BASELINE),
}
DEFAULT_MODEL = "deformable"
PUBLISHED = MODELS["baseline"]  # also reads what the reference project publishes


def available_models() -> list[str]:
    """Names of the `MODELS` whose weights are here, best first."""
    return [name for name, model in MODELS.items() if model.path.is_file()]


def model_title(model: str) -> str:
    """What a model is called above its video: its title, or the end of its weights' path."""
    if model in MODELS:
        return MODELS[model].title
    name = "/".join(Path(model).parts[-2:])
    return name if len(name) <= LONGEST_TITLE else f"…{name[1 - LONGEST_TITLE :]}"


def load_generator(model: str | Path = DEFAULT_MODEL) -> "Generator":
    """Load a generator.

    Parameters
    ----------
    model : str or path
        One of `MODELS`; or the path of weights: a .safetensors file made by this project's training, or what the
        reference project publishes, `generator.pt` or its folder.

    Returns
    -------
    base.Generator

    Raises
    ------
    ChoiceError
        It is neither a model's name nor a path.
    CheckpointError
        The weights are missing, damaged, or of no generator.
    """
    if str(model) in MODELS:
        known = MODELS[str(model)]
        return known.load_class().load(known.path)
    path = Path(model)
    if not (path.suffix or path.exists()):
        raise ChoiceError(
            f"The model {shown(model)!r} is not known; please choose one of {', '.join(available_models())}, or give "
            "the path of a checkpoint."
        )
    if path.suffix != ".safetensors":
        return PUBLISHED.load_class().load(path)
    kind = read_kind(path)
    for generator in (known.load_class() for known in MODELS.values()):
        if kind == generator.KIND:
            return generator.load(path)
    raise CheckpointError(
        f"The weights {path.name} belong to {shown(kind)!r}, which makes no frames; please choose a generator's."
    )
