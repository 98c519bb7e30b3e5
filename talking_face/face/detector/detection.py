"""A face as the detector sees it, and several of the same made one."""

from typing import NamedTuple

import numpy as np

OVERLAP = 0.45  # of the smaller box; more is the same face
BOX_SIDE = 2.8  # sizes; the box reaches from the brows' upper part to the chin
CENTRE = 0.5  # from between the eyes to the mouth: the middle of the box


class Detection(NamedTuple):
    """A face as the detector sees it, in photo pixels, a pixel's centre at its index.

    Attributes
    ----------
    score : float
        0 to 1.
    eyes : ndarray, (2, 2) float32
        Centres of the person's right and left eye (upright and not mirrored: the picture's left one first).
    mouth : ndarray, (2,) float32
        Middle of the mouth's corners.
    size : float
        The eye distance that the face would have if it looked into the camera.
    box : ndarray, (4,) float32
        Left, top, right, bottom: a square around the face's middle, 2.8 sizes wide.
    """

    score: float
    eyes: np.ndarray
    mouth: np.ndarray
    size: float
    box: np.ndarray

    @property
    def roll(self):
        """Degrees, clockwise, -180 to 180: 0 for an upright face, from eyes and mouth together."""
        across, down = self.eyes[1] - self.eyes[0], self.mouth - self.eyes.mean(0)
        x, y = across + (down[1], -down[0])
        return float(np.degrees(np.arctan2(y, x)))


def detection(score, points, size):
    """A Detection from its score, its points (3, 2) and size."""
    return Detection(score, points[:2], points[2], size, square_box(points[:2], points[2], size))


def square_box(eyes, mouth, size):
    """The box of a `Detection` from its eyes, mouth and size: (4,)."""
    middle = eyes.mean(0) * (1 - CENTRE) + mouth * CENTRE
    half = BOX_SIDE / 2 * size
    return np.concatenate([middle - half, middle + half])


def merge(found):
    """Keep the best of detections that overlap, moved to the mean of those that agree with it; best first."""
    rest = sorted(found, key=lambda face: -face.score)
    kept = []
    while rest:
        best = rest[0]
        shares = overlaps(best.box, np.array([face.box for face in rest]))
        same = [face for face, share in zip(rest, shares, strict=True) if share > OVERLAP]
        agreeing = [face for face in same if 0.7 < face.size / best.size < 1.43 and face.score > 0.5 * best.score]
        weights = np.array([face.score for face in agreeing]) ** 2
        points = np.array([[*face.eyes, face.mouth] for face in agreeing])
        points = (points * weights[:, None, None]).sum(0) / weights.sum()
        size = float((np.array([face.size for face in agreeing]) * weights).sum() / weights.sum())
        kept.append(detection(best.score, points.astype(np.float32), size))
        rest = [face for face, share in zip(rest, shares, strict=True) if share <= OVERLAP]
    return kept


def overlaps(box, boxes):
    """Area that a box shares with each of others (N, 4), as a part of the smaller one: (N,)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(1)
    return shared / np.minimum(np.prod(box[2:] - box[:2]), (boxes[:, 2:] - boxes[:, :2]).prod(1))
