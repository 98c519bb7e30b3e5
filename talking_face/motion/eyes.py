"""Blinks."""

import numpy as np

from talking_face.media.frame_rate import FPS

BLINK_GAP = (2.0, 6.0)  # seconds between blinks
BLINK_CURVE = np.array([0.35, 0.85, 1.0, 0.9, 0.6, 0.3, 0.1])  # closing is faster than opening


def blinks(frames, random):
    """Closing of the eyes, 0 to 1: (frames,) float32, a blink every 2 to 6 seconds."""
    closed = np.zeros(frames + len(BLINK_CURVE))
    start = random.uniform(0.8, 3.0) * FPS
    while start < frames:
        first = int(start)
        closed[first : first + len(BLINK_CURVE)] = BLINK_CURVE
        start += random.uniform(*BLINK_GAP) * FPS
    return closed[:frames].astype(np.float32)
