import pytest
import torch

from talking_face.errors import TrainingError
from talking_face.training.core.checkpoint import load_module
from talking_face.training.core.loop import train


def test_a_run_of_another_configuration_or_damaged_is_refused(toy, tmp_path):
    train(toy(steps=10))
    with pytest.raises(TrainingError, match="another 'target'"):
        train(toy(target=4.0))
    (tmp_path / "run" / "checkpoint.pt").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(TrainingError, match="damaged"):
        train(toy())
    with pytest.raises(TrainingError, match="no run"):
        load_module(tmp_path / "nowhere", "network")


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(toy, tmp_path, monkeypatch):
    train(toy(steps=10))
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    monkeypatch.setattr(torch, "save", lambda *_: (_ for _ in ()).throw(OSError("No space left on device")))
    with pytest.raises(TrainingError, match="No space left"):
        train(toy(steps=20))
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before
    assert not (tmp_path / "run" / "checkpoint.partial").exists()
