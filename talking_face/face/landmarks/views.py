"""Views of a photo in which a face may show better: smaller or larger, or turned."""

from typing import NamedTuple

import numpy as np

from talking_face.face import geometry
from talking_face.face.images import warp


class Look(NamedTuple):
    """A way to look at a photo: at a long side in pixels, turned by some degrees."""

    long_side: int
    degrees: float = 0


def view(image, look):
    """The photo as a look shows it.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
        RGB.
    look : Look

    Returns
    -------
    pixels : ndarray, (h, w, 3) uint8
        All of the photo, which is reflected in the corners that turning it leaves.
    matrix : ndarray, (2, 3)
        Photo pixel -> view pixel.
    """
    height, width = image.shape[:2]
    angle = np.deg2rad(look.degrees)
    scale = look.long_side / max(height, width)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    size = np.ceil(np.abs(linear) @ [width, height] - 1e-6)
    shift = (size - 1) / 2 - linear @ [(width - 1) / 2, (height - 1) / 2]
    matrix = np.column_stack([linear, shift])
    return warp(image, matrix, tuple(size.astype(int).tolist())), matrix


def lies_in_photo(box, matrix, shape):
    """Whether a view's box (4,) has its centre in the photo of this shape, not in the reflection around it."""
    centre = geometry.transform(geometry.invert(matrix), box.reshape(2, 2).mean(0, keepdims=True))[0]
    return bool((centre >= 0).all() and (centre < shape[1::-1]).all())
