import numpy as np
import pytest

from talking_face.face.geometry import LOWER_LIDS, UPPER_LIDS
from talking_face.face.shape import FaceShape
from talking_face.motion.driving import NARROWEST, WIDEST, bounded


@pytest.mark.parametrize("opened", [-0.2, 0.2])
def test_emotions_open_and_narrow_eyes_within_bounds(opened):
    resting = FaceShape.load().mean
    shape = np.zeros((1, 68, 2))
    shape[:, LOWER_LIDS, 1] = opened
    moved = resting + bounded(shape, resting)[0]
    ratio = (moved[LOWER_LIDS, 1] - moved[UPPER_LIDS, 1]) / (resting[LOWER_LIDS, 1] - resting[UPPER_LIDS, 1])
    np.testing.assert_allclose(ratio, WIDEST if opened > 0 else NARROWEST, atol=1e-6)
