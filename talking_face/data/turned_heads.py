"""Heads turned in depth in single photos, by a flow on a lattice."""

import cv2
import numpy as np

from talking_face.face.geometry import smoothstep
from talking_face.face.mesh.topology import CHIN, EYE_CORNERS, OVAL, eye_centres, eye_distance
from talking_face.face.pose import rotation

LATTICE = 48  # points a side, on which depth and flow are known
STEEPEST = 45  # degrees of yaw
SMOOTH = 0.16  # eye distances; how far a point of the mesh tells the depth around it
WIDE, HIGH = 1.25, 1.75  # eye distances; half axes of the ellipse that the head is taken for
CAMERA = 9  # eye distances to it
ROUNDS = 10  # in which a flow is turned about


class Turner:
    """Turns the head of one picture.

    Parameters
    ----------
    picture : ndarray, (S, S, C) uint8
        C from 1 to 4.
    mesh : ndarray, (478, 3)
        Pixel indices.
    """

    def __init__(self, picture, mesh):
        self.picture, self.mesh = picture, mesh.astype(np.float64)
        line = np.linspace(0, picture.shape[0] - 1, LATTICE)
        self.grid = np.stack(np.meshgrid(line, line), -1)
        self.iod = eye_distance(self.mesh)
        eyes, chin = self.mesh[list(EYE_CORNERS)].mean(0), self.mesh[CHIN, 1]
        x, y = np.moveaxis(self.grid - (eyes[:2] + [0, 0.25 * self.iod]), -1, 0)  # from the head's middle
        radius = np.hypot(x / (WIDE * self.iod), y / (HIGH * self.iod))  # 1 at the head's edge
        self.depth = self._depth(radius)
        self.head = self._head(x, y, radius, chin)
        self.pivot = np.array([eyes[0], chin + 0.1 * self.iod, eyes[2] + self.iod])
        # Which way the head looks already: the angle of the line between the eyes in depth.
        right, left = eye_centres(self.mesh)
        across = left - right
        self.yaw = float(np.degrees(np.arctan2(across[2], across[0])))

    def _depth(self, radius):
        """Depth of the lattice's points, (LATTICE, LATTICE) float32: the mesh's near it, and flat beside the face."""
        kernel = ((self.grid[:, :, None] - self.mesh[:, :2]) ** 2).sum(-1).astype(np.float32)
        kernel = np.exp(-kernel / np.float32(2 * (SMOOTH * self.iod) ** 2)) + 1e-12
        depth = (kernel @ self.mesh[:, 2]) / kernel.sum(-1)
        outside = np.clip((radius - 0.75) / 0.5, 0, 1)
        carried = np.median(self.mesh[list(OVAL), 2]) + 0.35 * self.iod * np.clip(radius - 0.75, 0, 1)
        return cv2.GaussianBlur((depth * (1 - outside) + carried * outside).astype("f"), (0, 0), 0.9)

    def _head(self, x, y, radius, chin):
        """How far the lattice's points go along with the head, (LATTICE, LATTICE) float32, 0 to 1.

        All of the head does; beside it, down the neck and towards the picture's edges that fades.
        """
        size = self.picture.shape[0]
        beside = smoothstep((1.75 - radius) / 0.75)
        down = smoothstep(1 - (self.grid[..., 1] - chin) / (1.1 * self.iod))
        near = smoothstep((1.9 - np.abs(x) / self.iod) / 0.9)
        head = np.where(y > 0, np.minimum(down, np.maximum(beside, near * down)), beside)
        edge = np.minimum(self.grid, size - 1 - self.grid).min(-1)
        return cv2.GaussianBlur((head * np.clip(edge / (0.35 * self.iod), 0, 1)).astype("f"), (0, 0), 1.1)

    def random_turn(self, random):
        """Yaw and pitch in degrees, so that the head ends within +-45 and +-22; large turns as often as small ones."""
        while True:
            yaw, pitch = random.uniform(-STEEPEST, STEEPEST), random.normal(0, 9)
            if abs(pitch) < 22 and abs(yaw + self.yaw) < STEEPEST + 3:
                return yaw, pitch

    def turn(self, yaw, pitch):
        """The picture turned by angles as in `pose`, degrees, and where its mesh points went (478, 3)."""
        size = self.picture.shape[0]
        matrix, focal = rotation((yaw, pitch, 0)), CAMERA * self.iod
        points = np.concatenate([self.grid, self.depth[..., None]], -1) - self.pivot
        turned = points @ matrix.T
        shrink = focal / (focal + turned[..., 2:] - points[..., 2:])
        forward = ((turned[..., :2] * shrink + self.pivot[:2] - self.grid) * self.head[..., None]).astype("f")
        flow = cv2.resize(self._backward(forward), (size, size), interpolation=cv2.INTER_CUBIC)
        yy, xx = np.mgrid[:size, :size].astype("f")
        picture = cv2.remap(
            self.picture, xx + flow[..., 0], yy + flow[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
        moved = self.mesh.copy()
        moved[:, :2] += self._at(forward, self.mesh[None, :, :2].astype("f"))[0]
        moved[:, 2] = (((self.mesh - self.pivot) @ matrix.T)[:, 2]) + self.pivot[2]
        return picture, moved

    def _at(self, field, place):
        """A field of the lattice at places (H, W, 2) of the picture."""
        scale = np.float32((LATTICE - 1) / (self.picture.shape[0] - 1))
        x, y = place[..., 0] * scale, place[..., 1] * scale
        return cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def _backward(self, forward):
        """Where the lattice's points come from, less where they are, given where they go less where they are."""
        grid = self.grid.astype("f")
        source = grid.copy()
        for _ in range(ROUNDS):
            missed = source + self._at(forward, source) - grid
            source = grid - 0.5 * missed - (grid - source)  # half a step back, rounded as in the pools trained on
        return source - grid
