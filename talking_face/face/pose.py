"""Head pose: where a head points, read off its landmarks or mesh by a rigid fit of the mean face.

Angles are degrees in the picture's frame, x to the right, y down, z away from the camera: *yaw* turns the face to the
picture's right, *pitch* raises the chin, *roll* tilts the head clockwise, as seen.
"""

import numpy as np

# Points that hardly move with expression (nose, eye corners): iBUG-68 index -> mesh index.
RIGID = {27: 168, 28: 197, 29: 5, 30: 4, 31: 98, 33: 2, 35: 327, 36: 33, 39: 133, 42: 362, 45: 263}
ITERATIONS = 12


def rotation(angles):
    """Rotation matrices of yaw, pitch and roll, degrees: (..., 3) -> (..., 3, 3), `roll @ yaw @ pitch`."""
    y, p, r = np.moveaxis(np.radians(np.asarray(angles, np.float64)), -1, 0)
    zero, one = np.zeros_like(y), np.ones_like(y)
    about_y = _matrix([[np.cos(y), zero, -np.sin(y)], [zero, one, zero], [np.sin(y), zero, np.cos(y)]])
    about_x = _matrix([[one, zero, zero], [zero, np.cos(p), np.sin(p)], [zero, -np.sin(p), np.cos(p)]])
    about_z = _matrix([[np.cos(r), -np.sin(r), zero], [np.sin(r), np.cos(r), zero], [zero, zero, one]])
    return about_z @ about_y @ about_x


def angles(turn):
    """Yaw, pitch and roll, degrees, of rotation matrices: (..., 3, 3) -> (..., 3); the inverse of `rotation`."""
    yaw = np.arctan2(turn[..., 2, 0], np.hypot(turn[..., 2, 1], turn[..., 2, 2]))
    pitch = np.arctan2(-turn[..., 2, 1], turn[..., 2, 2])
    roll = np.arctan2(turn[..., 1, 0], turn[..., 0, 0])
    return np.degrees(np.stack([yaw, pitch, roll], -1))


def fit(points, model):
    """Rotation of a scaled orthographic view that brings a rigid model to points, by alternating depth and rotation.

    Parameters
    ----------
    points : ndarray, (T, N, 2)
    model : ndarray, (N, 3)

    Returns
    -------
    turn : ndarray, (T, 3, 3)
    scale : ndarray, (T,)
        Points' units a model unit.
    """
    points = points - points.mean(1, keepdims=True)
    model = model - model.mean(0)
    turn = np.broadcast_to(np.eye(3), (len(points), 3, 3))
    for _ in range(ITERATIONS):
        moved = model @ np.swapaxes(turn, 1, 2)
        scale = (moved[..., :2] * points).sum((1, 2)) / (moved[..., :2] ** 2).sum((1, 2))
        seen = np.concatenate([points / scale[:, None, None], moved[..., 2:]], -1)
        u, _, v = np.linalg.svd(np.swapaxes(seen, 1, 2) @ model)
        u[..., 2] *= np.sign(np.linalg.det(u @ v))[:, None]
        turn = u @ v
    return turn, scale


def _matrix(rows):
    return np.stack([np.stack(row, -1) for row in rows], -2)
