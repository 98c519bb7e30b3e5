"""Configurations: values as the recipe types them, and a sentence for each mistake."""

import pytest

from support.paths import ROOT
from support.toy_recipe import ToyConfig
from talking_face.cli import main
from talking_face.errors import ConfigError
from talking_face.training.core import config as configs
from talking_face.training.core.config import read_config


def test_values_are_read_as_the_recipe_types_them(tmp_path, toy):
    path = tmp_path / "toy.yaml"
    path.write_text("recipe: toy\nrun: a\noutput: b\nlearning_rate: 1e-3\nwidths: [3, 4]\n")
    name, config = read_config(path, ["steps=7", "steps=8", "target=2", "data=x y"])
    assert name == "toy" and config == ToyConfig(
        run="a", output="b", learning_rate=1e-3, widths=(3, 4), steps=8, target=2.0, data="x y"
    )


def test_a_configuration_holds_only_what_differs_from_the_one_it_extends(tmp_path, toy):
    (tmp_path / "base.yaml").write_text("recipe: toy\nrun: a\noutput: b\nsteps: 7\ntarget: 2\n")
    (tmp_path / "below").mkdir()
    path = tmp_path / "below" / "toy.yaml"
    path.write_text("extends: ../base.yaml\nsteps: 8\n")
    assert read_config(path) == ("toy", ToyConfig(run="a", output="b", steps=8, target=2.0))
    (tmp_path / "base.yaml").write_text("extends: below/toy.yaml")
    with pytest.raises(ConfigError, match="cannot extend"):
        read_config(path)


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


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_configuration_in_the_repository_is_valid(path):
    name, config = read_config(path)
    assert name in configs.RECIPES and config.run and config.output
