"""A third model: a class and a line in the registry, and it is everywhere."""

import json
from concurrent.futures import Future

import numpy as np
import pytest
import torch

from support.paths import ASSETS
from talking_face.cli import main
from talking_face.engine import TalkingFace, available_models
from talking_face.evaluation import across_clips, comparison
from talking_face.evaluation.footprint import COST
from talking_face.generators.base import Generator
from talking_face.generators.registry import MODELS, Model
from talking_face.media.reading import read_video
from talking_face.ui.compare.handlers import Comparer
from talking_face.ui.studio import Studio
from talking_face.weights import load_weights, save_weights

FRAMES = 10


class Toy(Generator):
    """The photo, brighter."""

    KIND = "toy"

    def __init__(self, light):
        self.light = light

    @classmethod
    def load(cls, path):
        return cls(float(load_weights(path, cls.KIND)[0]["light"]))

    def frames(self, portrait, speech, emotion, intensity, seed, crop, liveliness, first):
        picture = portrait.crop if crop else portrait.image
        yield np.repeat(np.minimum(picture + self.light, 255).astype(np.uint8)[None], speech.frames, 0)


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """The toy's weights; it is registered for as long as they are used."""
    path = tmp_path / "toy.safetensors"
    save_weights(path, {"light": torch.tensor(20.0)}, Toy.KIND, {})
    monkeypatch.setitem(MODELS, "toy", Model("A toy", str(path), f"{__name__}:Toy"))
    return path


@pytest.fixture(scope="module")
def recording(engine, speech, tmp_path_factory):
    import soundfile

    path = tmp_path_factory.mktemp("sound") / "short.wav"
    soundfile.write(path, speech.sound[: speech.rate * FRAMES // 25], speech.rate)
    return path


def test_it_renders_by_name_and_by_path_from_the_command_line(weights, recording, tmp_path):
    for model in ("toy", str(weights)):
        output = tmp_path / "out.mp4"
        arguments = ["generate", "--image", str(ASSETS / "london_009.jpg"), "--audio", str(recording)]
        assert main([*arguments, "--output", str(output), "--model", model]) == 0
        frames = read_video(output)
        assert len(frames) == FRAMES and np.abs(np.diff(frames.astype(int), axis=0)).mean() < 1


def test_unknown_models_are_answered_with_its_name_too(weights, capsys):
    assert available_models()[-1] == "toy"
    assert main(["generate", "--image", "x", "--audio", "x", "--output", "x.mp4", "--model", "magic"]) == 2
    assert "toy" in capsys.readouterr().err


def test_it_is_offered_and_compared_in_the_tab(weights, engine, portrait, recording):
    page = Future()
    page.set_result(engine)
    comparer = Comparer(Studio(page))
    assert comparer.models()[-1] == ("A toy", "toy")
    result = comparison.compare(portrait, engine.speech(recording), models=["toy"])
    assert result.generated == ["A toy"] and result.scores["A toy"]["lip_motion"] < 1e-6


def test_it_is_evaluated_beside_the_others(weights, engine, portrait, recording, tmp_path, monkeypatch):
    """But for its costs, which are measured in a process that does not know it."""
    monkeypatch.setattr(across_clips, "measure_footprint", lambda *_: {measure.key: 1.0 for measure in COST})
    clips = tmp_path / "clips"
    clips.mkdir()
    engine.write(clips / "talk.mp4", portrait, engine.speech(recording), crop=True)
    assert main(["evaluate", "--models", "toy", "--clips", str(clips), "--output", str(tmp_path / "report")]) == 0
    report = json.loads((tmp_path / "report" / "comparison.json").read_text())
    assert set(report["models"]) == {"still photo", "toy"} and report["models"]["toy"]["psnr"] < 25


def test_the_engine_says_which_model_it_has(weights, engine):
    assert engine.model == "deformable" and TalkingFace.load(weights).model == str(weights)
