import numpy as np
import pytest

from talking_face.evaluation.lips.correlation import mouth_width
from talking_face.face.geometry import lip_opening
from talking_face.training.motion.width import match_width


def test_width_becomes_as_lively_as_real_and_the_opening_stays():
    random = np.random.default_rng(0)
    basis, coefficients = random.normal(size=(6, 136)), random.normal(size=(400, 6))
    opening = random.normal(size=(68, 2))
    opening /= lip_opening(opening)
    shapes = 0.3 * random.normal(size=(300, 136))
    matched = match_width(basis, coefficients, shapes, opening)
    before, after, real = (x.reshape(-1, 68, 2) for x in (coefficients @ basis, coefficients @ matched, shapes))
    assert mouth_width(after).std() == pytest.approx(mouth_width(real).std())
    assert lip_opening(after) == pytest.approx(lip_opening(before))
