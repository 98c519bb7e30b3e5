"""Figures of life."""

import numpy as np
import pytest

from talking_face.evaluation.life.gaze import IRISES, describe_gaze
from talking_face.evaluation.life.liveliness import blinks
from talking_face.face import pose
from talking_face.motion.library import Library


@pytest.mark.parametrize("seen", [1.0, 0.25])
def test_blinks_are_counted_whatever_share_of_them_is_seen(seen):
    random = np.random.default_rng(0)
    opening = 10 + 0.2 * random.standard_normal(300)
    opening[200:] *= 0.8  # the eyes look down from here on
    for first in (40, 110, 118, 260):
        opening[first : first + 6] *= 1 - seen * np.array([0.3, 0.9, 1, 0.8, 0.5, 0.2])
    assert blinks(opening) == 4


def test_eyes_that_stay_open_do_not_blink():
    assert blinks(10 + 0.2 * np.random.default_rng(0).standard_normal(300)) == 0


@pytest.mark.parametrize("shut", [0, 10])
def test_gaze_is_measured_in_the_head_that_turns(shut):
    """Eyes that undo the head's turn, and what is seen of them while they are shut does not count."""
    mean, time = Library.load().mesh.astype(float), np.arange(100)
    yaw, pitch = 5 * np.sin(time / 8), 3 * np.sin(time / 5)
    meshes = np.repeat(mean[None], len(time), 0)
    for iris in IRISES:
        meshes[:, list(iris), 0] += 0.19 * np.sin(np.radians(-0.9 * yaw))[:, None]
        meshes[:, list(iris), 1] += 0.19 * np.sin(np.radians(0.9 * pitch))[:, None]
        meshes[:shut, list(iris), 0] += 0.1
    meshes[:shut, [159, 386], 1] = meshes[:shut, [145, 374], 1]
    meshes = 60 * meshes @ np.swapaxes(pose.rotation(np.stack([yaw, pitch, 0 * yaw], 1)), 1, 2) + [200, 150, 0]
    figures = describe_gaze(meshes, mean)
    assert figures["gaze sideways, degrees"] == pytest.approx(0.9 * yaw[shut:].std(), rel=0.12)
    assert figures["gaze up and down, degrees"] == pytest.approx(0.9 * pitch[shut:].std(), rel=0.12)
    assert figures["gaze with the head's turn, correlation"] < -0.98
