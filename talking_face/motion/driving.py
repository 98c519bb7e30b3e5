"""A motion, independent of whose it is, applied to a portrait."""

from dataclasses import dataclass

import numpy as np

from talking_face.face.geometry import smoothstep

ONSET = 6  # frames over which the photo's own expression gives way to the motion
NECK = np.array([0.0, 2.4])  # face units: what the head rolls about
UPPER_LIDS, LOWER_LIDS = np.array([37, 38, 43, 44]), np.array([41, 40, 47, 46])


@dataclass(frozen=True)
class Motion:
    """What a face does, independent of whose it is.

    Attributes
    ----------
    shape : ndarray, (T, 68, 2) float32
        Displacement of each landmark from the resting face, face units.
    blink : ndarray, (T,) float32
        How far the eyes are closed, 0 to 1.
    sway : ndarray, (T, 3) float32
        Shift right and down in face units, roll in radians.
    """

    shape: np.ndarray
    blink: np.ndarray
    sway: np.ndarray


def drive(landmarks, expression, motion, part=slice(None)):
    """Apply a motion to a portrait.

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        The photo's, face units.
    expression : ndarray, (68, 2)
        Displacement from rest that the photo shows.
    motion : Motion
    part : slice
        Which of its frames are wanted.

    Returns
    -------
    ndarray, (T, 68, 2) float32
        Landmarks of each frame, face units; at the beginning the photo's own.
    """
    onset = smoothstep(np.arange(len(motion.shape))[part] / ONSET)[:, None, None]
    target = landmarks + onset * (turned(motion.shape[part], landmarks) - expression)
    for lids, rest in ((UPPER_LIDS, 0.9), (LOWER_LIDS, -0.1)):
        gap = target[:, LOWER_LIDS] - target[:, UPPER_LIDS]
        target[:, lids] += rest * (motion.blink[part, None, None] * gap)
    shift, roll = motion.sway[part, None, :2], motion.sway[part, 2]
    c, s = np.cos(roll), np.sin(roll)
    rotation = np.stack([np.stack([c, s], -1), np.stack([-s, c], -1)], -2)
    return ((target - NECK) @ rotation + NECK + shift).astype(np.float32)


def turned(shape, landmarks):
    """Shrink sideways displacements on the side of a turned face that is farther away.

    Parameters
    ----------
    shape : ndarray, (T, 68, 2)
        Displacements of a frontal face.
    landmarks : ndarray, (68, 2)
        The photo's, face units.
    """
    middle = landmarks[[27, 33, 62, 66], 0].mean()
    left, right = middle - landmarks[4, 0], landmarks[12, 0] - middle
    near = max(left, right)
    scale = np.ones((68, 2))
    side = landmarks[:, 0] < middle
    scale[side, 0] = np.clip(left / near, 0.5, 1)
    scale[~side, 0] = np.clip(right / near, 0.5, 1)
    return shape * scale
