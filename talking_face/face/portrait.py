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
from talking_face.face.images import MAX_SIDE, load_image, warp
from talking_face.face.landmarks import FaceFinder
from talking_face.limits import SIDES, check_number

MIN_FACE_WIDTH = 64  # photo pixels from ear to ear
SMALL_FACE_WIDTH = 128  # photo pixels; below, the crop is blown up and looks soft
MAX_TURN = 0.62  # see `turn`
MAX_NOSE_DROP = 0.93  # eye distances from the eyes down to the nose's base, which 99.5 % of frontal faces keep below
DARK = 45  # mean brightness of a face, 0 to 255
UNSURE_LIPS, LOST_LIPS = 0.02, 0.04  # see `Face.scatter`; 99 in 100 portraits and frames of clips lie below 0.015
BLURRED = 0.08  # mean absolute Laplacian over standard deviation of the face's brightness, at crop size

# Landmarks joined up into lines, for drawing: (indices, closed).
_LINES = (
    (geometry.JAW, False),
    (geometry.BROWS[:5], False),
    (geometry.BROWS[5:], False),
    (geometry.NOSE[:4], False),
    (geometry.NOSE[4:], False),
    (geometry.RIGHT_EYE, True),
    (geometry.LEFT_EYE, True),
    (geometry.OUTER_LIPS, True),
    (geometry.INNER_LIPS, True),
)


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

    _check(image, landmarks)
    if faces[0].scatter > LOST_LIPS:
        raise PhotoError("The mouth cannot be made out in this photo; please use one where nothing covers it.")
    if faces[0].scatter > UNSURE_LIPS:
        notes.append("The mouth is hard to make out in this photo; one where nothing covers it gives a better video.")
    matrix = canonical_matrix(landmarks)
    crop = warp(image, matrix, (geometry.CROP_SIZE, geometry.CROP_SIZE))
    return Portrait(image, landmarks, matrix, crop, (*notes, *_quality_notes(landmarks, matrix, crop)))


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


def turn(landmarks):
    """How far a head is turned aside, from where the tip of the nose lies between the ends of the jaw line.

    Returns
    -------
    float
        0 for a frontal face, 1 where the tip of the nose hides an ear; positive to the picture's right.
    """
    face = geometry.transform(geometry.crop_matrix(landmarks), landmarks)[:, 0]
    left, right = face[30] - face[0], face[16] - face[30]
    return float((left - right) / max(left + right, 1e-6))


def outline(portrait):
    """Show what was found: the photo with the crop's outline and the face's lines drawn in.

    Parameters
    ----------
    portrait : Portrait

    Returns
    -------
    ndarray, (H, W, 3) uint8
        RGB, of the photo's size.
    """
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * geometry.CROP_SIZE - 0.5
    square = geometry.transform(geometry.invert(portrait.matrix), corners)
    face = [(portrait.landmarks[points], closed) for points, closed in _LINES]
    width = np.hypot(*(square[1] - square[0]))
    faint = _draw(portrait.image, face, max(1, round(width / 300)))
    blended = np.rint(0.35 * portrait.image + 0.65 * faint).astype(np.uint8)
    return _draw(blended, [(square, True)], max(2, round(width / 150)))


def _draw(image, lines, thickness):
    """White lines edged in black, so that they show on any ground; anti-aliased."""
    import cv2

    image = image.copy()
    for colour, width in (((20, 20, 20), thickness + 2), ((255, 255, 255), thickness)):
        for points, closed in lines:
            # cv2 takes sub-pixel positions as integers, here in sixteenths.
            cv2.polylines(image, [np.rint(points * 16).astype(np.int32)], closed, colour, width, cv2.LINE_AA, shift=4)
    return image


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


def _check(image, landmarks):
    """Refuse a face that we could only animate badly."""
    width = np.linalg.norm(landmarks[16] - landmarks[0])
    if width < MIN_FACE_WIDTH:
        raise PhotoError(
            f"The face is only {width:.0f} pixels wide; please use a photo where it is at least {MIN_FACE_WIDTH}, or "
            "cut this one closer to the face from the original."
        )
    if abs(turn(landmarks)) > MAX_TURN:
        raise PhotoError("The face is turned too far to the side; please use a photo that shows both cheeks.")
    inner = landmarks[geometry.EYE_CORNERS[0] :]  # eyes and lips
    if (inner < 0).any() or (inner > np.array(image.shape[1::-1]) - 1).any():
        raise PhotoError("The face is cut off by the photo's edge; please use a photo that shows all of it.")


def _quality_notes(landmarks, matrix, crop):
    """What will keep the video from looking its best."""
    import cv2

    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    inside = np.zeros_like(grey)
    hull = cv2.convexHull(np.rint(geometry.transform(matrix, landmarks)).astype(np.int32))
    cv2.fillConvexPoly(inside, hull, 1)
    inside = inside.astype(bool)
    sharpness = np.abs(cv2.Laplacian(grey, cv2.CV_32F))[inside].mean() / max(grey[inside].std(), 1)
    if grey[inside].mean() < DARK:
        yield "The face is dark in this photo; one with more light gives a better video."
    if np.linalg.norm(landmarks[16] - landmarks[0]) < SMALL_FACE_WIDTH:
        yield "The face is small in this photo; a closer one gives a sharper video."
    elif sharpness < BLURRED:
        yield "The face is blurred in this photo; a sharp one gives a better video."
