"""A mesh of 478 points with depth from 68 landmarks: the mean face, turned as the landmarks say and drawn to them."""

import numpy as np

from talking_face.face import pose
from talking_face.face.geometry import similarity, transform
from talking_face.face.mesh.topology import IBUG


def mesh_of(portrait, mean):
    """A portrait's mesh, (478, 3) photo pixels: its own, or an estimate from its landmarks and the mean face."""
    found = getattr(portrait, "mesh", None)
    return mesh_from_landmarks(portrait.landmarks, mean) if found is None else found


def mesh_from_landmarks(landmarks, mean):
    """Estimate a mesh.

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        Pixels.
    mean : ndarray, (478, 3)
        The mean mesh, any scale.

    Returns
    -------
    ndarray, (478, 3)
        Pixels; depth in the same unit, smaller is nearer.
    """
    landmarks, mean = np.asarray(landmarks, np.float64), np.asarray(mean, np.float64)
    rigid = list(pose.RIGID)
    turn, scale = pose.fit(landmarks[None, rigid], mean[list(pose.RIGID.values())])
    posed = mean @ turn[0].T * scale[0]
    matrix = similarity(posed[[IBUG[k] for k in rigid], :2], landmarks[rigid])
    posed[:, :2] = transform(matrix, posed[:, :2])
    # What the landmarks know better is spread by linear radial basis functions.
    away = lambda a, b: np.linalg.norm(a[:, None] - b[None], axis=-1)
    known = posed[list(IBUG), :2]
    weights = np.linalg.solve(away(known, known) - 0.02 * scale[0] * np.eye(68), landmarks - known)
    posed[:, :2] += away(posed[:, :2], known) @ weights
    return posed
