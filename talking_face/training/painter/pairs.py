"""Pairs of pictures of one mouth, a source and a target, made from frames of clips and from still portraits."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from talking_face.face.geometry import (
    CROP_SIZE,
    MIRROR,
    compose,
    face_to_crop,
    invert,
    lip_opening,
    similarity,
    transform,
)
from talking_face.face.shape import close_lips, head_similarity
from talking_face.generators.deformable.canvas import LATTICE
from talking_face.generators.deformable.flow import CROP_BOX, backward_flow, grid
from talking_face.generators.deformable.inside.sharpness import SIZE, blur_of
from talking_face.generators.deformable.inside.shut import shut_mouth
from talking_face.generators.deformable.mouth import FINE, REGION, REGION_SIZE, mouth_box
from talking_face.generators.deformable.region import cut, region_matrix
from talking_face.generators.deformable.resampling import enlarge


@dataclass(frozen=True)
class Pair:
    """Two pictures of one person.

    Attributes
    ----------
    source, target : ndarray, (256, 256, 3) uint8
    landmarks_s, landmarks_t : ndarray, (68, 2)
        Face units.
    person : str
    """

    source: np.ndarray
    landmarks_s: np.ndarray
    target: np.ndarray
    landmarks_t: np.ndarray
    person: str


def move_photo(image, source, target, size=CROP_SIZE):
    """Warp a crop so that its landmarks go from `source` to `target`, (68, 2) face units each."""
    source, target = (torch.as_tensor(x, dtype=torch.float32)[None] for x in (source, target))
    flow = backward_flow(source, target, grid(CROP_BOX, LATTICE)).reshape(LATTICE, LATTICE, 2).numpy()
    flow = enlarge(flow, (size, size)) * (size / 4)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    return cv2.remap(image, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


class PairSampler:
    """Random pairs: a source and a target picture of one mouth region.

    Kinds of pairs: two frames of one clip; two photographs of one person; a portrait whose lips were closed by a warp
    as the source, and itself, with its teeth, as the target.

    Parameters
    ----------
    clips, stills : list of Faces
        Training material.
    mouths : inside.mouths.Mouths
        Draws what is between the lips.
    """

    def __init__(self, clips, stills, mouths):
        self.mouths, self.shape = mouths, mouths.shape
        self.speakers = {}
        for clip in clips:
            self.speakers.setdefault(clip.speaker, []).append(clip)
        size = {s: np.sqrt(sum(len(c.images) for c in parts)) for s, parts in self.speakers.items()}
        self.weights = np.array(list(size.values())) / sum(size.values())
        self.stills = stills
        self.doubles = [faces for faces in stills if len(faces.images) > 1]
        self.open = [
            (faces, i) for faces in stills for i in range(len(faces.images)) if lip_opening(faces.landmarks[i]) > 0.05
        ]

    def sample(self, random):
        """One pair, a `Pair`."""
        kind = random.random()
        if kind < 0.5:
            clip = self._clip(random)
            i, j = random.integers(0, len(clip.images), 2)
            return two_of(clip, i, j)
        if kind < 0.6 and self.doubles:
            faces = self.doubles[random.integers(len(self.doubles))]
            return two_of(faces, *random.permutation(len(faces.images))[:2])
        faces, i = self.open[random.integers(len(self.open))] if self.open else (self.stills[0], 0)
        return self.close(faces, i, random)

    def _clip(self, random):
        parts = list(self.speakers.values())[random.choice(len(self.weights), p=self.weights)]
        return parts[random.integers(len(parts))]

    def close(self, faces, i, random):
        """Close an open mouth by a warp; the share of the rest of the smile that goes too is random."""
        image, landmarks = faces.images[i], faces.landmarks[i]
        closed = landmarks - random.uniform(0, 1) * self.shape.estimate_expression(landmarks).astype(np.float32)
        closed = close_lips(closed, overlap=random.uniform(0.0, 0.05))
        source = move_photo(*shut_mouth(image, landmarks), closed)
        return Pair(source, closed, image, landmarks, faces.speaker)

    def batch(self, size, random):
        """Random pairs, each mirrored, recoloured, rotated and scaled at random, as stacked `pair_tensors`."""
        return stack_pairs(augment_pair(self.sample(random), self.mouths, random) for _ in range(size))


def two_of(faces, i, j):
    """Two pictures of a `Faces`, the mouth of the first shut: Pair."""
    source = shut_mouth(faces.images[i], faces.landmarks[i])
    return Pair(*source, faces.images[j], faces.landmarks[j], faces.speaker)


def augment_pair(pair, mouths, random):
    """Mirror, recolour, rotate and scale a pair alike: `pair_tensors` of it."""
    if random.random() < 0.5:
        flip = lambda points: points[MIRROR] * [-1, 1]
        images = pair.source[:, ::-1], flip(pair.landmarks_s), pair.target[:, ::-1], flip(pair.landmarks_t)
        pair = Pair(*images, pair.person)
    source, target = recolour(random, pair.source, pair.target)
    angle, zoom = random.normal(0, 0.06), np.exp(random.normal(0, 0.06))
    c, s = np.cos(angle) * zoom, np.sin(angle) * zoom
    return pair_tensors(replace(pair, source=source, target=target), mouths, np.array([[c, -s], [s, c]]))


def stack_pairs(pairs):
    """Pairs as `pair_tensors` gives them, one batch."""
    return [torch.stack(parts) for parts in zip(*pairs)]


def pair_tensors(pair, mouths, jitter=None):
    """Cut both pictures to the source's mouth region, the target brought to the source's head pose first.

    Parameters
    ----------
    pair : Pair
    mouths : inside.mouths.Mouths
        Draws what is between the lips; nobody gets their own teeth.
    jitter : ndarray, (2, 2), optional
        Rotation and scale about the mouth applied to both.

    Returns
    -------
    tuple of Tensor
        Source region, target region (3, 96, 96) in 0 to 1; source and target landmarks (68, 2) in face units, rotated
        like the regions; region box (4); the row of teeth and the drawing, (4, 96, 96) in 0 to 1.
    """
    points_s, points_t = pair.landmarks_s.astype(np.float64), pair.landmarks_t.astype(np.float64)
    stabilise = head_similarity(points_t, points_s)
    points_t = transform(stabilise, points_t)
    turn = np.eye(3)[:2]
    if jitter is not None:
        centre = points_s[48:60].mean(0)
        turn = np.concatenate([jitter, (centre - jitter @ centre)[:, None]], 1)
    straight = region_box(points_s)
    anatomy = mouths(pair.source, points_s, straight[:2], blur=blur(pair.source), without=(pair.person,))
    layers = anatomy.teeth(), anatomy.layers(points_t[None])[0]
    points_s, points_t = transform(turn, points_s), transform(turn, points_t)
    box = region_box(points_s)
    to_units = similarity(face_to_crop(np.eye(2)), np.eye(2))  # crop pixel -> face units
    from_units = similarity(np.eye(2), face_to_crop(np.eye(2)))
    cuts = []
    for image, matrix in ((pair.source, turn), (pair.target, compose(stabilise, turn))):
        in_pixels = compose(compose(to_units, matrix), from_units)
        cuts.append(cut(np.ascontiguousarray(image), compose(in_pixels, region_matrix(box))))
    in_region = compose(compose(invert(fine_matrix(straight)), turn), fine_matrix(box))
    for layer in layers:
        turned = cv2.warpAffine(layer, in_region, (FINE, FINE), flags=cv2.INTER_LINEAR)
        cuts.append(cv2.resize(turned, (REGION, REGION), interpolation=cv2.INTER_AREA))
    source, target, *layers = (torch.from_numpy(region).permute(2, 0, 1).float() / 255 for region in cuts)
    return source, target, *(torch.from_numpy(x.astype(np.float32)) for x in (points_s, points_t, box)), *layers


def region_box(landmarks):
    """`mouth_box` of one face: (68, 2) -> (4,), ndarray."""
    return mouth_box(torch.from_numpy(landmarks)[None])[0].numpy()


def fine_matrix(box):
    """Face units -> pixel of the drawn region: (2, 3)."""
    scale = FINE / REGION_SIZE
    return np.array([[scale, 0, -box[0] * scale - 0.5], [0, scale, -box[1] * scale - 0.5]])


def blur(crop):
    """`blur_of` a canonical crop, (256, 256, 3) uint8."""
    return blur_of(cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC))


def recolour(random, *images):
    """The same random light for all: gain a channel, brightness and gamma."""
    gain = np.exp(random.normal(0, 0.12) + random.normal(0, 0.03, 3))
    gamma = np.exp(random.normal(0, 0.2))
    table = (255 * np.clip((np.arange(256)[:, None] / 255) ** gamma * gain, 0, 1)).astype(np.uint8)
    return [cv2.LUT(np.ascontiguousarray(image), table[None]) for image in images]
