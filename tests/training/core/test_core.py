"""The training framework on a recipe of one number: configurations, checkpoints, interruption, logs, provenance."""

import json
import os
import signal
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from support.paths import ROOT
from talking_face.cli import main
from talking_face.errors import ConfigError, TrainingError
from talking_face.training.core import config as configs
from talking_face.training.core.checkpoint import load_module
from talking_face.training.core.config import TrainingConfig, make_config, read_config
from talking_face.training.core.loop import Recipe, train
from talking_face.training.core.recipe import warm_up_and_cosine


@dataclass(frozen=True, kw_only=True)
class ToyConfig(TrainingConfig):
    """A number to be learnt, and what goes wrong on the way."""

    target: float = 3.0
    widths: tuple[int, ...] = (1,)
    interrupt_at: int = 0
    break_at: int = 0


class ToyRecipe(Recipe):
    """Learns one number from noisy sightings of it."""

    averaged = ("network",)

    def __init__(self, config):
        super().__init__(config)
        self.modules["network"] = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Dropout(0.2)).to(self.device)
        self.optimisers["network"] = torch.optim.Adam(self.modules["network"].parameters(), config.learning_rate)
        self.interrupt_at, self.losses = config.interrupt_at, {}

    def advance(self, step):
        if step == self.interrupt_at:
            os.kill(os.getpid(), signal.SIGINT)
        sighting = self.config.target + self.random(step).normal(0, 0.1)
        with self.autocast():
            guess = self.modules["network"](torch.ones(1, 1, device=self.device))
        loss = (guess.float() - sighting).square().mean()
        if step == self.config.break_at:
            loss = loss * float("nan")
        self.descend("network", loss)
        self.losses[step] = float(loss.detach())
        return {"error": loss}

    def validate(self, step):
        assert not self.modules["network"].training
        guess = float(self.modules["network"](torch.ones(1, 1, device=self.device)))
        numbers = {"error": abs(guess - self.config.target), "still photo": self.config.target}
        return numbers, np.zeros((4, 6, 3), np.uint8)

    def export(self, path):
        torch.save(self.modules["network"].state_dict(), path)


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """Make a toy recipe in a folder of its own; also registered by name."""
    monkeypatch.setitem(configs.RECIPES, "toy", f"{__name__}:ToyConfig,ToyRecipe")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "clips.csv").write_text("id,source,licence\na,GRID,CC BY 4.0\nb,GRID,CC BY 4.0\n")

    def make(**changes):
        values = dict(run=str(tmp_path / "run"), output=str(tmp_path / "out.pt"), data=str(tmp_path / "data"), steps=40)
        values |= dict(learning_rate=0.1, warm_up=4, validate_every=20, save_every=10, ema=0.9)
        return ToyRecipe(make_config(ToyConfig, values | changes))

    return make


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


def test_provenance_says_where_the_weights_come_from(toy, tmp_path):
    train(toy())
    shipped = json.loads((tmp_path / "out.provenance.json").read_text())
    kept = json.loads((tmp_path / "run" / "provenance.json").read_text())
    assert kept["config"] == shipped["config"] and kept["config"]["target"] == 3.0
    assert shipped["step"] == 40 and shipped["seconds"] > 0
    assert set(shipped["validation"]) == {"error", "still photo"}
    assert {"commit", "dirty"} == set(shipped["code"])
    assert shipped["packages"]["torch"] == torch.__version__.split("+")[0]
    assert {"python", "processor", "threads", "gpu"} <= set(shipped["machine"])
    data = shipped["data"]
    assert data["files"] == 1 and data["licences"] == {"clips.csv": {"GRID: CC BY 4.0": 2}}
    (tmp_path / "data" / "more").write_text("x")
    train(toy(run=str(tmp_path / "other")))
    other = json.loads((tmp_path / "other" / "provenance.json").read_text())
    assert other["data"]["sha256 of names and sizes"] != data["sha256 of names and sizes"]


def test_the_learning_rate_rises_then_falls():
    rates = [warm_up_and_cosine(step, 10, 100) for step in range(1, 101)]
    assert np.argmax(rates) in (9, 10) and rates[0] < 0.11 and rates[-1] == pytest.approx(0.03)
    assert (np.diff(rates[10:]) < 0).all()


def test_gradients_are_clipped(toy):
    recipe = toy(clip_gradient=0.5)
    recipe.descend("network", 1e6 * recipe.modules["network"](torch.ones(1, 1)).sum())
    norm = torch.stack([p.grad.norm() for p in recipe.modules["network"].parameters()]).norm()
    assert norm <= 0.5001


def test_bfloat16_computes_in_it_and_float16_is_refused_on_the_cpu(toy):
    seen = []
    recipe = toy(precision="bfloat16", device="cpu")
    recipe.modules["network"].register_forward_hook(lambda *args: seen.append(args[-1].dtype))
    recipe.advance(1)
    assert seen == [torch.bfloat16] and recipe.modules["network"][0].weight.dtype == torch.float32
    with pytest.raises(ConfigError, match="float16 needs CUDA"):
        toy(precision="float16", device="cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("precision", ["auto", "float16", "float32"])
def test_training_runs_on_cuda(toy, precision):
    recipe = toy(device="cuda", precision=precision)
    train(recipe)
    assert recipe.losses[40] < recipe.losses[1] / 4


def test_values_are_read_as_the_recipe_types_them(tmp_path, toy):
    path = tmp_path / "toy.yaml"
    path.write_text("recipe: toy\nrun: a\noutput: b\nlearning_rate: 1e-3\nwidths: [3, 4]\n")
    name, config = read_config(path, ["steps=7", "steps=8", "target=2", "data=x y"])
    assert name == "toy" and config == ToyConfig(
        run="a", output="b", learning_rate=1e-3, widths=(3, 4), steps=8, target=2.0, data="x y"
    )


YAML = "recipe: toy\nrun: a\noutput: b\n"
BAD = {
    "unknown key": (YAML + "learnin_rate: 1", [], "'learnin_rate' is not known; did you mean 'learning_rate'"),
    "unknown override": (YAML, ["stepps=3"], "did you mean 'steps'"),
    "word for a number": (YAML + "steps: many", [], "'steps' cannot be 'many'"),
    "fraction of a step": (YAML, ["steps=1.5"], "'steps' cannot be 1.5; please give a whole number"),
    "truth for a number": (YAML, ["steps=true"], "'steps' cannot be True"),
    "number for text": (YAML, ["device=1"], "'device' cannot be 1; please give text"),
    "no list": (YAML, ["widths=3"], "'widths' cannot be 3; please give a list of int"),
    "word in a list": (YAML, ["widths=[1, x]"], "'widths' cannot be 'x'"),
    "no steps": (YAML, ["steps=0"], "'steps' is out of range; please set it to 1 or more"),
    "average of nothing": (YAML, ["ema=1"], "'ema' is out of range"),
    "unknown precision": (YAML, ["precision=int4"], "choose one of auto, float32, bfloat16, float16"),
    "unknown device": (YAML, ["device=toaster"], "device"),
    "missing key": ("recipe: toy\nrun: a", [], "'output' is missing"),
    "no recipe": ("run: a", [], "names no recipe"),
    "unknown recipe": ("recipe: cake", [], "'cake' is not known"),
    "not key and value": (YAML, ["steps"], "not of the form key=value"),
    "a list": ("- a\n- b", [], "not a list of"),
    "broken YAML": ("recipe: [toy", [], "not valid YAML in line"),
    "broken override": (YAML, ["widths=[1"], "'widths'"),
    "no text": (b"\xff\xfe\x00", [], "cannot be read"),
    "binary": ("recipe: \x00", [], "not valid YAML"),
}


@pytest.mark.parametrize("text, overrides, sentence", BAD.values(), ids=BAD)
def test_a_bad_configuration_is_refused_in_one_sentence(text, overrides, sentence, toy, tmp_path, capsys):
    path = tmp_path / "toy.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["train", "--config", str(path), *overrides]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and sentence in said
    assert not (tmp_path / "a").exists()


def test_a_missing_configuration_is_refused(capsys):
    assert main(["train", "--config", "nowhere.yaml"]) == 2
    assert "nowhere.yaml cannot be read" in capsys.readouterr().err


def test_the_commands_train_and_say_when_they_were_interrupted(toy, tmp_path, capsys):
    path = tmp_path / "toy.yaml"
    path.write_text(f"recipe: toy\nrun: {tmp_path}/run\noutput: {tmp_path}/out.pt\ndata: {tmp_path}/data\nsteps: 6\n")
    assert main(["train", "--config", str(path), "interrupt_at=3"]) == 130
    assert "stopped after step 3" in capsys.readouterr().out and not (tmp_path / "out.pt").exists()
    assert main(["train", "--config", str(path), "interrupt_at=3"]) == 0 and (tmp_path / "out.pt").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_configuration_in_the_repository_is_valid(path):
    name, config = read_config(path)
    assert name in configs.RECIPES and config.run and config.output
