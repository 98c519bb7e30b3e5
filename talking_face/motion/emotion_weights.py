"""How much of each emotion there is over time."""

import numpy as np

from talking_face.emotions import EMOTIONS
from talking_face.face.geometry import smoothstep
from talking_face.media.frame_rate import FPS

EMOTION_BLEND = 10  # frames over which one emotion gives way to the next


def emotion_weights(emotion, frames):
    """How much of each emotion there is in each frame.

    Parameters
    ----------
    emotion : str or sequence of (float, str)
        One of `EMOTIONS`; or starts in seconds, ascending from 0, each with one.
    frames : int

    Returns
    -------
    ndarray, (frames, 6) float32
        Columns as in `EMOTIONS`; rows sum to 1.
    """
    changes = ((0.0, emotion),) if isinstance(emotion, str) else emotion
    one_hot = np.eye(len(EMOTIONS), dtype=np.float32)
    weights = np.tile(one_hot[EMOTIONS.index(changes[0][1])], (frames, 1))
    for start, name in changes[1:]:
        x = smoothstep((np.arange(frames) - start * FPS) / EMOTION_BLEND + 0.5)[:, None]
        weights += x.astype(np.float32) * (one_hot[EMOTIONS.index(name)] - weights)
    return weights
