"""Heads turned in depth in single photos, by a flow on a lattice."""

import cv2
import numpy as np

from talking_face.face.geometry import smoothstep
from talking_face.face.mesh.topology import EYE_CORNERS, OVAL, eye_centres, eye_distance
from talking_face.face.pose import rotation

LATTICE = 48
STEEPEST = 45  # degrees of yaw


class Turner:
    """Turns the head of one picture.

    Parameters
    ----------
    picture : ndarray, (S, S, 3) uint8
    mesh : ndarray, (478, 3)
        Pixel indices.
    """

    def __init__(self, picture, mesh):
        self.picture, self.mesh = picture, mesh.astype(np.float64)
        mesh, size, n = self.mesh, picture.shape[0], LATTICE
        iod = eye_distance(mesh)
        eyes = mesh[list(EYE_CORNERS)].mean(0)
        line = np.linspace(0, size - 1, n)
        grid = np.stack(np.meshgrid(line, line), -1)
        kernel = ((grid[:, :, None] - mesh[:, :2]) ** 2).sum(-1).astype(np.float32)
        kernel = np.exp(-kernel / np.float32(2 * (0.16 * iod) ** 2)) + 1e-12
        depth = (kernel @ mesh[:, 2]) / kernel.sum(-1)
        centre = eyes[:2] + [0, 0.25 * iod]
        radius = np.hypot((grid[..., 0] - centre[0]) / (1.25 * iod), (grid[..., 1] - centre[1]) / (1.75 * iod))
        outside = np.clip((radius - 0.75) / 0.5, 0, 1)
        carried = np.median(mesh[list(OVAL), 2]) + 0.35 * iod * np.clip(radius - 0.75, 0, 1)
        depth = cv2.GaussianBlur((depth * (1 - outside) + carried * outside).astype("f"), (0, 0), 0.9)
        side = smoothstep((1.75 - radius) / 0.75)
        chin = mesh[152, 1]
        neck = smoothstep(1 - (grid[..., 1] - chin) / (1.1 * iod))
        lateral = smoothstep((1.9 - np.abs(grid[..., 0] - centre[0]) / iod) / 0.9)
        head = np.where(grid[..., 1] > centre[1], np.minimum(neck, np.maximum(side, lateral * neck)), side)
        edge = np.minimum.reduce([grid[..., 0], size - 1 - grid[..., 0], grid[..., 1], size - 1 - grid[..., 1]])
        head = cv2.GaussianBlur((head * np.clip(edge / (0.35 * iod), 0, 1)).astype("f"), (0, 0), 1.1)
        self.grid, self.depth, self.head, self.iod = grid, depth, head, iod
        self.pivot = np.array([eyes[0], chin + 0.1 * iod, eyes[2] + iod])
        # Which way the head looks already: the angle of the line between the eyes in depth.
        right, left = eye_centres(mesh)
        across = left - right
        self.yaw = float(np.degrees(np.arctan2(across[2], across[0])))

    def random_turn(self, random):
        """Yaw and pitch in degrees, so that the head ends within +-45 and +-22; large turns as often as small ones."""
        while True:
            yaw, pitch = random.uniform(-STEEPEST, STEEPEST), random.normal(0, 9)
            if abs(pitch) < 22 and abs(yaw + self.yaw) < STEEPEST + 3:
                return yaw, pitch

    def turn(self, yaw, pitch):
        """The picture turned by angles as in `pose`, degrees, and where its mesh points went (478, 3)."""
        size, n = self.picture.shape[0], LATTICE
        matrix, focal = rotation((yaw, pitch, 0)), 9 * self.iod
        points = np.concatenate([self.grid, self.depth[..., None]], -1) - self.pivot
        turned = points @ matrix.T
        shrink = focal / (focal + turned[..., 2:] - points[..., 2:])
        forward = ((turned[..., :2] * shrink + self.pivot[:2] - self.grid) * self.head[..., None]).astype("f")
        scale, grid = np.float32((n - 1) / (size - 1)), self.grid.astype("f")
        at = lambda field, place: cv2.remap(
            field, place[..., 0] * scale, place[..., 1] * scale, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        place = grid.copy()
        for _ in range(10):
            place = grid - 0.5 * (place + at(forward, place) - grid) - (grid - place)
        flow = cv2.resize(place - grid, (size, size), interpolation=cv2.INTER_CUBIC)
        yy, xx = np.mgrid[:size, :size].astype("f")
        picture = cv2.remap(
            self.picture, xx + flow[..., 0], yy + flow[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
        moved = self.mesh.copy()
        moved[:, :2] += at(forward, self.mesh[None, :, :2].astype("f"))[0]
        moved[:, 2] = (((self.mesh - self.pivot) @ matrix.T)[:, 2]) + self.pivot[2]
        return picture, moved
