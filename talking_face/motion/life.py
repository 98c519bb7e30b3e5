"""What makes a face alive beside its speech, from one seed, as lively as wanted: head, eyes, brows and breath."""

from dataclasses import dataclass

import numpy as np

from talking_face.audio.prosody import smooth
from talking_face.emotions import TABLE
from talking_face.motion import eyes
from talking_face.motion.breath import breath
from talking_face.motion.head import head_motion

# Where movement is bounded: degrees, eye distances, logarithm.
MOST = np.array([14.0, 10.0, 7.0, 0.2, 0.2, 0.06], np.float32)
BEARING = 12  # frames over which an emotion's bearing is taken up
DOWNCAST = 0.8  # degrees that the eyes sink for each that the chin is held lower


@dataclass(frozen=True)
class Life:
    """Movement beside speech.

    Attributes
    ----------
    pose : ndarray, (T, 7) float32
        Yaw, pitch, roll in degrees, shift right and down in eye distances, relative size less one; how far the
        shoulders are raised, eye distances.
    look : ndarray, (T, 3) float32
        Turn of the eyes in the head, right and down, degrees; how far they are closed, 0 to 1.
    brows : ndarray, (T, 68, 2) float32
        Displacement of the brows, eye distances.
    """

    pose: np.ndarray
    look: np.ndarray
    brows: np.ndarray


def live(library, prosody, weights, intensity=1.0, liveliness=1.0, seed=0):
    """How a face moves beside its speech.

    Parameters
    ----------
    library : library.Library
    prosody : prosody.Prosody
        Of T frames.
    weights : ndarray, (T, 6)
        Share of each emotion of `EMOTIONS` in each frame.
    intensity : float
        Of the emotions, 0 to 1.5.
    liveliness : float
        0 for a passport photo that only speaks and blinks, 1 as real speakers, to 1.5.
    seed : int
        The same one gives the same movement.

    Returns
    -------
    Life
    """
    frames = len(weights)
    random = np.random.default_rng(seed)
    table = np.array([[emotion.head_speed, emotion.head_range, *emotion.bearing] for emotion in TABLE])
    neutral = np.array([1, 1, 0, 0, 0])
    speed, extent, *bearing = (weights @ (neutral + intensity * (table - neutral))).T
    motion = head_motion(library, prosody, random, np.maximum(speed, 0.3))
    motion *= (liveliness * extent)[:, None]
    held = smooth(
        np.stack([np.pad(column, (2 * BEARING, 0))[: frames + 2 * BEARING] for column in bearing], 1), BEARING / 2
    )
    held = min(1, liveliness) * held[BEARING : BEARING + frames]
    pose = motion[:, :6].astype(np.float32)
    pose[:, [1, 4, 5]] += held
    pose = MOST * np.tanh(pose / MOST)
    pose[:, 5] = np.expm1(pose[:, 5])
    gaze, glances = eyes.gaze(pose, prosody, random)
    gaze = min(1, liveliness) * (gaze + DOWNCAST * np.outer(-np.minimum(held[:, 0], 0), [0, 1]))
    closed = eyes.blinks(frames, prosody, glances, random)
    brows = np.tensordot(motion[:, 6:], library.brows, 1)
    pose = np.column_stack([pose, min(1, liveliness) * breath(speed, random)])
    return Life(pose, np.column_stack([gaze, closed]).astype(np.float32), brows.astype(np.float32))
