"""Real mouths to compare with, and ours made to open as they do."""

from dataclasses import dataclass

import cv2
import numpy as np

from talking_face.data.splits import is_held_out
from talking_face.data.tables import read_landmarks, read_picture, read_table
from talking_face.face.geometry import INNER_LIPS, crop_to_face, face_to_crop, lip_opening, scaling, transform
from talking_face.face.mesh.topology import IBUG
from talking_face.face.portrait import Portrait
from talking_face.face.shape import FaceShape, close_lips, head_similarity

OPEN = 0.05  # eye distances between the lips of a mouth that shows its teeth


@dataclass(frozen=True)
class Pair:
    """A real mouth and ours opened as far: pictures (S, S, 3) uint8, landmarks (68, 2) in pixels of each."""

    person: str
    real: np.ndarray
    real_landmarks: np.ndarray
    ours: np.ndarray
    landmarks: np.ndarray
    photo: np.ndarray


def portrait_of(picture, landmarks):
    """A canonical crop of any size, and its landmarks in pixels, as a portrait."""
    crop = cv2.resize(picture, (256, 256), interpolation=cv2.INTER_AREA)
    return Portrait(picture, landmarks.astype(np.float32), scaling(256 / len(picture)), crop)


def opened(engine, picture, landmarks, wanted):
    """Our picture of a face, (S, S, 3) uint8, when its lips do what another picture's do.

    Parameters
    ----------
    engine : TalkingFace
    picture : ndarray, (S, S, 3) uint8
        Canonical crop.
    landmarks, wanted : ndarray, (68, 2)
        Its own, and another's; pixels.

    Returns
    -------
    picture : ndarray, (S, S, 3) uint8
    landmarks : ndarray, (68, 2)
        In it, pixels: the other's, with the head where the photo has it.
    """
    wanted = transform(head_similarity(wanted, landmarks), wanted)
    generator = engine.generator
    prepared = generator.prepare(portrait_of(picture, landmarks), living=False)
    target = crop_to_face(wanted, len(picture))[None].astype(np.float32)
    return generator.render_landmarks(prepared, target)[0], wanted


def smiles(engine, data, held_out=True):
    """Neutral portraits made to smile as the same person does, at 512 px; yields `Pair`."""
    with np.load(data / "stills_hd.mesh.npz") as file:
        ids, meshes = file["ids"].tolist(), file["mesh"][:, list(IBUG), :2].astype(np.float64)
    landmarks = dict(zip(ids, meshes))
    for name, points in landmarks.items():
        person, neutral = name.rsplit("_", 1)[0], name.replace("happy", "neutral")
        shown = lip_opening(crop_to_face(points, 512)) > OPEN
        if neutral == name or neutral not in landmarks or not shown or (held_out and not is_held_out(person)):
            continue
        photo, real = (read_picture(data / "stills_hd" / f"{id}.jpg") for id in (neutral, name))
        yield Pair(person, real, points, *opened(engine, photo, landmarks[neutral], points), photo)


def reopened(engine, data):
    """Smiles of people held out, closed by a warp and opened again by us, at 256 px; yields `Pair`."""
    shape, random = FaceShape.load(), np.random.default_rng(0)
    landmarks = read_landmarks(data / "stills.labels.npz")
    for row in read_table(data / "stills.csv"):
        points = landmarks.get(row["id"])
        if points is None or not is_held_out(row["identity"]):
            continue
        face = crop_to_face(points.astype(np.float64))
        if lip_opening(face) <= OPEN:
            continue
        real = read_picture(data / "stills" / f"{row['id']}.jpg")
        closed = close_lips(face - random.uniform(0, 1) * shape.estimate_expression(face))
        smiling = engine.generator.prepare(portrait_of(real, face_to_crop(face)), living=False)
        photo = engine.generator.render_landmarks(smiling, closed[None].astype(np.float32))[0]
        ours = opened(engine, photo, face_to_crop(closed), face_to_crop(face))
        yield Pair(row["identity"], real, face_to_crop(face), *ours, photo)


def between_lips(landmarks, size, shrink=1):
    """Mask of what is between the lips, less some pixels at its edge: (68, 2) pixels -> (size, size) bool."""
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [landmarks[INNER_LIPS].round().astype(np.int32)], 1)
    return cv2.erode(mask, np.ones((2 * shrink + 1,) * 2)) > 0
