"""What is refused of a face, and what is said about it."""

import numpy as np

from talking_face.errors import PhotoError
from talking_face.face import geometry
from talking_face.face.landmarks.base import UNSURE
from talking_face.face.mesh.topology import IBUG

MIN_FACE_WIDTH = 56  # photo pixels from ear to ear, as if seen from the front
SMALL_FACE_WIDTH = 128  # photo pixels; below, the crop is blown up and looks soft
EDGE = 0.03  # face widths; eyes and lips that are closer to the photo's edge may be cut off by it
MAX_TURN = 44  # degrees aside or up: 40, and the error of the pose
DARK, TOO_DARK = 45, 9  # mean brightness of a face, 0 to 255
SURE_IN_THE_DARK = 0.87  # confidence; below, lips of dark photos were found off by a tenth of the eyes' distance
BLURRED = 0.08  # mean absolute Laplacian over standard deviation of the face's brightness, at crop size
# Between the frames of blinks and the 1,213 stills of the data room, by their labels; see docs/experiments.md.
CLOSED_EYES = 0.13  # height over width of the opening between the lids
WIDE_MOUTH = 0.6  # height over width of the opening between the lips
UNSEEN_LIPS = 0.3  # see `Face.lips_confidence`


def face_width(face):
    """Pixels from ear to ear, as they would be if the face looked into the camera."""
    yaw = np.radians(face.pose[0])
    return float(np.linalg.norm(face.landmarks[16] - face.landmarks[0]) / max(np.cos(yaw), 0.5))


def is_turned(face):
    """Whether a head is turned too far aside, up or down to be moved well."""
    return max(abs(face.pose[0]), abs(face.pose[1])) > MAX_TURN


def check(image, face):
    """Refuse a face that could only be animated badly.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
    face : landmarks.Face
        In the image's pixels.

    Raises
    ------
    PhotoError
    """
    width = face_width(face)
    if width < MIN_FACE_WIDTH:
        raise PhotoError(
            f"The face is only {width:.0f} pixels wide; please use a photo where it is at least {MIN_FACE_WIDTH}, or "
            "cut this one closer to the face from the original."
        )
    inner = face.landmarks[geometry.EYE_CORNERS[0] :]  # eyes and lips
    margin = EDGE * width
    if (inner < margin).any() or (inner > np.array(image.shape[1::-1]) - 1 - margin).any():
        raise PhotoError("The face is cut off by the photo's edge; please use a photo that shows all of it.")
    if is_turned(face):
        raise PhotoError("The face is turned too far away; please use a photo that shows both cheeks.")
    light = brightness(image, face)
    if light < TOO_DARK:
        raise PhotoError("The face is too dark to make out; please use a photo with more light on it.")
    if face.lips_confidence < UNSEEN_LIPS:
        raise PhotoError("The mouth cannot be made out in this photo; please use one where nothing covers it.")
    if face.confidence < (SURE_IN_THE_DARK if light < DARK else UNSURE):
        raise PhotoError("The face is hard to make out in this photo; please use one towards the camera in good light.")
    if eye_opening(face) < CLOSED_EYES:
        raise PhotoError("The eyes are closed in this photo; please use one where they are open.")


def quality_notes(face, matrix, crop):
    """Say what will keep the video from looking its best.

    Parameters
    ----------
    face : landmarks.Face
    matrix : ndarray, (2, 3)
        Photo pixel -> crop pixel.
    crop : ndarray, (256, 256, 3) uint8

    Yields
    ------
    str
        A sentence.
    """
    import cv2

    moved = face.moved(matrix)
    inside = _inside(crop, moved)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    sharpness = np.abs(cv2.Laplacian(grey, cv2.CV_32F))[inside].mean() / max(grey[inside].std(), 1)
    if grey[inside].mean() < DARK:
        yield "The face is dark in this photo; one with more light gives a better video."
    if face_width(face) < SMALL_FACE_WIDTH:
        yield "The face is small in this photo; a closer one gives a sharper video."
    elif sharpness < BLURRED:
        yield "The face is blurred in this photo; a sharp one gives a better video."
    if mouth_opening(face) > WIDE_MOUTH:
        yield "The mouth is wide open in this photo; one with the lips closer together gives a better video."


def eye_opening(face):
    """Height over width of the opening between the lids, of the eye that is wider open."""
    return max(
        _height(face, 37, 41, 38, 40) / _width(face, 36, 39), _height(face, 43, 47, 44, 46) / _width(face, 42, 45)
    )


def mouth_opening(face):
    """Height over width of the opening between the lips."""
    return _height(face, 61, 67, 62, 66, 63, 65) / _width(face, 60, 64)


def brightness(image, face):
    """Mean brightness of a face, 0 to 255."""
    low, high = face.box.reshape(2, 2)
    left, top = np.clip(np.floor(low).astype(int), 0, None)
    right, bottom = np.ceil(high).astype(int) + 1
    part = image[top:bottom, left:right]
    inside = _inside(part, face.moved(np.array([[1, 0, -left], [0, 1, -top]])))
    return float(part[inside].mean()) if inside.any() else 0.0


def _inside(picture, face):
    """Which pixels a face covers: (H, W) bool."""
    import cv2

    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, cv2.convexHull(np.rint(face.landmarks).astype(np.int32)), 1)
    return inside.astype(bool)


def _points(face, indices):
    return face.mesh[[IBUG[index] for index in indices]]


def _height(face, *indices):
    """Mean distance between landmarks by pairs, depth included."""
    points = _points(face, indices)
    return float(np.linalg.norm(points[1::2] - points[::2], axis=1).mean())


def _width(face, *indices):
    return max(_height(face, *indices), 1e-6)
