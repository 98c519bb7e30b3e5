"""Landmarks of video frames, found in the same way whoever made them, as those of photos."""

from functools import cache

import numpy as np

from talking_face.errors import PhotoError
from talking_face.face.landmarks import FaceFinder


@cache
def finder():
    """What finds the faces of all measures."""
    return FaceFinder("mesh")


def first_face(picture):
    """The largest face of a picture, (H, W, 3) uint8, to follow from there; raises PhotoError where there is none."""
    faces = finder().find(picture)
    if not faces:
        raise PhotoError("No face was found in its first frame; please use a clip that begins with one.")
    return faces[0]


def track(frames, face):
    """Landmarks of a face that stays about where it is, as in a clip's aligned crop.

    A frame's do not depend on those before it, so that a picture that stands still has landmarks that do.

    Parameters
    ----------
    frames : ndarray, (T, H, W, 3) uint8
    face : landmarks.Face
        Where to look.

    Returns
    -------
    landmarks : ndarray, (T, 68, 2) float32
        Pixels; those of the frame before where the face is not seen.
    seen : float
        Share of the frames in which it is.
    """
    found = [finder().track(frame, face) for frame in frames]
    seen = np.mean([one is not None for one in found])
    return np.stack([one.landmarks for one in _filled(found, face)]), float(seen)


def track_meshes(frames, face):
    """Their meshes, (T, 478, 3), likewise."""
    return np.stack([one.mesh for one in _filled((finder().track(frame, face) for frame in frames), face)])


def _filled(found, last):
    """Faces, where one is missing that of the frame before."""
    for face in found:
        last = face or last
        yield last
