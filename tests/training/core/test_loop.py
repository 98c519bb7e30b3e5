"""The loop on a recipe of one number: it learns, logs, and goes on after every kind of interruption."""

import json
import signal

import pytest
import torch

from talking_face.errors import TrainingError
from talking_face.training.core.checkpoint import load_module
from talking_face.training.core.loop import train


def test_training_learns_logs_and_exports_the_average(toy, tmp_path, capsys):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    recipe = toy()
    assert train(recipe)
    assert recipe.losses[40] < recipe.losses[1] / 4
    log = EventAccumulator(str(tmp_path / "run" / "log")).Reload()
    tags = {"loss/error", "learning rate/network", "validation/error", "validation/still photo"}
    assert tags <= set(log.Tags()["scalars"])
    assert len(log.Scalars("loss/error")) == 40 and log.Tags()["images"] == ["samples"]
    assert [e.step for e in log.Scalars("validation/error")] == [20, 40]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("step 20/40") and "still photo" in lines[1] and lines[-1].endswith("out.pt")
    exported = torch.load(tmp_path / "out.pt", weights_only=True)
    average = load_module(tmp_path / "run", "network")
    assert all(torch.equal(exported[key], average[key]) for key in average)
    assert not torch.equal(exported["0.weight"], recipe.modules["network"].state_dict()["0.weight"])


def test_ctrl_c_saves_after_the_running_step_and_the_same_command_goes_on(toy, tmp_path, capsys):
    whole = toy(run=str(tmp_path / "whole"))
    train(whole)
    handler = signal.getsignal(signal.SIGINT)
    stopped = toy()
    stopped.interrupt_at = 13
    assert train(stopped) is False
    assert max(stopped.losses) == 13 and "goes on" in capsys.readouterr().out
    assert not (tmp_path / "out.pt.partial").exists() and signal.getsignal(signal.SIGINT) is handler
    resumed = toy()
    assert train(resumed)
    assert min(resumed.losses) == 14
    assert stopped.losses | resumed.losses == whole.losses


def test_a_crash_loses_no_more_than_the_steps_since_the_last_checkpoint(toy, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    whole = toy(run=str(tmp_path / "whole"))
    train(whole)
    crashing = toy()
    crashing.validate = lambda step: 1 / 0
    with pytest.raises(ZeroDivisionError):
        train(crashing)
    resumed = toy()
    train(resumed)
    assert min(resumed.losses) == 11
    assert all(resumed.losses[step] == whole.losses[step] for step in resumed.losses)
    log = EventAccumulator(str(tmp_path / "run" / "log")).Reload()
    assert [event.step for event in log.Scalars("loss/error")] == list(range(1, 41))


def test_a_finished_run_exports_again_and_can_be_extended(toy, tmp_path):
    train(toy())
    (tmp_path / "out.pt").unlink()
    again = toy()
    assert train(again) and (tmp_path / "out.pt").exists() and not again.losses
    longer = toy(steps=50)
    train(longer)
    assert set(longer.losses) == set(range(41, 51))


def test_a_loss_that_is_no_number_stops_with_a_sentence_and_keeps_the_checkpoint(toy, tmp_path):
    with pytest.raises(TrainingError, match="learning_rate"):
        train(toy(break_at=15))
    assert all(torch.isfinite(value).all() for value in load_module(tmp_path / "run", "network").values())
    progress = json.loads((tmp_path / "run" / "provenance.json").read_text())
    assert progress["step"] == 10


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("precision", ["auto", "float16", "float32"])
def test_training_runs_on_cuda(toy, precision):
    recipe = toy(device="cuda", precision=precision)
    train(recipe)
    assert recipe.losses[40] < recipe.losses[1] / 4
