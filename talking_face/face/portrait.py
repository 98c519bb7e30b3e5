"""The portrait: one face of a photo, with its landmarks and the transform to the canonical crop.

Examples
--------
>>> portrait = find_portrait("me.jpg")
>>> portrait.crop  # what the generator sees
>>> portrait.matrix  # how to paste its frames back into portrait.image
"""

from dataclasses import dataclass

import numpy as np

from talking_face.errors import PhotoError
from talking_face.face import geometry
from talking_face.face.checks import check, quality_notes
from talking_face.face.images import MAX_SIDE, load_image, warp
from talking_face.face.landmarks import FaceFinder
from talking_face.limits import SIDES, check_number

MAX_NOSE_DROP = 0.93  # eye distances from the eyes down to the nose's base, which 99.5 % of frontal faces keep below


@dataclass(frozen=True)
class Portrait:
    """A face, ready to be moved.

    Attributes
    ----------
    image : ndarray, (H, W, 3) uint8
        The whole photo, RGB; H and W are even.
    landmarks : ndarray, (68, 2) float32
        As the training data places them, photo pixels.
    matrix : ndarray, (2, 3) float64
        Similarity transform, photo pixel -> crop pixel.
    crop : ndarray, (256, 256, 3) uint8
        The canonical crop; reflected where it leaves the photo.
    notes : tuple of str
        What the person should know about their photo, a sentence each.
    """

    image: np.ndarray
    landmarks: np.ndarray
    matrix: np.ndarray
    crop: np.ndarray
    notes: tuple[str, ...] = ()


def find_portrait(image, max_side=MAX_SIDE, finder=None):
    """Find the face to animate.

    Parameters
    ----------
    image : str, Path, bytes, binary file, PIL.Image.Image or ndarray
        The photo, as for `images.load_image`.
    max_side : int
        Longest side to keep of the photo, pixels.
    finder : FaceFinder, optional
        What looks for faces; by default one made anew, which takes a second to load its weights.

    Returns
    -------
    Portrait
        Of the largest face. A photo that lies on its side is turned upright.

    Raises
    ------
    ChoiceError
        `max_side` is out of range.
    PhotoError
        The photo cannot be read, or shows no face that is large enough, turned to the camera and not cut off.
    """
    check_number(max_side, *SIDES, "longest side", whole=True)
    image = load_image(image, max_side)
    faces = (finder or FaceFinder()).find(image)
    if not faces:
        raise PhotoError("No face was found in this photo; please use one of a face towards the camera in good light.")
    notes = [f"Found {len(faces)} faces and took the largest."] if len(faces) > 1 else []
    landmarks = faces[0].landmarks

    quarters = _quarters(landmarks)
    if quarters:
        image, landmarks = _turn_upright(image, landmarks, quarters)
        notes.append("The photo lay on its side and was turned upright.")

    check(image, landmarks, faces[0].scatter)
    matrix = canonical_matrix(landmarks)
    crop = warp(image, matrix, (geometry.CROP_SIZE, geometry.CROP_SIZE))
    return Portrait(image, landmarks, matrix, crop, (*notes, *quality_notes(landmarks, matrix, crop, faces[0].scatter)))


def canonical_matrix(landmarks):
    """The transform to the canonical crop, by the eyes; by the nose as well where the face is turned.

    Turning the head brings the eyes closer together in the picture, so that a crop by eyes alone would come out too
    large. The drop from the eyes to the base of the nose hardly changes then, and bounds the scale.

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        Photo pixels.

    Returns
    -------
    ndarray, (2, 3) float64
        Photo pixel -> crop pixel.
    """
    matrix = geometry.crop_matrix(landmarks)
    drop = geometry.crop_to_face(geometry.transform(matrix, landmarks[33:34]))[0, 1]
    shrink = min(1.0, MAX_NOSE_DROP / max(drop, 1e-6))
    between_eyes = np.array([0.5, geometry.EYE_HEIGHT]) * geometry.CROP_SIZE
    matrix = matrix * shrink
    matrix[:, 2] += between_eyes * (1 - shrink)
    return matrix


def _quarters(landmarks):
    """Quarter turns, counter-clockwise, that bring the eyes closest to level: 0 to 3."""
    right, left = geometry.eye_centres(landmarks)
    return round(np.arctan2(left[1] - right[1], left[0] - right[0]) / (np.pi / 2)) % 4


def _turn_upright(image, landmarks, quarters):
    """Turn photo and landmarks by quarter turns, counter-clockwise."""
    for _ in range(quarters):
        landmarks = np.stack([landmarks[:, 1], image.shape[1] - 1 - landmarks[:, 0]], axis=1)
        image = np.rot90(image)
    return np.ascontiguousarray(image), landmarks
