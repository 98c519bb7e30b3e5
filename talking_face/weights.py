"""Weights on disk: half-precision safetensors whose header says which network they belong to and how it was built."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from talking_face.errors import CheckpointError, shown
from talking_face.limits import CHECKPOINT_BYTES, check_bytes, check_weights, is_modest

if TYPE_CHECKING:  # torch takes a second to import
    from torch import Tensor
    from torch.nn import Module

Network = TypeVar("Network", bound="Module")

NAMELESS = "another network"  # the kind of weights that name none


def save_weights(
    path: Path | str,
    tensors: "Mapping[str, Tensor]",
    kind: str,
    config: Mapping[str, Any],
    emotions: Sequence[str] | None = None,
) -> None:
    """Write tensors in half precision.

    Parameters
    ----------
    path : path
    tensors : dict of str to Tensor
        Floating-point tensors are stored as float16.
    kind : str
        Which network the weights belong to.
    config : dict
        What its constructor takes; JSON types only.
    emotions : sequence of str, optional
        Those that the network was trained on, in the order of its inputs, where it knows any.
    """
    from safetensors.torch import save_file

    halves = {name: (t.half() if t.is_floating_point() else t).contiguous().cpu() for name, t in tensors.items()}
    metadata = {"kind": kind, "config": json.dumps(config)}
    if emotions is not None:
        metadata["emotions"] = json.dumps(list(emotions))
    save_file(halves, path, metadata=metadata)


def load_weights(path: Path | str, kind: str) -> "tuple[dict[str, Tensor], dict[str, Any]]":
    """Read what `save_weights` wrote.

    Parameters
    ----------
    path : path
    kind : str
        The network the weights are wanted for.

    Returns
    -------
    tensors : dict of str to Tensor
        In single precision.
    config : dict

    Raises
    ------
    CheckpointError
        The file is missing, damaged, or holds another network's weights.
    """
    with _opened(path) as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        config = json.loads(metadata.get("config", "{}"))
        check_weights(tensors)
        if not (isinstance(config, dict) and is_modest(config)):
            raise ValueError("no configuration of a network")
    found = metadata.get("kind", NAMELESS)
    if found != kind:
        raise CheckpointError(
            f"The weights {Path(path).name} belong to {shown(found)!r}, not to {kind!r}; please choose others."
        )
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}, config


def load_network(path: Path | str, kind: str, build: Callable[..., Network]) -> Network:
    """Make a network of what `save_weights` wrote.

    Parameters
    ----------
    path, kind
        As in `load_weights`.
    build : callable
        The network's class; called with the file's config as keywords.

    Returns
    -------
    torch.nn.Module
        In single precision and eval mode.

    Raises
    ------
    CheckpointError
        As in `load_weights`, or the tensors do not fit the config.
    """
    tensors, config = load_weights(path, kind)
    try:
        network = build(**config)
        network.load_state_dict(tensors)
    except Exception:  # what does not fit, by name, kind or shape, can fail anywhere
        raise CheckpointError(
            f"The weights {Path(path).name} do not fit their own description; please fetch them again."
        ) from None
    return network.eval()


def read_kind(path: Path | str) -> str:
    """Which network a file's weights belong to; raises CheckpointError where it is missing or damaged."""
    with _opened(path) as file:
        return (file.metadata() or {}).get("kind", NAMELESS)


def read_emotions(path: Path | str) -> list[str] | None:
    """Emotions that a file's network was trained on: list of str, None if it does not say; raises as `read_kind`."""
    with _opened(path) as file:
        emotions = json.loads((file.metadata() or {}).get("emotions", "null"))
        if not (emotions is None or isinstance(emotions, list) and all(isinstance(name, str) for name in emotions)):
            raise ValueError("no names of emotions")
    return emotions


@contextmanager
def _opened(path: Path | str) -> Iterator[Any]:
    """A safetensors file, open; what goes wrong with it while it is, as one sentence."""
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    try:
        check_bytes(path, CHECKPOINT_BYTES, CheckpointError, f"The file {path.name}")
        with safe_open(path, framework="pt") as file:
            yield file
    except FileNotFoundError:
        raise CheckpointError(
            f"The weights {path.name} are missing; please restore the folder 'checkpoints'."
        ) from None
    except (SafetensorError, OSError, ValueError, RecursionError):
        raise CheckpointError(f"The weights {path.name} are damaged; please fetch them again.") from None
