import numpy as np
import pytest

from talking_face.training.baseline.validation import follows


def test_a_mouth_that_follows_is_told_from_a_still_one():
    real = np.random.default_rng(0).integers(0, 255, (9, 4, 4, 3)).astype(np.uint8)
    near = np.ones((4, 4), bool)
    assert follows(real, real, near) == pytest.approx(1)
    assert follows(np.broadcast_to(real[:1], real.shape), real, near) == 0
    assert abs(follows(real[::-1], real, near)) < 0.3
