"""Faces in a photo: the detector's network at one or more resolutions, what overlaps suppressed."""

from typing import NamedTuple

import numpy as np
import torch

from talking_face.face.detector.network import MULTIPLE, DetectorNetwork, decode
from talking_face.weights import load_network

# The ways to look at a photo, until one surely shows a face: (long side in pixels, quarter turns clockwise).
LOOKS = ((320, 0), (640, 0), (320, 1), (320, 3), (1280, 0), (320, 2))
SURE = 0.7  # score from which a face needs no second look
FACE = 0.4  # score from which something is taken for a face
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


class FaceDetector:
    """Finds faces.

    Parameters
    ----------
    network : DetectorNetwork
    looks : sequence of (int, int)
        As LOOKS.
    """

    def __init__(self, network, looks=LOOKS):
        self.network, self.looks = network.eval().to(memory_format=torch.channels_last), looks

    @classmethod
    def load(cls, path, **options):
        """Read exported weights; raises CheckpointError where they are missing or damaged."""
        return cls(load_network(path, "detector", DetectorNetwork), **options)

    def __call__(self, image, threshold=FACE):
        """Find the faces of a photo.

        Parameters
        ----------
        image : ndarray, (H, W, 3) uint8
            RGB.
        threshold : float
            Score below which something is no face.

        Returns
        -------
        list of Detection
            Best first; empty where there is none.
        """
        found, largest = [], 0
        for long_side, turns in self.looks:
            if turns == 0 and largest >= max(image.shape[:2]):
                continue  # there is no more to be seen
            largest = long_side if turns == 0 else largest
            found = merge(found + self.look(image, long_side, turns, threshold))
            if found and found[0].score >= SURE:
                break
        return found

    @torch.inference_mode()
    def look(self, image, long_side, turns=0, threshold=FACE):
        """One look: detections above the threshold, overlapping ones included."""
        pixels, scale = resize(image, long_side)
        pixels = np.ascontiguousarray(np.rot90(pixels, -turns))
        picture = torch.from_numpy(to_input(pixels)).permute(2, 0, 1)[None]
        logits, points, sizes = (values[0] for values in decode(self.network(picture)))
        scores = logits.sigmoid()
        kept = torch.nonzero(scores >= threshold)[:, 0]
        inside = points[kept].mean(1)
        inside = (inside >= 0).all(1) & (inside <= torch.tensor(pixels.shape[1::-1])).all(1)
        kept = kept[inside]
        points, sizes = turn_back(points[kept].numpy(), pixels.shape, turns) / scale - 0.5, sizes[kept].numpy() / scale
        return [detection(*face) for face in zip(scores[kept].tolist(), points, sizes.tolist(), strict=True)]


def turn_back(points, shape, turns):
    """Points (N, 3, 2) of a picture of a shape (H, W) in the picture that quarter turns clockwise made it of."""
    height, width = shape[:2]
    for _ in range(turns):
        points = np.stack([points[..., 1], width - points[..., 0]], -1)
        height, width = width, height
    return points


def detection(score, points, size):
    """A Detection from its score, its points (3, 2) and size."""
    middle = points[:2].mean(0) * (1 - CENTRE) + points[2] * CENTRE
    half = BOX_SIDE / 2 * size
    return Detection(score, points[:2], points[2], size, np.concatenate([middle - half, middle + half]))


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


def resize(image, long_side):
    """The photo at a long side, and scaled pixels a photo pixel. A smaller photo is enlarged."""
    import cv2

    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, size, interpolation=way), scale


def to_input(pixels):
    """What the network sees: brightness stretched, sides padded to multiples of 64.

    Parameters
    ----------
    pixels : ndarray, (H, W, 3) uint8

    Returns
    -------
    ndarray, (H', W', 3) float32
        -1 to 1; the padding, at the right and lower edges, is 0.
    """
    height, width = (-(-side // MULTIPLE) * MULTIPLE for side in pixels.shape[:2])
    padded = np.zeros((height, width, 3), np.float32)
    padded[: pixels.shape[0], : pixels.shape[1]] = stretch(pixels).astype(np.float32) / 127.5 - 1
    return padded


def stretch(pixels):
    """Brightness stretched to the full range, so that dark photos are none: (H, W, 3) uint8 -> the same."""
    import cv2

    low, high = np.percentile(pixels[::4, ::4], (1, 99))
    table = np.clip((np.arange(256) - low) * (255 / max(high - low, 32)), 0, 255).astype(np.uint8)
    return cv2.LUT(pixels, table)
