"""When the lower lip goes to the upper teeth: for each *f* and *v* that is heard, briefly and softly."""

import numpy as np

from talking_face.face.geometry import smoothstep

SURE = 0.5  # how surely one is heard to be shown
SHORTEST, LONGEST = 1.6, 4.0  # frames that the lip stays
SOFT = 2.0  # frames in which it comes, and in which it goes


def bites(heard):
    """How far the lower lip goes to the upper teeth.

    Parameters
    ----------
    heard : ndarray, (T,)
        How surely *f* or *v* is heard in each frame, 0 to 1.

    Returns
    -------
    ndarray, (T,) float32
        0 to 1.
    """
    frames = np.arange(len(heard))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], heard >= SURE, [False]]).astype(int)))
    bite = np.zeros(len(heard), np.float32)
    for first, last in zip(edges[::2], edges[1::2]):
        middle = np.average(frames[first:last], weights=heard[first:last])
        half = np.clip(last - first, SHORTEST, LONGEST) / 2
        bite = np.maximum(bite, smoothstep((half + SOFT - np.abs(frames - middle)) / SOFT))
    return bite.astype(np.float32)
