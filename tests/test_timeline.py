"""Emotions over time: what people write is understood or refused in a sentence, and one blends into the next."""

import numpy as np
import pytest

from talking_face.emotions import EMOTIONS
from talking_face.errors import ChoiceError
from talking_face.motion.emotion_weights import EMOTION_BLEND, emotion_weights
from talking_face.timeline import EXAMPLE, parse_emotions


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Sad", "sadness"),
        (EXAMPLE, ((0.0, "happiness"), (2.0, "sadness"))),
        ("0-2 happiness, 2-5 sadness", ((0.0, "happiness"), (2.0, "sadness"), (5.0, "neutral"))),
        ("0 to 1.5 seconds anger; from 3 s FEAR", ((0.0, "anger"), (1.5, "neutral"), (3.0, "fear"))),
        ("1s happy", ((0.0, "neutral"), (1.0, "happiness"))),
        ("0–1 s joy then 1–2 s sad and then angry", ((0.0, "happiness"), (1.0, "sadness"), (2.0, "anger"))),
        ([(0, "happy"), (1.5, "DIS")], ((0.0, "happiness"), (1.5, "disgust"))),
        ([(2, "fear")], ((0.0, "neutral"), (2.0, "fear"))),
    ],
)
def test_emotions_are_understood(written, meant):
    assert parse_emotions(written) == meant


@pytest.mark.parametrize(
    "written",
    ["", "joyless", "happy, then sad", "2-1 s happy", "1-1 s happy", "happy until 2", "-1 s sad", "3 s sad, 1 s happy"]
    + [[], [(-1, "sad")], [(float("nan"), "sad")], [(2, "sad"), (1, "happy")]],
)
def test_what_cannot_be_understood_is_refused_in_a_sentence(written):
    with pytest.raises(ChoiceError) as refusal:
        parse_emotions(written)
    assert "please" in str(refusal.value) and str(refusal.value).endswith(".")


def test_one_emotion_gives_way_to_the_next_smoothly():
    weights = emotion_weights(((0.0, "happiness"), (2.0, "sadness")), 100)
    happiness, sadness = (weights[:, EMOTIONS.index(name)] for name in ("happiness", "sadness"))
    assert weights.sum(1) == pytest.approx(np.ones(100))
    assert happiness[0] == 1 and happiness[50] == pytest.approx(0.5) and sadness[-1] == 1
    assert np.diff(sadness).min() >= 0 and np.diff(sadness).max() < 2 / EMOTION_BLEND
    assert np.count_nonzero((sadness > 0) & (sadness < 1)) <= EMOTION_BLEND


def test_a_face_smiles_first_and_then_no_more(engine, speech):
    def shape(emotion):  # of a face that does not live by itself, whose brows and head look ahead
        return engine.generator.motion(speech.log_mel, emotion, liveliness=0).shape

    both, happy, sad = map(shape, (((0.0, "happiness"), (2.0, "sadness")), "happiness", "sadness"))
    assert both[30] == pytest.approx(happy[30], abs=1e-5) and both[80] == pytest.approx(sad[80], abs=1e-5)
    assert np.abs(happy[30] - sad[30]).max() > 0.05


def test_the_engine_renders_emotions_over_time(engine, portrait, speech):
    options = {"crop": True, "liveliness": 0}
    frames = next(engine.render(portrait, speech, emotion="0-2 s happiness, then sadness", **options))
    assert np.array_equal(frames, next(engine.render(portrait, speech, emotion="happiness", **options)))
