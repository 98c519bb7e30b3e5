"""A face that is small in a photo, taken from the photo's own resolution."""

from dataclasses import replace

import numpy as np

from talking_face.face import geometry
from talking_face.face.checks import SMALL_FACE_WIDTH, face_width
from talking_face.face.images import load_photo

ENOUGH = 2 * SMALL_FACE_WIDTH  # pixels; a face's width that needs no further pixels
MOST = 8192  # pixels; longest side that a photo is read at


def closer(photo, number):
    """Cut out the part around a face, if it is small in the photo as loaded and the file has more of it.

    Parameters
    ----------
    photo : portrait.Photo
    number : int
        Of the face, from 1.

    Returns
    -------
    portrait.Photo
        No larger than the one given; that face is placed again among the finer pixels, and the others, which may lie
        outside, are where they were.
    """
    face = photo.faces[number - 1]
    width = face_width(face)
    if width >= SMALL_FACE_WIDTH or photo.origin[0, 0] < 1.01:
        return photo
    fine, origin = load_photo(photo.source, min(MOST, round(max(photo.image.shape[:2]) * ENOUGH / width)))
    to_fine = geometry.compose(photo.origin, geometry.invert(origin))
    size = np.minimum(fine.shape[1::-1], photo.max_side) // 2 * 2
    middle = geometry.transform(to_fine, face.landmarks).mean(0) + 0.5
    left, top = np.clip(np.rint(middle - size / 2).astype(int), 0, np.array(fine.shape[1::-1]) - size)
    part = np.ascontiguousarray(fine[top : top + size[1], left : left + size[0]])
    to_fine[:, 2] -= left, top
    faces = [face.moved(to_fine) for face in photo.faces]
    faces[number - 1] = photo.finder.track(part, faces[number - 1]) or faces[number - 1]
    return replace(photo, image=part, faces=faces, origin=geometry.compose(geometry.invert(to_fine), photo.origin))
