"""Training configurations: a YAML file with a `recipe:` and its keys, and `key=value` changes from the command line.

    recipe: generator
    run: runs/generator
    steps: 7000
    adversarial: 0.08

Each recipe has a dataclass, so every number that can be set has a name, a type, a default and a comment in one place.
"""

import dataclasses
import difflib
import importlib
import reprlib
import typing
from pathlib import Path

from talking_face.errors import ConfigError, shown
from talking_face.limits import CONFIG_BYTES, check_bytes

# Recipe -> "module:its dataclass,its class", imported when asked for.
RECIPES = {
    "generator": "talking_face.training.painter.recipe:GeneratorConfig,GeneratorRecipe",
    "motion": "talking_face.training.motion.recipe:MotionConfig,MotionRecipe",
    "baseline-speech": "talking_face.training.baseline.speech_recipe:SpeechConfig,SpeechRecipe",
    "baseline-emotion": "talking_face.training.baseline.emotion_recipe:EmotionConfig,EmotionRecipe",
    "baseline-pretrain": "talking_face.training.baseline.recipe:PretrainConfig,PretrainRecipe",
    "baseline-joint": "talking_face.training.baseline.recipe:JointConfig,JointRecipe",
}
PRECISIONS = ("auto", "float32", "bfloat16", "float16")


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """What every recipe can be told; paths are relative to the working directory."""

    run: str  # folder of the checkpoint, the TensorBoard log and the provenance
    output: str  # where the finished, averaged weights go
    data: str = "../shared/data"  # the data room
    steps: int = 1000
    batch: int = 16
    learning_rate: float = 1e-3  # at its highest
    warm_up: int = 200  # steps over which the learning rate rises; then it falls along a cosine
    seed: int = 0
    validate_every: int = 500  # steps
    save_every: int = 250  # steps
    clip_gradient: float = 1.0  # largest norm of an optimiser's gradient; 0 = any
    ema: float = 0.998  # decay of the averaged weights
    threads: int = 0  # of the CPU; 0 = torch's own choice
    device: str = "auto"  # auto, cpu, cuda, cuda:1, ...
    precision: str = "auto"  # of autocast: auto = half precision on CUDA, float32 on the CPU

    def __post_init__(self):
        for key in ("steps", "batch", "validate_every", "save_every"):
            require(getattr(self, key) >= 1, key, "1 or more")
        for key in ("warm_up", "seed", "clip_gradient", "threads"):
            require(getattr(self, key) >= 0, key, "0 or more")
        require(self.learning_rate > 0, "learning_rate", "above 0")
        require(0 <= self.ema < 1, "ema", "at least 0 and below 1")
        require_choice(self.precision, "precision", PRECISIONS)


def require(condition, key, wanted):
    """Raise the error that says which values `key` takes, unless the condition holds."""
    if not condition:
        raise ConfigError(f"The training key {key!r} is out of range; please set it to {wanted}.")


def require_choice(value, key, choices):
    """Raise the error that names the choices of `key`, unless `value` is one."""
    if value not in choices:
        raise ConfigError(f"The training key {key!r} cannot be {value!r}; please choose one of {', '.join(choices)}.")


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
        That recipe's dataclass.

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
    return recipe, make_config(load_recipe(recipe)[0], values)


def load_recipe(name):
    """A recipe's dataclass and class, by its name in `RECIPES`."""
    module, classes = RECIPES[name].split(":")
    module = importlib.import_module(module)
    return tuple(getattr(module, part) for part in classes.split(","))


def make_config(kind, values):
    """Fill a dataclass from a dictionary, checking keys and types.

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
    types = typing.get_type_hints(kind)
    for key in values:
        if key not in types:
            close = difflib.get_close_matches(shown(key), types, 1, 0)
            raise ConfigError(f"The training key {shown(key)!r} is not known; did you mean {close[0]!r}?")
    for field in dataclasses.fields(kind):
        if field.default is dataclasses.MISSING and field.name not in values:
            raise ConfigError(f"The training key {field.name!r} is missing; please add it.")
    return kind(**{key: _convert(value, types[key], key) for key, value in values.items()})


def _read_yaml(path):
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
    return values


def _parse(text, what):
    import yaml

    try:
        return yaml.safe_load(text)
    except Exception as error:  # impossible dates, numbers and depths of nesting fail outside YAML's own errors
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise ConfigError(f"The {what} is not valid YAML{line}; please correct it.") from None


def _convert(value, wanted, key):
    """The value as the wanted type: a scalar, or a tuple of scalars written as a list."""
    if typing.get_origin(wanted) is tuple:
        item = typing.get_args(wanted)[0]
        if isinstance(value, (list, tuple)):
            return tuple(_convert(part, item, key) for part in value)
        raise _wrong_type(value, f"a list of {item.__name__}", key)
    if wanted is float and isinstance(value, (int, str)) and not isinstance(value, bool):
        try:
            return float(value)  # YAML 1.1 reads 1e-3 as text
        except (ValueError, OverflowError):
            raise _wrong_type(value, "float", key) from None
    if type(value) is not wanted:
        raise _wrong_type(value, wanted.__name__, key)
    return value


def _wrong_type(value, wanted, key):
    names = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text"}
    # Shortened, for by its anchors a few lines of YAML can stand for more text than fits into memory.
    shortened = reprlib.repr(value)
    return ConfigError(f"The training key {key!r} cannot be {shortened}; please give {names.get(wanted, wanted)}.")
