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
from talking_face.face.closer import closer
from talking_face.face.images import MAX_SIDE, load_image, reusable, warp
from talking_face.face.landmarks import FaceFinder
from talking_face.limits import SIDES, check_number


@dataclass(frozen=True)
class Portrait:
    """A face, ready to be moved.

    Attributes
    ----------
    image : ndarray, (H, W, 3) uint8
        The whole photo, or the part around a face that is small in it, RGB; H and W are even.
    landmarks : ndarray, (68, 2) float32
        As the training data places them, photo pixels; a pixel's centre is at its index.
    matrix : ndarray, (2, 3) float64
        Similarity transform, photo pixel -> crop pixel.
    crop : ndarray, (256, 256, 3) uint8
        The canonical crop; reflected where it leaves the photo.
    notes : tuple of str
        What the person should know about their photo, a sentence each.
    mesh : ndarray, (478, 3) float32, or None
        MediaPipe's points with depth, smaller is nearer; photo pixels. None where only the landmarks are known.
    pose : tuple of three floats
        Yaw, pitch and roll in degrees; positive where the nose points to the picture's right, down, and clockwise.
    confidence : float
        0 to 1: that this is a face and that the mesh lies on it.
    """

    image: np.ndarray
    landmarks: np.ndarray
    matrix: np.ndarray
    crop: np.ndarray
    notes: tuple[str, ...] = ()
    mesh: np.ndarray | None = None
    pose: tuple[float, float, float] = (0.0, 0.0, 0.0)
    confidence: float = 1.0


def find_portrait(image, max_side=MAX_SIDE, finder=None):
    """Find the face to animate.

    Parameters
    ----------
    image : str, Path, bytes, binary file, PIL.Image.Image or ndarray
        The photo, as for `images.load_image`.
    max_side : int
        Longest side to keep of the photo, pixels.
    finder : FaceFinder, optional
        What looks for faces; by default one made anew, which has to load its weights.

    Returns
    -------
    Portrait
        Of the largest face. A photo that lies on its side is turned upright; of one in which the face is small, and
        which has more pixels than `max_side`, the part around the face is taken at the photo's own resolution.

    Raises
    ------
    ChoiceError
        `max_side` is out of range.
    PhotoError
        The photo cannot be read, or shows no face that could be animated well.
    """
    check_number(max_side, *SIDES, "longest side", whole=True)
    finder, source = finder or FaceFinder(), reusable(image)
    image = load_image(source, max_side)
    faces = finder.find(image)
    if not faces:
        raise PhotoError("No face was found in this photo; please use one of a face towards the camera in good light.")
    notes = [f"Found {len(faces)} faces and took the largest."] if len(faces) > 1 else []

    image, face = closer(source, image, faces[0], max_side, finder)
    quarters = round(face.pose[2] / 90) % 4
    if quarters:
        image, face = turn_upright(image, face, quarters)
        notes.append("The photo lay on its side and was turned upright.")

    check(image, face)
    matrix = canonical_matrix(face.landmarks, face.pose)
    crop = warp(image, matrix, (geometry.CROP_SIZE, geometry.CROP_SIZE))
    notes = (*notes, *quality_notes(face, matrix, crop))
    return Portrait(image, face.landmarks, matrix, crop, notes, face.mesh, face.pose, face.confidence)


def canonical_matrix(landmarks, pose):
    """The transform to the canonical crop: eyes level and, were the face turned to the camera, at their distance.

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        Photo pixels.
    pose : tuple of three floats
        Yaw, pitch and roll in degrees; turning aside brings the eyes closer together in the picture.

    Returns
    -------
    ndarray, (2, 3) float64
        Photo pixel -> crop pixel.
    """
    shrink = np.cos(np.radians(pose[0]))
    matrix = geometry.crop_matrix(landmarks) * shrink
    matrix[:, 2] += np.array([0.5, geometry.EYE_HEIGHT]) * geometry.CROP_SIZE * (1 - shrink)
    return matrix


def turn_upright(image, face, quarters):
    """Turn a photo and its face by quarter turns, counter-clockwise."""
    for _ in range(quarters):
        face = face.moved(np.array([[0, 1, 0], [-1, 0, image.shape[1] - 1]]))
        image = np.rot90(image)
    return np.ascontiguousarray(image), face
