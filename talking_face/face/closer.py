"""A face that is small in a photo, taken from the photo's own resolution."""

import numpy as np

from talking_face.face.checks import SMALL_FACE_WIDTH, face_width
from talking_face.face.images import load_image, long_side

ENOUGH = 2 * SMALL_FACE_WIDTH  # pixels; a face's width that needs no further pixels
MOST = 8192  # pixels; longest side that a photo is read at


def closer(source, image, face, max_side, finder):
    """Cut out the part around a face, if it is small in the photo as loaded and the file has more of it.

    Parameters
    ----------
    source : object
        The photo, as for `images.load_image`; must be readable again.
    image : ndarray, (H, W, 3) uint8
        As loaded from it.
    face : landmarks.Face
        In the image.
    max_side : int
        Longest side of the result, pixels.
    finder : landmarks.FaceFinder
        Places the face again among the finer pixels.

    Returns
    -------
    image : ndarray, (h, w, 3) uint8
    face : landmarks.Face
        In that picture.
    """
    width = face_width(face)
    if width >= SMALL_FACE_WIDTH or long_side(source) <= max(image.shape[:2]) + 1:
        return image, face
    fine = load_image(source, min(MOST, round(max(image.shape[:2]) * ENOUGH / width)))
    scale = (np.array(fine.shape[1::-1]) / image.shape[1::-1]).mean()
    size = np.minimum(fine.shape[1::-1], max_side) // 2 * 2
    middle = scale * (face.landmarks.mean(0) + 0.5)
    left, top = np.clip(np.rint(middle - size / 2).astype(int), 0, np.array(fine.shape[1::-1]) - size)
    part = np.ascontiguousarray(fine[top : top + size[1], left : left + size[0]])
    moved = face.moved(np.array([[scale, 0, (scale - 1) / 2 - left], [0, scale, (scale - 1) / 2 - top]]))
    return part, finder.track(part, moved) or moved
