"""Batches: crops of the pool's pictures as each network will see them, with everything that can happen to a photo."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from talking_face.face.mesh.frames import CENTRE, VIEWS, centred, part_centre, to_units
from talking_face.training.mesh.augmentation.beards import grow
from talking_face.training.mesh.augmentation.distortion import blink, distort
from talking_face.training.mesh.augmentation.occlusion import cut_off, occlude
from talking_face.training.mesh.augmentation.photometry import photograph
from talking_face.training.mesh.nothing import scribble

STRETCH, SHEAR = 0.07, 0.03  # standard deviations: natural logarithm of a face's width by height, and its slant
# Shares of crops with hair drawn around the mouth, something in front of the face, the picture's end within it.
HAIRY, OCCLUDED, CUT_OFF = 0.12, 0.3, 0.07
DISTORTIONS, DISTORTED = {"fine": distort, "lips": distort, "eye": blink}, 0.5  # and share of crops with another shape
NEGATIVE = 0.12  # share of crops without a well framed face


@dataclass(frozen=True)
class Jitter:
    """Standard deviations (or, if wide, half ranges) of where a crop lies."""

    shift: float  # units
    scale: float  # natural logarithm
    turn: float  # degrees
    wide: bool = False


JITTERS = {
    "coarse": Jitter(0.55, 0.33, 50, wide=True),
    "fine": Jitter(0.05, 0.05, 4),
    "lips": Jitter(0.035, 0.05, 4),
    "eye": Jitter(0.03, 0.05, 4),
}


class Sampler:
    """Makes batches; each depends on its step's number alone.

    Parameters
    ----------
    pool : Pool
    batch : dict of str to int
        Crops of each network.
    held_out : str
        A key of HELD_OUT.
    seed : int
    """

    def __init__(self, pool, batch, held_out, seed):
        self.pool, self.batch, self.seed = pool, batch, seed
        self.probabilities = pool.probabilities(held_out)
        self.cumulative = np.cumsum(self.probabilities)

    def __getitem__(self, step):
        """{network: {crops uint8 (N, S, S, 3), points (N, n, 3), framed, visible (N,)}} of a step, tensors."""
        random = np.random.default_rng([self.seed, int(step)])
        return {name: self.crops(name, random) for name in self.batch}

    def crops(self, name, random):
        made = [self.crop(name, random) for _ in range(self.batch[name])]
        crops, points, framed, visible = zip(*made, strict=True)
        return {
            "crops": torch.from_numpy(np.stack(crops)),
            "points": torch.from_numpy(np.stack(points).astype(np.float32)),
            "framed": torch.tensor(framed, dtype=torch.float32),
            "visible": torch.tensor(visible, dtype=torch.float32),
        }

    def shapes(self, name, count, random):
        """Points as the batches have them, without pixels: (count, n, 3)."""
        return np.stack([self._place(name, random)[4] for _ in range(count)])

    def _choose(self, random):
        return int(np.searchsorted(self.cumulative, random.random() * self.cumulative[-1]))

    def _place(self, name, random):
        """A picture and where to crop it: index, mirrored, matrix, whole mesh, the network's points in units."""
        view, jitter = VIEWS[name], JITTERS[name]
        i, mirrored = self._choose(random), random.random() < 0.5
        mesh, pose = self.pool.mesh(i, mirrored), self.pool.pose(i, mirrored)
        if jitter.wide:
            shift, (scale, turn) = random.uniform(-1, 1, 2) * jitter.shift, random.uniform(-1, 1, 2)
        else:
            extent = 3.0 if random.random() < 0.15 else 1.0
            shift = random.normal(0, jitter.shift * extent, 2)
            scale, turn = np.clip(random.normal(0, extent, 2), -6, 6)
        centre = part_centre(mesh, pose, view.points) if view.points else pose.place(np.array([0, CENTRE, 0]))
        roll = -pose.roll + np.radians(turn * jitter.turn)
        matrix = centred(
            centre + shift * pose.scale, view.unit / pose.scale * np.exp(scale * jitter.scale), roll, view.size
        )
        # Longer and wider faces than there are: the mouth's place is to be seen, not concluded from the nose's.
        aspect, shear = random.normal(0, STRETCH), random.normal(0, SHEAR)
        stretch = np.array([[np.exp(aspect / 2), shear], [0, np.exp(-aspect / 2)]])
        middle = np.full(2, (view.size - 1) / 2)
        matrix = np.column_stack([stretch @ matrix[:, :2], stretch @ (matrix[:, 2] - middle) + middle])
        points = to_units(mesh if not view.points else mesh[list(view.points)], matrix, view)
        if view.points:
            points[:, 2] -= points[:, 2].mean()
        return i, mirrored, matrix, mesh, points

    def crop(self, name, random):
        """One crop, its points, whether it is well framed and how far its subject is in sight."""
        view = VIEWS[name]
        i, mirrored, matrix, mesh, points = self._place(name, random)
        if random.random() < NEGATIVE:
            return self._negative(name, i, mirrored, matrix, mesh, points, random)
        crop = self._cut(i, mirrored, matrix, view.size, random)
        covered = 0.0
        flat = mesh[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        unit = np.hypot(matrix[0, 0], matrix[1, 0]) * self.pool.pose(i, mirrored).scale
        if name in DISTORTIONS and random.random() < DISTORTED:
            crop, flat = DISTORTIONS[name](crop, flat, unit, random)
            own = flat if not view.points else flat[list(view.points)]
            points[:, :2] = (own - (view.size - 1) / 2) / view.unit
        if random.random() < HAIRY:
            crop = grow(crop, flat, unit, random)
        if random.random() < OCCLUDED:
            crop, covered = occlude(crop, flat, unit, random)
        if random.random() < CUT_OFF:
            crop, beyond = cut_off(crop, flat, unit, random)
            covered = max(covered, beyond)
        crop = photograph(crop, random)
        return crop, points, 1.0, float(np.clip(1.1 - 2.5 * covered, 0, 1))

    def _negative(self, name, i, mirrored, matrix, mesh, points, random):
        """A crop of something else, or of a face far out of place."""
        view = VIEWS[name]
        way = random.random()
        pose = self.pool.pose(i, mirrored)
        nothing = self.pool.nothing
        if way < 0.12:
            crop = scribble(view.size, random)
        elif way < 0.35 and nothing is not None:
            picture = nothing[int(random.integers(len(nothing)))]
            side = int(random.uniform(0.3, 1) * len(picture))
            top, left = random.integers(0, len(picture) - side + 1, 2)
            crop = cv2.resize(
                picture[top : top + side, left : left + side], (view.size, view.size), interpolation=cv2.INTER_AREA
            )
        else:
            unit, middle = pose.scale, pose.place(np.array([0, CENTRE, 0]))
            if view.points:
                middle = mesh[list(view.points), :2].mean(0)
            reach = view.span / (2.6 if view.points else 2.0)
            angle = random.uniform(0, 2 * np.pi)
            direction = np.array([np.cos(angle), np.sin(angle)])
            scale, turn, shift = np.exp(random.normal(0, 0.2)), random.uniform(-30, 30), 0.0
            if way < 0.6:
                shift = random.uniform(0.8, 1.6) * reach
            elif way < 0.75:
                scale = random.uniform(1.9, 4) if random.random() < 0.5 else random.uniform(0.25, 0.5)
                shift = random.uniform(0, 0.5)
            elif way < 0.88 and not view.points:
                turn = random.uniform(80, 280)
            else:  # a corner of the picture, mostly background
                middle = random.choice([0.08, 0.92], 2) * self.pool.width
                scale = random.uniform(1.5, 4)
            matrix = centred(
                middle + shift * unit * direction, view.unit / unit * scale, np.radians(turn) - pose.roll, view.size
            )
            crop = self._cut(i, mirrored, matrix, view.size, random)
        return photograph(crop, random), points, 0.0, 0.0

    def _cut(self, i, mirrored, matrix, size, random):
        if mirrored:
            matrix = np.column_stack([-matrix[:, 0], matrix[:, 1], matrix[:, 2] + matrix[:, 0] * (self.pool.width - 1)])
        scale = np.hypot(matrix[0, 0], matrix[1, 0])
        half = scale < 0.62
        if half:
            matrix = np.column_stack([2 * matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ [0.5, 0.5]])
        borders = (cv2.BORDER_REFLECT_101, cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT)
        border = borders[int(random.choice(3, p=[0.5, 0.15, 0.35]))]
        value = (
            tuple(random.choice([0, 255, random.uniform(0, 255)]) * np.ones(3))
            if random.random() < 0.6
            else tuple(random.uniform(0, 255, 3))
        )
        flags = cv2.INTER_CUBIC if random.random() < 0.3 else cv2.INTER_LINEAR
        return cv2.warpAffine(
            self.pool.pixels(i, half), matrix, (size, size), flags=flags, borderMode=border, borderValue=value
        )
