"""Where a head points: one convention, whoever turns it and whoever reads it."""

import numpy as np
import pytest

from talking_face.data.turned_heads import Turner
from talking_face.face import pose
from talking_face.face.mesh.frames import find_pose
from talking_face.face.shape import frontal_landmarks
from talking_face.motion.library import Library

ANGLES = np.array([[10.0, -6, 3], [-8, 4, -2], [25, 12, -20], [0, 0, 0]])


@pytest.fixture(scope="module")
def mean():
    return Library.load().mesh.astype(float)


def test_signs(mean):
    """The nose goes to the right at a positive yaw and up at a positive pitch; a roll is clockwise."""
    right, up, clockwise = (mean @ pose.rotation(10 * turn).T - mean for turn in np.eye(3))
    assert right[4, 0] > 0.05 and up[4, 1] < -0.05
    assert clockwise[152, 0] < -0.1 and clockwise[263, 1] > 0.05  # the chin to the left, the eye on the right down


@pytest.mark.parametrize("angles", ANGLES)
def test_a_turned_mesh_is_read_as_turned(mean, angles):
    turned = 50 * mean @ pose.rotation(angles).T + [200, 150, 0]
    np.testing.assert_allclose(find_pose(turned, mean).degrees, angles, atol=1e-6)
    np.testing.assert_allclose(frontal_landmarks(turned, angles), frontal_landmarks(mean, (0, 0, 0)), atol=1e-9)


def test_turned_landmarks_are_read_as_turned(mean):
    model = mean[list(pose.RIGID.values())]
    seen = model @ np.swapaxes(pose.rotation(ANGLES), 1, 2)
    turn, scale = pose.fit(3 * seen[..., :2] + 7, model)
    np.testing.assert_allclose(pose.angles(turn), ANGLES, atol=0.3)
    np.testing.assert_allclose(scale, 3, rtol=0.01)


def test_heads_turned_in_pictures_are_turned_likewise(mean):
    """Where they were looking before, too, as far as a flow turns them."""
    still = 40 * mean @ pose.rotation((12, 0, 0)).T + [128, 110, 0]
    turner = Turner(np.zeros((256, 256, 3), np.uint8), still)
    assert turner.yaw == pytest.approx(12, abs=2)
    turned = find_pose(turner.turn(10, 6)[1], mean).degrees
    np.testing.assert_allclose(np.subtract(turned, find_pose(still, mean).degrees)[:2], (10, 6), atol=3)
