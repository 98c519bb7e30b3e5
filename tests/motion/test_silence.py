import numpy as np
import pytest

from talking_face.motion.silence import speaking


def said(spoken, noise):
    """Log-mel of frames in which somebody speaks, or not, over noise: (4 T, 80)."""
    random = np.random.default_rng(0)
    level = np.where(np.repeat(spoken, 4), random.uniform(-1.5, 0, 4 * len(spoken)), -10)[:, None]
    steady = noise + random.normal(0, 0.1, (len(level), 80))
    return np.log10(10**level + 10**steady)


@pytest.mark.parametrize("noise", [-10, -4, -1.6])
def test_lips_are_shut_in_long_silences_and_open_again_in_time(noise):
    spoken = np.ones(200, bool)
    spoken[60:110] = spoken[150:162] = spoken[180:] = False
    follows = speaking(said(spoken, noise))
    assert (follows[75:103] == 0).all()
    assert (follows[:63] == 1).all() and (follows[110:] == 1).all()


def test_without_silence_lips_follow_throughout():
    assert (speaking(said(np.ones(100, bool), -10)) == 1).all()
    assert speaking(np.full((40, 80), -10.0)).shape == (10,)
