"""Faces in a photo: the detector's network at one or more resolutions, each face looked at again by itself."""

import numpy as np
import torch

from talking_face.face.detector.detection import detection, merge
from talking_face.face.detector.network import MULTIPLE, DetectorNetwork, decode
from talking_face.face.images import cut
from talking_face.weights import load_network

# The ways to look at a photo, until one surely shows a face: (long sides in pixels, quarter turns clockwise).
LOOKS = (((320, 128), 0), ((640,), 0), ((320, 128), 1), ((320, 128), 3), ((1280,), 0), ((320, 128), 2))
SURE = 0.8  # score from which a face needs no second look
FACE = 0.6  # score from which something is taken for a face
DOUBTFUL = 0.3  # score from which something is looked at again by itself
CLOSE_SIDE, CLOSE_SIZE = 128, 20.0  # pixels of such a look: its side, and a face's size in it
AGREE = 1.0  # sizes that the face may lie beside the first look's place
MOST = 40  # faces of a look


class FaceDetector:
    """Finds faces.

    Parameters
    ----------
    network : DetectorNetwork
    looks : sequence of (tuple of int, int)
        As LOOKS.
    rounds : int
        How often each face is looked at again by itself, every other time mirrored.
    """

    def __init__(self, network, looks=LOOKS, rounds=2):
        self.network, self.looks = network.eval().to(memory_format=torch.channels_last), looks
        self.rounds = rounds

    @classmethod
    def load(cls, path, **options):
        """Read exported weights; raises CheckpointError where they are missing or damaged."""
        return cls(load_network(path, "detector", DetectorNetwork), **options)

    def __call__(self, image, threshold=FACE):
        """The faces of a photo: list of Detection, best first, from as many looks as it takes to be sure of one."""
        found = []
        for found in self.scan(image, threshold):
            if found and found[0].score >= SURE:
                break
        return found

    def scan(self, image, threshold=FACE):
        """Look at a photo in one way after another.

        Parameters
        ----------
        image : ndarray, (H, W, 3) uint8
            RGB.
        threshold : float
            Score below which something is no face.

        Yields
        ------
        list of Detection
            What has been found up to that look; best first.
        """
        found, largest = [], 0
        for long_sides, turns in self.looks:
            if turns == 0 and largest >= max(image.shape[:2]):
                continue  # there is no more to be seen
            largest = max(long_sides) if turns == 0 else largest
            doubtful = [face for side in long_sides for face in self.look(image, side, turns, DOUBTFUL)]
            found = merge(found + self.confirm(image, merge(doubtful)[:MOST]))
            yield [face for face in found if face.score >= threshold]

    def confirm(self, image, faces):
        """Look at each face again by itself; better placed, and with the geometric mean of all its looks' scores."""
        product = [face.score for face in faces]
        for number in range(self.rounds):
            closer = self._look_closer(image, faces, mirrored=bool(number % 2))
            product = [score * face.score for score, face in zip(product, closer, strict=True) if face is not None]
            faces = [face for face in closer if face is not None]
        return [face._replace(score=p ** (1 / (1 + self.rounds))) for p, face in zip(product, faces, strict=True)]

    @torch.inference_mode()
    def _look_closer(self, image, faces, mirrored):
        """Each face upright, at one size and in its own light: a Detection, or None where it is gone."""
        if not faces:
            return []
        matrices = [close_matrix(face) for face in faces]
        crops = [to_input(cut(image, matrix, CLOSE_SIDE)) for matrix in matrices]
        pictures = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)
        logits, points, sizes = decode(self.network(pictures.flip(3) if mirrored else pictures))
        if mirrored:
            points = (points * torch.tensor([-1, 1]) + torch.tensor([CLOSE_SIDE, 0]))[:, :, [1, 0, 2]]
        off = (points.mean(2) - CLOSE_SIDE / 2).norm(dim=-1) / CLOSE_SIZE
        best = torch.where(off < AGREE, logits, -99.0).argmax(1).tolist()
        closer = []
        for n, (matrix, k) in enumerate(zip(matrices, best, strict=True)):
            inverse = np.linalg.inv(matrix[:, :2])
            placed = (points[n, k].numpy() - 0.5 - matrix[:, 2]) @ inverse.T
            size = float(sizes[n, k]) * np.sqrt(np.linalg.det(inverse))
            gone = off[n, k] >= AGREE
            closer.append(None if gone else detection(float(logits[n, k].sigmoid()), placed.astype(np.float32), size))
        return closer

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


def close_matrix(face):
    """The look at one face by itself: photo pixel indices -> pixel indices of the crop (2, 3)."""
    angle, scale = np.radians(face.roll), CLOSE_SIZE / face.size
    linear = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = (face.box[:2] + face.box[2:]) / 2
    return np.column_stack([linear, (CLOSE_SIDE - 1) / 2 - linear @ middle])


def turn_back(points, shape, turns):
    """Points (N, 3, 2) of a picture of a shape (H, W) in the picture that quarter turns clockwise made it of."""
    height, width = shape[:2]
    for _ in range(turns):
        points = np.stack([points[..., 1], width - points[..., 0]], -1)
        height, width = width, height
    return points


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
