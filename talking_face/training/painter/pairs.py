"""Pairs of pictures of one mouth, a source and a target, made from frames of clips and from still portraits."""

import cv2
import numpy as np
import torch

from talking_face.face.geometry import (
    CROP_SIZE,
    INNER_LIPS,
    MIRROR,
    compose,
    face_to_crop,
    lip_opening,
    similarity,
    transform,
)
from talking_face.face.shape import RIGID, close_lips, resting_landmarks
from talking_face.generators.deformable.canvas import LATTICE
from talking_face.generators.deformable.flow import CROP_BOX, backward_flow, grid
from talking_face.generators.deformable.mouth import mouth_box
from talking_face.generators.deformable.renderer import cut, region_matrix
from talking_face.generators.deformable.resampling import enlarge


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
    as the source, and itself, with its teeth, as the target; a portrait moved by another's mouth shape and back.

    Parameters
    ----------
    clips, stills : list of Faces
        Training material.
    shape : FaceShape
        Tells a photo's expression from the face.
    """

    def __init__(self, clips, stills, shape):
        self.shape = shape
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
        self.shapes = np.concatenate(
            [faces.landmarks - resting_landmarks(faces.landmarks, shape) for faces in stills + clips[::8]]
        )

    def sample(self, random):
        """One pair: source image, source landmarks, target image, target landmarks; images (256, 256, 3) uint8."""
        kind = random.random()
        if kind < 0.45:
            clip = self._clip(random)
            i, j = random.integers(0, len(clip.images), 2)
            return clip.images[i], clip.landmarks[i], clip.images[j], clip.landmarks[j]
        if kind < 0.55 and self.doubles:
            faces = self.doubles[random.integers(len(self.doubles))]
            i, j = random.permutation(len(faces.images))[:2]
            return faces.images[i], faces.landmarks[i], faces.images[j], faces.landmarks[j]
        if kind < 0.9 and self.open:
            faces, i = self.open[random.integers(len(self.open))]
            return self.close(faces.images[i], faces.landmarks[i], random)
        faces = self.stills[random.integers(len(self.stills))]
        i = random.integers(len(faces.images))
        return self._moved(faces.images[i], faces.landmarks[i], random)

    def _clip(self, random):
        parts = list(self.speakers.values())[random.choice(len(self.weights), p=self.weights)]
        return parts[random.integers(len(parts))]

    def close(self, image, landmarks, random):
        """Close an open mouth by a warp; the share of the rest of the smile that goes too is random."""
        closed = landmarks - random.uniform(0, 1) * self.shape.estimate_expression(landmarks).astype(np.float32)
        closed = close_lips(closed, overlap=random.uniform(0.0, 0.05))
        source = move_photo(hide_teeth(image, landmarks), landmarks, closed)
        return source, closed, image, landmarks

    def _moved(self, image, landmarks, random):
        """Move a portrait to another mouth shape; the way back is the pair."""
        shape = self.shapes[random.integers(len(self.shapes))]
        moved = resting_landmarks(landmarks, self.shape) + shape * random.uniform(0.5, 1.2)
        moved = moved.astype(np.float32)
        return move_photo(image, landmarks, moved), moved, image, landmarks

    def batch(self, size, random):
        """Random pairs, each mirrored, recoloured, rotated and scaled at random, as stacked `pair_tensors`."""
        return stack_pairs(augment_pair(*self.sample(random), random) for _ in range(size))


def augment_pair(image_s, points_s, image_t, points_t, random):
    """Mirror, recolour, rotate and scale a pair alike: `pair_tensors` of it."""
    if random.random() < 0.5:
        image_s, image_t = image_s[:, ::-1], image_t[:, ::-1]
        points_s, points_t = (p[MIRROR] * [-1, 1] for p in (points_s, points_t))
    image_s, image_t = recolour(random, image_s, image_t)
    angle, zoom = random.normal(0, 0.06), np.exp(random.normal(0, 0.06))
    c, s = np.cos(angle) * zoom, np.sin(angle) * zoom
    return pair_tensors(image_s, points_s, image_t, points_t, np.array([[c, -s], [s, c]]))


def stack_pairs(pairs):
    """Pairs as `pair_tensors` gives them, one batch."""
    return [torch.stack(parts) for parts in zip(*pairs)]


def hide_teeth(image, landmarks):
    """Fill the open mouth from the lips around it, so that a closed mouth made from it shows no trace of teeth."""
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [face_to_crop(landmarks[INNER_LIPS]).round().astype(np.int32)], 255)
    mask = cv2.dilate(mask, np.ones((5, 3), np.uint8))
    return cv2.inpaint(image, mask, 3, cv2.INPAINT_TELEA)


def pair_tensors(image_s, points_s, image_t, points_t, jitter=None):
    """Cut both pictures to the source's mouth region, the target brought to the source's head pose first.

    Parameters
    ----------
    image_s, image_t : ndarray, (256, 256, 3) uint8
    points_s, points_t : ndarray, (68, 2) face units
    jitter : ndarray, (2, 2), optional
        Rotation and scale about the mouth applied to both.

    Returns
    -------
    tuple of Tensor
        Source region, target region (3, 96, 96) in 0 to 1; source and target landmarks (68, 2) in face units, rotated
        like the regions; region box (4).
    """
    points_s, points_t = points_s.astype(np.float64), points_t.astype(np.float64)
    stabilise = similarity(points_t[RIGID], points_s[RIGID])
    points_t = transform(stabilise, points_t)
    turn = np.eye(3)[:2]
    if jitter is not None:
        centre = points_s[48:60].mean(0)
        turn = np.concatenate([jitter, (centre - jitter @ centre)[:, None]], 1)
    points_s, points_t = transform(turn, points_s), transform(turn, points_t)
    box = mouth_box(torch.from_numpy(points_s)[None])[0].numpy()
    to_units = similarity(face_to_crop(np.eye(2)), np.eye(2))  # crop pixel -> face units
    from_units = similarity(np.eye(2), face_to_crop(np.eye(2)))
    cuts = []
    for image, matrix in ((image_s, turn), (image_t, compose(stabilise, turn))):
        in_pixels = compose(compose(to_units, matrix), from_units)
        region = cut(np.ascontiguousarray(image), compose(in_pixels, region_matrix(box)))
        cuts.append(torch.from_numpy(region).permute(2, 0, 1).float() / 255)
    return (*cuts, *(torch.from_numpy(x.astype(np.float32)) for x in (points_s, points_t, box)))


def recolour(random, *images):
    """The same random light for all: gain a channel, brightness and gamma."""
    gain = np.exp(random.normal(0, 0.12) + random.normal(0, 0.03, 3))
    gamma = np.exp(random.normal(0, 0.2))
    table = (255 * np.clip((np.arange(256)[:, None] / 255) ** gamma * gain, 0, 1)).astype(np.uint8)
    return [cv2.LUT(np.ascontiguousarray(image), table[None]) for image in images]
