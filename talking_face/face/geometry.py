"""The canonical face frame, and the similarity transforms that lead to it and back.

Three coordinate systems are used throughout, always as (x, y) with y pointing down:

- *photo*: pixels of the user's picture;
- *crop*: pixels of the canonical square crop, `CROP_SIZE` on a side, eye centres level at `EYE_HEIGHT` of its height
  and `EYE_DISTANCE` of its side apart;
- *face*: the same frame in units of the eye distance, with its origin midway between the eyes.
"""

from typing import Any

import numpy as np

CROP_SIZE = 256  # pixels
EYE_DISTANCE = 0.25  # of the crop's side
EYE_HEIGHT = 0.40  # of the crop's height

# iBUG-68 landmark groups (Sagonas et al. 2013, "300 Faces in-the-Wild Challenge").
JAW = np.arange(0, 17)
BROWS = np.arange(17, 27)
NOSE = np.arange(27, 36)
RIGHT_EYE = np.arange(36, 42)  # the person's right eye: left in the picture
LEFT_EYE = np.arange(42, 48)
OUTER_LIPS = np.arange(48, 60)
INNER_LIPS = np.arange(60, 68)
LIPS = np.arange(48, 68)
UPPER_LIDS, LOWER_LIDS = np.array([37, 38, 43, 44]), np.array([41, 40, 47, 46])
EYE_CORNERS = np.array([36, 39, 42, 45])

# Landmark pairs that swap places when a face is mirrored.
MIRROR = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    + [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)


def eye_centres(landmarks: np.ndarray) -> np.ndarray:
    """Centres of both eyes, each the mean of its two corners.

    Parameters
    ----------
    landmarks : ndarray, (..., 68, 2)
        iBUG-68 landmarks in any frame.

    Returns
    -------
    ndarray, (..., 2, 2)
        The picture's left eye first.
    """
    corners = landmarks[..., EYE_CORNERS, :]
    return np.stack([corners[..., :2, :].mean(-2), corners[..., 2:, :].mean(-2)], axis=-2)


def lip_opening(landmarks: Any) -> Any:
    """Height of the gap between the inner lips, negative where they overlap.

    Parameters
    ----------
    landmarks : ndarray or Tensor, (..., 68, 2)
        An upright face in any frame.

    Returns
    -------
    ndarray or Tensor, (...)
        Mean over three places, in the landmarks' unit.
    """
    return (landmarks[..., [65, 66, 67], 1] - landmarks[..., [63, 62, 61], 1]).mean(-1)


def smoothstep(x: Any) -> Any:
    """Cubic Hermite step of an ndarray or Tensor: 0 below 0, 1 above 1, smooth between."""
    x = x.clip(0, 1)
    return x * x * (3 - 2 * x)


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least-squares similarity transform between two point sets (Umeyama 1991, without reflection).

    Parameters
    ----------
    source, target : ndarray, (..., N, 2)
        Corresponding points, N >= 2.

    Returns
    -------
    ndarray, (..., 2, 3)
        Matrix that maps `source` onto `target`.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    mean_s, mean_t = source.mean(-2, keepdims=True), target.mean(-2, keepdims=True)
    s, t = source - mean_s, target - mean_t
    norm = np.maximum((s**2).sum((-1, -2)), 1e-12)
    a = (s * t).sum((-1, -2)) / norm
    b = (s[..., 0] * t[..., 1] - s[..., 1] * t[..., 0]).sum(-1) / norm
    linear = np.stack([np.stack([a, -b], -1), np.stack([b, a], -1)], -2)
    shift = mean_t - mean_s @ np.swapaxes(linear, -1, -2)
    return np.concatenate([linear, np.swapaxes(shift, -1, -2)], -1)


def scaling(scale: float) -> np.ndarray:
    """Pixel of a picture -> pixel of the same picture scaled, (2, 3), where a pixel's centre is at its index."""
    shift = (scale - 1) / 2
    return np.array([[scale, 0, shift], [0, scale, shift]])


def transform(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply a (..., 2, 3) matrix to (..., N, 2) points."""
    return points @ np.swapaxes(matrix[..., :2], -1, -2) + matrix[..., None, :, 2]


def invert(matrix: np.ndarray) -> np.ndarray:
    """Inverse of a (2, 3) affine matrix, as (2, 3)."""
    inverse = np.linalg.inv(np.asarray(matrix, np.float64)[:, :2])
    return np.concatenate([inverse, -inverse @ matrix[:, 2:]], axis=1)


def compose(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The transform that applies `second` after `first`, (2, 3) each."""
    return np.concatenate([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2:] + second[:, 2:]], 1)


def crop_matrix(landmarks: np.ndarray, size: int = CROP_SIZE) -> np.ndarray:
    """Similarity that brings a face to the canonical crop.

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        iBUG-68 landmarks, photo pixels.
    size : int
        Side of the crop, pixels.

    Returns
    -------
    ndarray, (2, 3)
        Photo pixel -> crop pixel.
    """
    half = EYE_DISTANCE / 2
    target = np.array([[0.5 - half, EYE_HEIGHT], [0.5 + half, EYE_HEIGHT]]) * size
    return similarity(eye_centres(landmarks), target)


def crop_to_face(points: np.ndarray, size: int = CROP_SIZE) -> np.ndarray:
    """Crop pixels -> face units (eye distances from the point between the eyes)."""
    return (points - np.array([0.5, EYE_HEIGHT]) * size) / (EYE_DISTANCE * size)


def face_to_crop(points: np.ndarray, size: int = CROP_SIZE) -> np.ndarray:
    """Face units -> crop pixels; the inverse of `crop_to_face`."""
    return points * (EYE_DISTANCE * size) + np.array([0.5, EYE_HEIGHT]) * size
