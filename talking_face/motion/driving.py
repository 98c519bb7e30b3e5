"""A motion, independent of whose it is, applied to a portrait."""

from dataclasses import dataclass

import numpy as np

from talking_face.face.geometry import (
    BROWS,
    EYE_CORNERS,
    JAW,
    LEFT_EYE,
    LIPS,
    LOWER_LIDS,
    RIGHT_EYE,
    UPPER_LIDS,
    smoothstep,
)
from talking_face.face.shape import part_lips

ONSET = 6  # frames over which the photo's own expression gives way to the motion
HEAD_RADIUS = 1.25  # face units; from ear to ear it is twice that
FORESHORTENING = (0.3, 1.2)  # bounds of it
# Grown people's mean: width of the mouth, nose to chin, eyes to brows, opening of the eyes; eye distances.
TYPICAL = {"mouth": 0.80, "chin": 1.10, "brows": 0.36, "eyes": 0.137}
NARROWEST, WIDEST = 0.7, 1.25  # of their resting height, between which emotions leave eyes: wider irises would stretch
FREE, STRETCH = 0.15, 0.36  # of its width at rest: by which a mouth widens freely, and which it approaches at most
SMALLEST, LARGEST = 0.55, 1.15  # part of a usual movement that a small feature still makes, and that a large one does


@dataclass(frozen=True)
class Motion:
    """What a face does, independent of whose it is.

    Attributes
    ----------
    shape : ndarray, (T, 68, 2) float32
        Displacement of each landmark from the resting face, face units.
    pose : ndarray, (T, 7) float32
        Turn of the head from the photo's: yaw, pitch and roll in degrees, shift right and down in face units, relative
        size less one; rise of the shoulders, face units.
    look : ndarray, (T, 3) float32
        Turn of the eyes in the head, right and down, degrees; how far they are closed, 0 to 1.
    bite : ndarray, (T,) float32
        How far the lower lip goes under the edge of the upper teeth, as for *f* and *v*, 0 to 1.
    """

    shape: np.ndarray
    pose: np.ndarray
    look: np.ndarray
    bite: np.ndarray


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
    resting = landmarks - expression
    shape = bounded(motion.shape[part] * proportions(resting), resting)
    target = landmarks + onset * (turned(shape, landmarks, yaw) - expression)
    return part_lips(target).astype(np.float32)


def proportions(resting):
    """How far a face moves for one of usual proportions: narrow mouths, children's chins and narrow eyes move less.

    Parameters
    ----------
    resting : ndarray, (68, 2)
        Its landmarks at rest, face units.

    Returns
    -------
    ndarray, (68, 2) float32
        Factors of displacements, right and down.
    """
    y = resting[:, 1]
    sizes = {
        "mouth": np.linalg.norm(resting[54] - resting[48]),
        "chin": y[8] - y[33],
        "brows": y[EYE_CORNERS].mean() - y[BROWS].mean(),
        "eyes": (y[LOWER_LIDS] - y[UPPER_LIDS]).mean(),
    }
    share = {name: np.clip(size / TYPICAL[name], SMALLEST, LARGEST) for name, size in sizes.items()}
    factors = np.ones((68, 2), np.float32)
    factors[LIPS], factors[JAW] = (share["mouth"], share["chin"]), (1, share["chin"])
    factors[BROWS], factors[np.concatenate([RIGHT_EYE, LEFT_EYE])] = share["brows"], share["eyes"]
    return factors


def bounded(shape, resting):
    """Displacements that open and narrow the eyes, and widen the mouth, no further than suits them; not blinks.

    Cheeks resist the more the wider lips are: people who speak in happiness have them a sixth wider than otherwise, and
    a third at most. Vowels added to a smile would make them half as wide again.

    Parameters
    ----------
    shape : ndarray, (T, 68, 2)
        Changed in place.
    resting : ndarray, (68, 2)
        Landmarks at rest, face units.

    Returns
    -------
    ndarray, (T, 68, 2)
    """
    height = np.maximum(resting[LOWER_LIDS, 1] - resting[UPPER_LIDS, 1], 0)
    wider = shape[:, LOWER_LIDS, 1] - shape[:, UPPER_LIDS, 1]
    room = np.where(wider > 0, WIDEST - 1, 1 - NARROWEST) * height
    share = np.minimum(room / np.maximum(np.abs(wider), 1e-6), 1)
    for lids in (UPPER_LIDS, LOWER_LIDS):
        shape[:, lids, 1] *= share
    wider = np.maximum((shape[:, 54, 0] - shape[:, 48, 0]) / (resting[54, 0] - resting[48, 0]), FREE)
    reached = FREE - (STRETCH - FREE) * np.expm1((FREE - wider) / (STRETCH - FREE))
    shape[:, LIPS, 0] *= (reached / wider)[:, None]
    return shape


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
