"""Training configurations: a YAML file with a `recipe:` and its keys, and `key=value` changes from the command line.

    extends: generator.yaml
    run: runs/generator-long
    steps: 14000

A file holds only what differs: from the file that it extends, whose path is relative to it, and from the defaults. Each
recipe has a `TrainingConfig`, so every number that can be set has a name, a type, a default and a comment in one place.
"""

import difflib
import pkgutil
import reprlib
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, ValidationError, field_validator

from talking_face.errors import ConfigError, shown
from talking_face.limits import CONFIG_BYTES, check_bytes

# Recipe -> its class, imported when asked for.
RECIPES = {
    "generator": "talking_face.training.painter.recipe:GeneratorRecipe",
    "motion": "talking_face.training.motion.recipe:MotionRecipe",
    "mesh": "talking_face.training.mesh.recipe:MeshRecipe",
    "detector": "talking_face.training.detector.recipe:DetectorRecipe",
    "baseline-speech": "talking_face.training.baseline.speech_recipe:SpeechRecipe",
    "baseline-emotion": "talking_face.training.baseline.emotion_recipe:EmotionRecipe",
    "baseline-pretrain": "talking_face.training.baseline.pretrain_recipe:PretrainRecipe",
    "baseline-joint": "talking_face.training.baseline.joint_recipe:JointRecipe",
}
MOST_FILES = 8  # that extend one another
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]


class TrainingConfig(BaseModel):
    """What every recipe can be told; paths are relative to the working directory."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    run: str  # folder of the checkpoint, the TensorBoard log and the provenance
    output: str  # where the finished, averaged weights go
    data: str = "../shared/data"  # the data room
    steps: Count = 1000
    batch: Count = 16
    learning_rate: Positive = 1e-3  # at its highest
    warm_up: NonNegativeInt = 200  # steps over which the learning rate rises; then it falls along a cosine
    seed: NonNegativeInt = 0
    validate_every: Count = 500  # steps
    save_every: Count = 250  # steps
    clip_gradient: NonNegativeFloat = 1.0  # largest norm of an optimiser's gradient; 0 = any
    ema: float = Field(0.998, ge=0, lt=1)  # decay of the averaged weights
    threads: NonNegativeInt = 0  # of the CPU; 0 = torch's own choice
    device: str = "auto"  # auto, cpu, cuda, cuda:1, ...
    # Of autocast: auto = half precision on CUDA, float32 on the CPU.
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"

    @field_validator("*", mode="before")
    @classmethod
    def _from_yaml(cls, value, info):
        """YAML has lists for tuples, and its version 1.1 reads 1e-3 as text."""
        if isinstance(value, list):
            return tuple(value)
        if isinstance(value, str) and cls.model_fields[info.field_name].annotation is float:
            try:
                return float(value)
            except ValueError:
                pass
        return value


def require(condition, key, wanted):
    """Raise the error that says which values `key` takes, unless the condition holds."""
    if not condition:
        raise ConfigError(f"The training key {key!r} is out of range; please set it to {wanted}.")


def read_config(path, overrides=()):
    """Read a configuration.

    Parameters
    ----------
    path : path
        YAML file.
    overrides : sequence of str
        `key=value`, each value written as in the file; the last of several for one key counts.

    Returns
    -------
    recipe : str
        A name of `RECIPES`.
    config : TrainingConfig
        Of that recipe's class.

    Raises
    ------
    ConfigError
        The file is missing or no YAML, or a key or value is not what the recipe takes; the sentence names the key.
    """
    values = _read_yaml(Path(path))
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals:
            raise ConfigError(f"The change {shown(override)!r} is not of the form key=value; please write it so.")
        values[key.strip()] = _parse(value, f"value of {key.strip()!r}")
    recipe = values.pop("recipe", None)
    if recipe is None:
        raise ConfigError(f"The configuration {shown(path)} names no recipe; please add one of {', '.join(RECIPES)}.")
    if not isinstance(recipe, str) or recipe not in RECIPES:
        raise ConfigError(f"The recipe {reprlib.repr(recipe)} is not known; please choose one of {', '.join(RECIPES)}.")
    return recipe, make_config(load_recipe(recipe).Config, values)


def load_recipe(name):
    """A recipe's class, by its name in `RECIPES`."""
    return pkgutil.resolve_name(RECIPES[name])


def make_config(kind, values):
    """Fill a configuration from a dictionary, checking keys and values.

    Parameters
    ----------
    kind : type
        A subclass of `TrainingConfig`.
    values : dict
        Key -> value as YAML gives it.

    Returns
    -------
    TrainingConfig
        Of type `kind`.

    Raises
    ------
    ConfigError
    """
    for key in values:
        if key not in kind.model_fields:
            close = difflib.get_close_matches(shown(key), kind.model_fields, 1, 0)
            raise ConfigError(f"The training key {shown(key)!r} is not known; did you mean {close[0]!r}?")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    fault = min(faults, key=lambda fault: fault["type"] != "missing")
    raise ConfigError(_sentence(fault, kind.model_fields[fault["loc"][0]].annotation))


def _sentence(fault, wanted):
    """What pydantic found wrong with a key, in a sentence; `wanted` is the key's type."""
    key, type, context = fault["loc"][0], fault["type"], fault.get("ctx", {})
    if type == "missing" and len(fault["loc"]) == 1:
        return f"The training key {key!r} is missing; please add it."
    limits = {"ge": "{:g} or more", "gt": "above {:g}", "lt": "below {:g}"}
    for name, limit in limits.items():
        if name in context:
            return f"The training key {key!r} is out of range; please set it to {limit.format(context[name])}."
    # Shortened, for by its anchors a few lines of YAML can stand for more text than fits into memory.
    value = reprlib.repr(fault["input"])
    if type == "literal_error":
        return f"The training key {key!r} cannot be {value}; please choose one of {', '.join(get_args(wanted))}."
    names = {
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "string": "text",
        "dict": "a mapping",
    }
    name = names.get(type.split("_")[0])
    if name is None:  # no list, or one of another length
        item, *others = get_args(wanted)
        name = f"a list of {'' if ... in others else f'{1 + len(others)} '}{getattr(item, '__origin__', item).__name__}"
    return f"The training key {key!r} cannot be {value}; please give {name}."


def _read_yaml(path, files=1):
    try:
        check_bytes(path, CONFIG_BYTES, ConfigError, f"The configuration {shown(path)}")
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):  # ValueError: no UTF-8, or no name of a file
        raise ConfigError(
            f"The configuration {shown(path)} cannot be read; please give the path of a YAML file."
        ) from None
    values = _parse(text, f"configuration {shown(path)}")
    if not isinstance(values, dict):
        raise ConfigError(f"The configuration {shown(path)} is not a list of 'key: value' lines; please write it so.")
    base = values.pop("extends", None)
    if base is None:
        return values
    if not isinstance(base, str) or files == MOST_FILES:
        raise ConfigError(
            f"The configuration {shown(path)} cannot extend {reprlib.repr(base)}; please name another file."
        )
    return _read_yaml(path.parent / base, files + 1) | values


def _parse(text, what):
    import yaml

    try:
        return yaml.safe_load(text)
    except Exception as error:  # impossible dates, numbers and depths of nesting fail outside YAML's own errors
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise ConfigError(f"The {what} is not valid YAML{line}; please correct it.") from None
