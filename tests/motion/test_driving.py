import numpy as np
import pytest

from talking_face.face.geometry import LOWER_LIDS, UPPER_LIDS
from talking_face.face.shape import FaceShape
from talking_face.motion.driving import FREE, NARROWEST, STRETCH, WIDEST, bounded


@pytest.mark.parametrize("opened", [-0.2, 0.2])
def test_emotions_open_and_narrow_eyes_within_bounds(opened):
    resting = FaceShape.load().mean
    shape = np.zeros((1, 68, 2))
    shape[:, LOWER_LIDS, 1] = opened
    moved = resting + bounded(shape, resting)[0]
    ratio = (moved[LOWER_LIDS, 1] - moved[UPPER_LIDS, 1]) / (resting[LOWER_LIDS, 1] - resting[UPPER_LIDS, 1])
    np.testing.assert_allclose(ratio, WIDEST if opened > 0 else NARROWEST, atol=1e-6)


def test_a_mouth_widens_no_further_than_cheeks_let_it():
    resting = FaceShape.load().mean
    asked = np.array([-0.2, FREE, 0.25, 0.6])
    shape = np.zeros((len(asked), 68, 2))
    shape[:, 54, 0] = asked * (resting[54, 0] - resting[48, 0])
    found = bounded(shape, resting)[:, 54, 0] / (resting[54, 0] - resting[48, 0])
    np.testing.assert_allclose(found[:2], asked[:2])
    assert FREE < found[2] < found[3] < STRETCH
