"""The head's slow wandering."""

import numpy as np

from talking_face.face.geometry import smoothstep
from talking_face.media.frame_rate import FPS

SWAY_SHIFT, SWAY_ROLL = 0.005, 0.004  # eye distances and radians, standard deviation
SWAY_SECONDS = 0.8  # time over which the head's wandering is smoothed


def sway(frames, random):
    """Slow wandering of the head from where the photo has it: (frames, 3) float32."""
    sigma = SWAY_SECONDS * FPS
    reach = int(4 * sigma)
    gauss = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    noise = random.standard_normal((frames + 2 * reach, 3))
    noise = np.stack([np.convolve(column, gauss / gauss.sum(), "valid") for column in noise.T], 1)
    noise *= np.sqrt(2 * sigma * np.sqrt(np.pi))
    start = smoothstep(np.arange(frames) / (2 * FPS))[:, None]
    return (start * noise * [SWAY_SHIFT, SWAY_SHIFT, SWAY_ROLL]).astype(np.float32)
