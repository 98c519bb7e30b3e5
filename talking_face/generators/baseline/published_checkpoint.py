"""Read the generators that the reference project publishes, safely."""

import pickle
import warnings
import zipfile
from pathlib import Path

from talking_face.errors import CheckpointError
from talking_face.limits import CHECKPOINT_BYTES, check_bytes, check_weights

FILE_NAME = "generator.pt"


def load_reference(path):
    """Load a published generator, of any width, with or without the deformable layer.

    Its file is what `torch.save(DataParallel(net).state_dict())` writes. Every width shows in the weights' shapes, so
    the `args.txt` beside it is not needed. Only tensors are read: a file that carries code is refused.

    Parameters
    ----------
    path : path
        The file, or the folder that holds it as `generator.pt`.

    Returns
    -------
    talking_face.generators.baseline.network.Generator
        On the CPU, float32, in eval mode.

    Raises
    ------
    CheckpointError
        The file is missing, damaged, is not one of plain weights, or holds another network's.
    """
    path = Path(path)
    if path.is_dir():
        path = path / FILE_NAME
    weights = _read(path)
    try:
        return _build(weights)
    # Whatever does not fit, by name, by kind or by shape, fails in torch or in `_widths` with one of these.
    except (KeyError, ValueError, IndexError, AttributeError, TypeError, RuntimeError):
        raise CheckpointError(
            f"The weights {path.name} belong to another network; please choose a generator of the reference project."
        ) from None


def _read(path):
    """What the file holds, by torch's restricted unpickler."""
    import torch

    try:
        check_bytes(path, CHECKPOINT_BYTES, CheckpointError, f"The file {path.name}")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:  # torch never compresses; what unpacks to any size is not its own
                if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                    raise ValueError("compressed")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, on files that others wrote
            weights = torch.load(path, map_location="cpu", weights_only=True)
        if isinstance(weights, dict):
            check_weights(weights)
        return weights
    except CheckpointError:
        raise
    except FileNotFoundError:
        raise CheckpointError(f"The weights {path.name} are missing; please choose a file that exists.") from None
    except pickle.UnpicklingError:
        raise CheckpointError(
            f"The file {path.name} is not one of plain weights and was not opened, for safety; please choose another."
        ) from None
    except Exception:  # a damaged file can make the unpickler stumble over anything
        raise CheckpointError(f"The weights {path.name} are damaged; please fetch them again.") from None


def _build(weights):
    """The generator that these weights belong to."""
    import torch
    from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present

    from talking_face.generators.baseline.network import Generator

    consume_prefix_in_state_dict_if_present(weights, "module.")
    weights = {name: tensor.float() for name, tensor in weights.items()}
    with torch.device("meta"):  # no memory and no random numbers for weights that are replaced at once
        generator = Generator(**_widths({name: tensor.shape for name, tensor in weights.items()}))
    generator.load_state_dict(weights, assign=True)
    return generator.eval()


def _widths(shapes):
    """The arguments of `Generator`, from the shapes of its weights by name."""
    from talking_face.generators.baseline.encoders import SPEECH_FEATURES

    speech_code, heard = shapes["speech_encoder.fc_1.0.weight"]
    emotion_code, emotions = shapes["emotion_processor.fc_1.0.weight"]
    return {
        "filters": [shapes[f"image_encoder.conv_{layer}.1.weight"][0] for layer in range(1, 6)],
        "speech_filters": [shapes[f"speech_encoder.net.{place}.weight"][0] for place in (1, 5, 9, 13)],
        "image_code": shapes["image_encoder.conv_6.0.weight"][0],
        "speech_code": speech_code,
        "emotion_code": emotion_code,
        "noise": shapes["noise_generator.noise_rnn.weight_hh_l0"][1],
        "context": (heard // SPEECH_FEATURES - 1) // 2,
        "emotions": emotions,
        "deform": "image_encoder.convde.regular_conv.weight" in shapes,
    }
