"""Weights on disk: half-precision safetensors whose header says which network they belong to and how it was built."""

import json
from pathlib import Path

from talking_face.errors import CheckpointError

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"


def save_weights(path, tensors, kind, config):
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
    """
    from safetensors.torch import save_file

    halves = {name: (t.half() if t.is_floating_point() else t).contiguous().cpu() for name, t in tensors.items()}
    save_file(halves, path, metadata={"kind": kind, "config": json.dumps(config)})


def load_weights(path, kind):
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
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        config = json.loads(metadata.get("config", "{}"))
    except FileNotFoundError:
        raise CheckpointError(f"The weights {path.name} are missing; please restore the folder 'checkpoints'.") from None
    except (SafetensorError, OSError, ValueError):
        raise CheckpointError(f"The weights {path.name} are damaged; please fetch them again.") from None
    found = metadata.get("kind", "another network")
    if found != kind:
        raise CheckpointError(f"The weights {path.name} belong to {found!r}, not to {kind!r}; please choose others.")
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}, config
