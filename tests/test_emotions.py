"""The table of emotions, and what happens where weights know others."""

import json
import struct

import numpy as np
import pytest

from talking_face import emotions
from talking_face.emotions import EMOTIONS, TABLE, parse_emotion
from talking_face.engine import TalkingFace
from talking_face.errors import CheckpointError, ChoiceError
from talking_face.generators.registry import MODELS
from talking_face.motion.expressions import Expressions
from talking_face.paths import CHECKPOINTS
from talking_face.weights import read_emotions


@pytest.mark.parametrize(
    "name, emotion", [("HAP", "happiness"), ("sad", "sadness"), ("Angry", "anger"), ("fear", "fear")]
)
def test_emotions_go_by_many_names(name, emotion):
    assert parse_emotion(name) == emotion


@pytest.mark.parametrize("name", ["", "bored", None])
def test_unknown_emotions_are_refused(name):
    with pytest.raises(ChoiceError, match="please choose one of anger"):
        parse_emotion(name)


def test_no_name_means_two_emotions_and_each_has_its_place():
    words = [word for emotion in TABLE for word in (emotion.name, emotion.code.lower(), *emotion.aliases)]
    assert len(set(words)) == len(words) - 1  # "sad" is a code, too
    assert sorted(emotion.order for emotion in TABLE) == list(range(len(TABLE)))


@pytest.mark.parametrize("name", ["emotions", "baseline", "baseline-deform"])
def test_shipped_weights_name_the_emotions_they_were_trained_on(name):
    assert tuple(read_emotions(CHECKPOINTS / f"{name}.safetensors")) == EMOTIONS


@pytest.mark.parametrize("model", MODELS)
def test_a_seventh_emotion_that_weights_do_not_know_is_a_sentence(model, monkeypatch):
    monkeypatch.setattr(emotions, "EMOTIONS", (*EMOTIONS, "surprise"))
    with pytest.raises(CheckpointError, match=r"know the emotions anger.*not .*surprise; please [^.]*\.$"):
        TalkingFace.load(model)


def with_emotions(names, path):
    """The shipped displacements, said to be of other emotions."""
    data = (CHECKPOINTS / "emotions.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    del header["__metadata__"]["emotions"]
    if names is not None:
        header["__metadata__"]["emotions"] = json.dumps(names)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])
    return path


def test_weights_of_other_emotions_are_refused_in_a_sentence(tmp_path, monkeypatch):
    path, opening = tmp_path / "emotions.safetensors", np.zeros((68, 2))
    with pytest.raises(CheckpointError, match="know the emotions sadness, neutral"):
        Expressions.load(opening, with_emotions(EMOTIONS[::-1], path))
    with pytest.raises(CheckpointError, match="damaged"):
        Expressions.load(opening, with_emotions({"anger": 1}, path))
    Expressions.load(opening, with_emotions(None, path))  # weights that name none: there are as many
    monkeypatch.setattr(emotions, "EMOTIONS", (*EMOTIONS, "surprise"))
    with pytest.raises(CheckpointError, match="know 6 emotions, not 7"):
        Expressions.load(opening, path)
