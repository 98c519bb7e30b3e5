"""Turning the head of a photo, a rotation in depth, and letting its shoulders breathe: as a backward flow.

Each place of the head has the mesh's depth, carried outward as a skull under hair and ears. Turned about the middle of
the eyes, seen by a camera nine eye distances away and taken to the extent that a place belongs to the head, it gives a
displacement; the flow backward is found by a fixed point (Chen et al. 2008, inversion of deformation fields).
"""

import cv2
import numpy as np

from talking_face.face.geometry import smoothstep
from talking_face.face.matting.matte import frame
from talking_face.face.mesh.topology import CHIN, EYE_CORNERS, OVAL
from talking_face.face.pose import rotation

PITCH = 11  # lattice samples an eye distance
RELIEF = 0.08  # eye distances: width of the kernel that smooths the mesh's depth; noses fold first
GAIN = 1.25  # of the mesh's depth, which is flatter than heads measure once turned
SKULL = 0.35  # eye distances from the face's outline back to the widest part of the head
# By how much more a photo is turned than asked, so that it measures as heads do that lose sight of a side.
ANSWER = np.array([1.15, 1.6, 1.0], np.float32)
CAMERA = 9.0  # eye distances to the camera
FACE = np.array([1.25, 1.75])  # eye distances: half axes of an ellipse around the face, in which radii are counted
FACE_DROP = 0.25  # eye distances from the eyes down to its middle
OUTLINE = 0.75  # radii from which depth goes over into the skull's
HAIR = 1.6, 2.6  # radii between which a head that is cut out ends
NEAR = 1.0, 1.75  # and one that is not
NECK = 1.15  # eye distances below the chin where the body begins, which stays
SHOULDER = 0.8, 1.6  # eye distances from the neck's middle between which shoulders stay
CHEST = 0.35, 1.15  # eye distances below the chin between which shoulders begin to breathe
STILL = 0.4  # eye distances from the edge of the part that moves over which they do not, unless it is the photo's
BORDER = 0.6  # eye distances from the photo's edges over which movement away from them fades in
STEPS = 4  # of the fixed point
AT_ONCE = 32  # poses


class HeadFlow:
    """How the head of one photo turns.

    Parameters
    ----------
    mesh : ndarray, (478, 3)
        Photo pixels, depth in the same unit, smaller is nearer.
    box : tuple of int
        Left, top, right and bottom of the part of the photo that may move, pixels.
    size : (int, int)
        Width and height of the photo.
    cut_out : bool
        Whether the person is cut out, so that what lies beside the head does not matter.
    """

    def __init__(self, mesh, box, size, cut_out=True):
        eyes, self.distance, self.axes = frame(mesh)
        left, top, right, bottom = box
        columns, rows = (max(8, round(PITCH * side / self.distance)) for side in (right - left, bottom - top))
        self.step = np.float32([(right - left) / columns, (bottom - top) / rows])
        x, y = (
            (np.arange(count) + 0.5) * step - 0.5 + first
            for count, step, first in zip((columns, rows), self.step, (left, top), strict=True)
        )
        places = np.stack(np.meshgrid(x, y), -1)
        self.origin = np.float32([x[0], y[0]])
        # Everything that follows is in the face's frame, eye distances.
        to_face = lambda points: (points - eyes) @ self.axes.T / self.distance
        points = np.concatenate([to_face(mesh[:, :2]), mesh[:, 2:] / self.distance], 1)
        face, chin = to_face(places), points[CHIN]
        radius = np.hypot(face[..., 0] / FACE[0], (face[..., 1] - FACE_DROP) / FACE[1])
        share = _share(face, radius, chin, *(HAIR if cut_out else NEAR))
        # At the photo's edges nothing may be missing: there the head moves along the edge only.
        inside = np.stack([np.minimum(places[..., k], size[k] - 1 - places[..., k]) for k in range(2)], -1)
        share = share[..., None] * smoothstep(inside / (BORDER * self.distance))
        self.chest = self._chest(places, face[..., 1] - chin[1], box, size) if cut_out else np.float32(0)
        self.share = cv2.GaussianBlur(share.astype(np.float32), (0, 0), 1.0)
        depth = cv2.GaussianBlur(_depth(points, face, radius).astype(np.float32), (0, 0), 0.6)
        self.points = np.concatenate([face, depth[..., None]], -1).astype(np.float32)
        y, x = np.mgrid[:rows, :columns].astype(np.float32)
        self.nodes = np.stack([x, y], -1)

    def _chest(self, places, down, box, size):
        """How much of each place, `down` below the chin, goes with the shoulders: (rows, columns, 1) float32."""
        ends = [(places[..., k] - box[k], box[k] <= 0) for k in range(2)]
        ends += [(box[2 + k] - 1 - places[..., k], box[2 + k] >= size[k]) for k in range(2)]
        room = np.min([np.full_like(away, np.inf) if open_ else away for away, open_ in ends], 0)
        share = smoothstep((down - CHEST[0]) / (CHEST[1] - CHEST[0])) * smoothstep(room / (STILL * self.distance))
        return share[..., None].astype(np.float32)

    def __call__(self, poses):
        """Where the lattice's places come from, relative to themselves.

        Parameters
        ----------
        poses : ndarray, (T, 7)
            Yaw, pitch and roll in degrees, shift right and down in eye distances, relative size less one; rise of the
            shoulders, eye distances.

        Returns
        -------
        ndarray, (T, rows, columns, 2) float32
            Photo pixels, by a lattice in the middles of equal parts of the box.
        """
        parts = [self._turned(poses[first : first + AT_ONCE]) for first in range(0, len(poses), AT_ONCE)]
        return np.concatenate(parts)

    def _turned(self, poses):
        turns = np.stack([rotation(ANSWER * pose[:3]) for pose in poses]).astype(np.float32)
        poses = np.float32(poses)[:, None, None]
        moved = self.points.reshape(-1, 3) @ turns.transpose(0, 2, 1)
        moved = moved.reshape(len(turns), *self.points.shape)
        closer = (1 + poses[..., 5:6]) * np.float32(CAMERA) / (CAMERA + moved[..., 2:] - self.points[..., 2:])
        move = moved[..., :2] * closer - self.points[..., :2] + poses[..., 3:5]
        to_nodes = (self.axes * self.distance / self.step).astype(np.float32)
        forward = (move @ to_nodes) * self.share - poses[..., 6:] * self.chest * to_nodes[1]
        # One picture below the other, of which each is looked up in itself.
        rows, columns = self.share.shape[:2]
        tall = forward.reshape(-1, columns, 2)
        top = np.zeros((len(poses), 1, 1, 2), np.float32)
        top[..., 1] = rows * np.arange(len(poses))[:, None, None]
        last = np.float32([columns - 1, rows - 1])
        at = (self.nodes + top).reshape(tall.shape)
        for _ in range(STEPS):
            back = cv2.remap(tall, at, None, cv2.INTER_LINEAR).reshape(forward.shape)
            at = (np.clip(self.nodes - back, 0, last) + top).reshape(tall.shape)
        return back * -self.step


def _share(face, radius, chin, first, last):
    """How far places (h, w, 2) go along with the head, 0 to 1: (h, w).

    All within the radius `first` do, none beyond `last`; below the chin that fades into neck and shoulders instead.
    """
    beside = smoothstep((last - radius) / (last - first))
    neck = smoothstep(1 - (face[..., 1] - chin[1]) / NECK)
    narrow = smoothstep((SHOULDER[1] - np.abs(face[..., 0] - chin[0])) / (SHOULDER[1] - SHOULDER[0]))
    below = smoothstep((face[..., 1] - chin[1] + 0.5) / 0.7)
    return beside + below * (np.minimum(neck, np.maximum(narrow * neck, 0)) - beside)


def _depth(points, face, radius):
    """Depth of places (h, w, 2) behind the eyes: the mesh's within its outline, a skull's beyond: (h, w)."""
    middle = points[list(EYE_CORNERS), 2].mean()
    depth = GAIN * (_relief(points, face) - middle)
    outside = np.clip((radius - OUTLINE) / 0.5, 0, 1)
    skull = GAIN * (np.median(points[list(OVAL), 2]) - middle) + SKULL * np.clip(radius - OUTLINE, 0, 1)
    return depth + outside * (skull - depth)


def _relief(points, places):
    """Depth of the face at places (h, w, 2), smoothed and carried outward: (h, w)."""
    x, y, depth = points.astype(np.float32).T
    places = places.astype(np.float32)
    squares = (places[..., :1] - x) ** 2 + (places[..., 1:] - y) ** 2
    weights = np.exp((squares.min(-1, keepdims=True) - squares) / np.float32(2 * RELIEF**2))
    return weights @ depth / weights.sum(-1)
