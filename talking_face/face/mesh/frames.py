"""Where a mesh's crops lie: similarities between a photo and the crops that the networks see, and the head's pose.

Lengths are in eye distances of the template ("units") unless they are in pixels.
"""

from dataclasses import dataclass

import numpy as np

from talking_face.face.detector.detection import BOX_SIDE
from talking_face.face.mesh.topology import (
    LEFT_BROW,
    LEFT_EYE,
    LEFT_IRIS,
    LIPS,
    LIPS_RINGS,
    RIGHT_BROW,
    RIGHT_EYE,
    RIGHT_IRIS,
)
from talking_face.face.pose import angles


@dataclass(frozen=True)
class View:
    """What one network sees.

    Attributes
    ----------
    size : int
        Side of the crop, pixels.
    span : float
        The same in units.
    points : tuple of int or None
        The mesh points that the network places; None for all.
    """

    size: int
    span: float
    points: tuple | None = None

    @property
    def unit(self):
        """Pixels a unit."""
        return self.size / self.span


VIEWS = {
    "coarse": View(64, 4.2),
    "fine": View(96, 3.9),
    "lips": View(80, 1.7, LIPS + LIPS_RINGS),
    "eye": View(64, 1.25, RIGHT_EYE + RIGHT_IRIS + RIGHT_BROW),
}
LEFT_EYE_POINTS = LEFT_EYE + LEFT_IRIS + LEFT_BROW  # the mirrored eye's, in the order of VIEWS["eye"]

CENTRE = 0.55  # units below the eyes; centre of box and crops


@dataclass(frozen=True)
class Pose:
    """A mesh's scale (pixels a unit), rotation (3, 3) and photo pixel of its template's origin, between the eyes."""

    scale: float
    rotation: np.ndarray
    origin: np.ndarray

    @property
    def roll(self):
        """Radians, clockwise in the picture."""
        return float(np.arctan2(self.rotation[1, 0], self.rotation[0, 0]))

    @property
    def degrees(self):
        """Yaw, pitch and roll, their signs as in `pose`."""
        return tuple(angles(self.rotation).tolist())

    @property
    def frontal(self):
        """Eye distance in the picture over what it would be if the face looked into the camera: 0 to 1."""
        return float(np.hypot(self.rotation[0, 0], self.rotation[1, 0]))

    def place(self, point):
        """A template point (3,) in the photo: (2,)."""
        return self.scale * (self.rotation @ point)[:2] + self.origin[:2]


def find_pose(mesh, template, points=slice(0, 468)):
    """The similarity in space that brings the template closest to a mesh (Umeyama 1991).

    Parameters
    ----------
    mesh, template : ndarray, (478, 3)

    Returns
    -------
    Pose
    """
    a, b = template[points].astype(np.float64), mesh[points].astype(np.float64)
    mean_a, mean_b = a.mean(0), b.mean(0)
    a, b = a - mean_a, b - mean_b
    u, d, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = (d * sign).sum() / (a**2).sum()
    return Pose(float(scale), rotation, mean_b - scale * rotation @ mean_a)


def centred(centre, scale, angle, size):
    """The similarity that brings a photo pixel to the middle of a square crop.

    Parameters
    ----------
    centre : ndarray, (2,)
        Photo pixel.
    scale : float
        Crop pixels a photo pixel.
    angle : float
        Radians by which it turns clockwise.
    size : int
        Side of the crop, pixels.

    Returns
    -------
    ndarray, (2, 3)
        Photo pixel -> crop pixel.
    """
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.array([[c, -s], [s, c]])
    return np.column_stack([linear, (size - 1) / 2 - linear @ centre])


def box_matrix(box, view, roll=0.0):
    """The crop around a box (left, top, right, bottom), photo pixels, of a face tilted by radians: (2, 3)."""
    left, top, right, bottom = box
    side = max(right - left, bottom - top)
    return centred(np.array([left + right, top + bottom]) / 2, view.unit * BOX_SIDE / side, -roll, view.size)


def face_matrix(pose, view):
    """The crop that shows a face upright and of one size: (2, 3)."""
    return centred(pose.place(np.array([0, CENTRE, 0])), view.unit / pose.scale, -pose.roll, view.size)


def part_centre(mesh, pose, points):
    """The middle of the upright box around some points of a mesh: (2,), photo pixel."""
    c, s = np.cos(pose.roll), np.sin(pose.roll)
    turn = np.array([[c, -s], [s, c]])
    upright = mesh[list(points), :2] @ turn
    return turn @ ((upright.min(0) + upright.max(0)) / 2)


def part_matrix(mesh, pose, view, points=None):
    """The upright crop around some points of a mesh, by default the view's own: (2, 3)."""
    centre = part_centre(mesh, pose, points or view.points)
    return centred(centre, view.unit / pose.scale, -pose.roll, view.size)


def to_units(mesh, matrix, view):
    """Photo pixels -> units from the middle of a crop: (N, 3)."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    flat = mesh[:, :2] @ matrix[:, :2].T + matrix[:, 2] - (view.size - 1) / 2
    return np.column_stack([flat, mesh[:, 2] * scale]) / view.unit


def to_photo(points, matrix, view):
    """The inverse of `to_units`."""
    scale = np.hypot(matrix[0, 0], matrix[1, 0])
    points = points * view.unit
    inverse = np.linalg.inv(matrix[:, :2])
    flat = (points[:, :2] + (view.size - 1) / 2 - matrix[:, 2]) @ inverse.T
    return np.column_stack([flat, points[:, 2] / scale])
