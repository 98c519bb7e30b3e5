"""The networks that can make the frames, by name or by the path of their weights."""

from pathlib import Path

from talking_face.errors import CheckpointError, ChoiceError, shown
from talking_face.paths import CHECKPOINTS
from talking_face.weights import read_kind

MODELS = ("deformable", "baseline", "baseline-deform")  # each a file of that name in checkpoints/


def available_models():
    """The `MODELS` whose weights are here, best first."""
    return [name for name in MODELS if _weights(name).is_file()]


def load_generator(model="deformable"):
    """Load a generator.

    Parameters
    ----------
    model : str or path
        One of `MODELS`; or the path of weights: a .safetensors file made by this project's training, or what the
        reference project publishes, `generator.pt` or its folder.

    Returns
    -------
    object
        With a method `frames`, as `engine.TalkingFace` needs it.

    Raises
    ------
    ChoiceError
        It is neither a model's name nor a path.
    CheckpointError
        The weights are missing, damaged, or of no generator.
    """
    from talking_face.generators.baseline.generator import ReferenceGenerator
    from talking_face.generators.deformable.generator import DeformableGenerator

    if str(model) in MODELS:
        path = _weights(model)
    elif Path(model).suffix or Path(model).exists():
        path = Path(model)
    else:
        raise ChoiceError(
            f"The model {shown(model)!r} is not known; please choose one of {', '.join(available_models())}, or give the "
            "path of a checkpoint."
        )
    if path.suffix != ".safetensors":
        return ReferenceGenerator.load_published(path)
    kinds = {generator.KIND: generator for generator in (DeformableGenerator, ReferenceGenerator)}
    kind = read_kind(path)
    if kind not in kinds:
        raise CheckpointError(
            f"The weights {path.name} belong to {shown(kind)!r}, which makes no frames; please choose a generator's."
        )
    return kinds[kind].load(path)


def _weights(name):
    return CHECKPOINTS / f"{name}.safetensors"
