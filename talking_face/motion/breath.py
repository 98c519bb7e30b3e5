"""Shoulders that rise and fall by a hair, as those of people who sit and talk."""

import numpy as np

from talking_face.face.geometry import smoothstep
from talking_face.media.frame_rate import FPS

SECONDS = 3.3, 4.8  # shortest and longest breath
IN = 0.4  # share of it that breathing in takes
RISE = 0.01  # eye distances that shoulders rise


def breath(speed, random):
    """How high the shoulders are.

    Parameters
    ----------
    speed : ndarray, (T,)
        Of breathing, 1 for one at rest.
    random : numpy.random.Generator

    Returns
    -------
    ndarray, (T,) float32
        Eye distances above their middle, where they begin.
    """
    clock = np.cumsum(speed) / FPS
    begins = np.cumsum(random.uniform(*SECONDS, int(clock[-1] / SECONDS[0]) + 2))
    time = np.interp(clock - clock[0], np.append(0, begins), np.arange(len(begins) + 1)) + IN / 2
    part = time % 1
    height = smoothstep(part / IN) - smoothstep((part - IN) / (1 - IN))
    return (RISE * (height - 0.5)).astype(np.float32)
