"""A motion, independent of whose it is, applied to a portrait."""

from dataclasses import dataclass

import numpy as np

from talking_face.face.geometry import smoothstep

ONSET = 6  # frames over which the photo's own expression gives way to the motion
HEAD_RADIUS = 1.25  # face units; from ear to ear it is twice that
FORESHORTENING = (0.3, 1.2)  # bounds of it


@dataclass(frozen=True)
class Motion:
    """What a face does, independent of whose it is.

    Attributes
    ----------
    shape : ndarray, (T, 68, 2) float32
        Displacement of each landmark from the resting face, face units.
    pose : ndarray, (T, 6) float32
        Turn of the head from the photo's: yaw, pitch and roll in degrees, shift right and down in face units, relative
        size less one.
    look : ndarray, (T, 3) float32
        Turn of the eyes in the head, right and down, degrees; how far they are closed, 0 to 1.
    """

    shape: np.ndarray
    pose: np.ndarray
    look: np.ndarray


def drive(landmarks, expression, motion, part=slice(None), yaw=0.0):
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
    yaw : float
        How far the photo's head is turned to the picture's right, degrees.

    Returns
    -------
    ndarray, (T, 68, 2) float32
        Landmarks of each frame, face units; at the beginning the photo's own.
    """
    onset = smoothstep(np.arange(len(motion.shape))[part] / ONSET)[:, None, None]
    target = landmarks + onset * (turned(motion.shape[part], landmarks, yaw) - expression)
    return target.astype(np.float32)


def turned(shape, landmarks, yaw):
    """Foreshorten displacements of a frontal face as they look on one turned aside, whose skin is about a cylinder's.

    Parameters
    ----------
    shape : ndarray, (..., 68, 2)
        Displacements of a frontal face.
    landmarks : ndarray, (..., 68, 2)
        The turned face's, face units.
    yaw : float or ndarray, (...)
        Degrees to the picture's right.

    Returns
    -------
    ndarray, (..., 68, 2)
    """
    yaw = np.radians(np.asarray(yaw))[..., None]
    # Where each landmark lies around the cylinder: as seen, and seen from the front.
    middle = (landmarks[..., 0, 0] + landmarks[..., 16, 0])[..., None] / 2
    seen = np.arcsin(np.clip((landmarks[..., 0] - middle) / HEAD_RADIUS, -1, 1))
    ratio = np.cos(seen) / np.maximum(np.cos(seen - yaw), 0.5)
    scale = np.where(yaw == 0, 1.0, np.clip(ratio, *FORESHORTENING))
    return shape * np.stack([scale, np.ones_like(scale)], -1)
