"""What emotions add to speech: bounded, growing with intensity, swelling with the voice; lips still close."""

import numpy as np
import pytest

from talking_face.audio.prosody import prosody, silence
from talking_face.emotions import EMOTIONS
from talking_face.face.geometry import LIPS, lip_opening
from talking_face.motion.expressions import expressiveness
from talking_face.motion.model import MotionModel

FELT = [name for name in EMOTIONS if name != "neutral"]
CORNERS, INNER_BROWS, OUTER_BROWS = [48, 54], [21, 22], [17, 26]


@pytest.fixture(scope="module")
def expressions():
    return MotionModel.load().expressions


def shown(expressions, emotion, intensity, lips=None):
    weights = np.eye(len(EMOTIONS), dtype=np.float32)[[EMOTIONS.index(emotion)]]
    return expressions(weights, np.zeros((1, 68, 2), np.float32) if lips is None else lips, intensity)[0]


def test_happiness_lifts_and_widens_the_mouth_corners(expressions):
    smile = shown(expressions, "happiness", 1)
    assert smile[48, 0] < -0.04 and smile[54, 0] > 0.04 and (smile[CORNERS, 1] < -0.04).all()


@pytest.mark.parametrize("emotion, least", [("anger", 0.004), ("sadness", 0.025)])
def test_corners_sink_in_anger_and_sadness(expressions, emotion, least):
    assert all((shown(expressions, emotion, value)[CORNERS, 1] > least).all() for value in (1, 1.5))


@pytest.mark.parametrize("emotion", ["fear", "sadness"])
def test_inner_brows_rise_in_fear_and_sadness(expressions, emotion):
    face = shown(expressions, emotion, 1)
    assert face[INNER_BROWS, 1].max() < -0.005 and face[INNER_BROWS, 1].mean() < face[OUTER_BROWS, 1].mean() - 0.015


def test_disgust_lifts_upper_lip_and_nostrils(expressions):
    face = shown(expressions, "disgust", 1)
    assert face[51, 1] < -0.015 and face[[31, 35], 1].max() < -0.005


@pytest.mark.parametrize("emotion", FELT)
def test_intensity_is_continuous_and_never_takes_anything_back(expressions, emotion):
    steps = np.arange(0, 1.51, 0.05)
    sizes = [np.linalg.norm(shown(expressions, emotion, step)) for step in steps]
    growth = np.diff(sizes)
    assert sizes[0] == 0 and growth.min() > 0 and growth.max() < 0.1 * sizes[-1]


@pytest.mark.parametrize("emotion", FELT)
def test_closed_lips_stay_closed_and_open_ones_open_little_further(expressions, emotion):
    for intensity in (1, 1.5):
        assert abs(lip_opening(shown(expressions, emotion, intensity))) < 2e-3
    lips = expressions.opening[None] * np.linspace(0, 0.3, 7)[:, None, None].astype(np.float32)
    weights = np.eye(len(EMOTIONS), dtype=np.float32)[[EMOTIONS.index(emotion)] * 7]
    opened = lip_opening(lips + expressions(weights, lips, 1.0))
    assert opened.mean() < 2 * lip_opening(lips).mean() and opened.std() < 1.3 * lip_opening(lips).std()


def test_emotions_swell_with_accents_and_never_vanish(speech):
    spoken = prosody(speech.log_mel, speech.samples)
    size = expressiveness(spoken)
    assert size.min() > 0.5 and size.max() < 1.4 and 0.9 < size[~spoken.pause].mean() < 1.1
    strong = spoken.accents[spoken.strength > np.median(spoken.strength)]
    assert size[strong].mean() > size[~spoken.pause].mean() and np.abs(np.diff(size)).max() < 0.1
    np.testing.assert_array_equal(expressiveness(silence(30)), 1)


def test_nobody_is_neutral_with_feeling(expressions):
    assert not shown(expressions, "neutral", 1.5)[LIPS].any()
