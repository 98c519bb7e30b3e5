"""Raised brows, read off landmarks."""

from types import SimpleNamespace

import numpy as np
import pytest

from talking_face.evaluation.life.brows import INNER_UP, BrowGauge
from talking_face.face import pose
from talking_face.face.mesh.topology import IBUG
from talking_face.motion.library import Library

LIBRARY = Library.load()
MODEL = LIBRARY.mesh[list(pose.RIGID.values())].astype(float)


def recording(seed, size=60.0):
    """Somebody whose brows rise and fall while the head turns: landmarks and labels."""
    random, frames = np.random.default_rng(seed), 100
    time = np.arange(frames)[:, None] / 25
    raised, outer = 0.5 + 0.5 * np.sin(random.uniform(0.5, 3, 2) * time + random.uniform(0, 6, 2)).T
    angles = random.uniform(1, 5, 3) * np.sin(random.uniform(0.5, 3, 3) * time)
    turned = LIBRARY.mesh[list(IBUG)] @ np.swapaxes(pose.rotation(angles), 1, 2)
    landmarks = turned[..., :2] + np.tensordot(np.stack([raised, outer], 1), LIBRARY.brows, 1)
    labels = np.zeros((frames, 52))
    labels[:, INNER_UP] = 1 / (1 + np.exp(-8 * (raised - 0.6)))
    return SimpleNamespace(landmarks=size * landmarks + [200, 150], blendshapes=labels)


@pytest.fixture(scope="module")
def gauge():
    return BrowGauge.fit([recording(seed) for seed in range(6)], MODEL)


def test_raised_brows_are_told_of_other_recordings_and_sizes(gauge):
    strangers = [recording(seed, size) for seed, size in ((20, 30.0), (21, 120.0))]
    assert gauge.agreement(strangers) > 0.97
    for one in strangers:
        assert gauge(one.landmarks).std() == pytest.approx(one.blendshapes[:, INNER_UP].std(), rel=0.1)


def test_heads_that_only_turn_raise_no_brows(gauge):
    angles = 5 * np.sin(np.arange(50)[:, None] / [5, 7, 9])
    turned = LIBRARY.mesh[list(IBUG)] @ np.swapaxes(pose.rotation(angles), 1, 2)
    assert gauge(60 * turned[..., :2]).std() < 0.05
