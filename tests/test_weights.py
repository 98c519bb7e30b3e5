import pytest
import torch

from talking_face.errors import CheckpointError
from talking_face.weights import load_weights, save_weights


def test_weights_come_back_in_single_precision(tmp_path):
    save_weights(tmp_path / "w.safetensors", {"a": torch.ones(3)}, "thing", {"size": 3})
    tensors, config = load_weights(tmp_path / "w.safetensors", "thing")
    assert tensors["a"].dtype == torch.float32 and config == {"size": 3}


def test_bad_weights_are_refused_in_a_sentence(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(CheckpointError, match="missing"):
        load_weights(path, "thing")
    save_weights(path, {"a": torch.ones(3)}, "thing", {})
    with pytest.raises(CheckpointError, match="belong to 'thing'"):
        load_weights(path, "other")
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(CheckpointError, match="damaged"):
        load_weights(path, "thing")
