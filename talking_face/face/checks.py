"""What is refused of a face, and what is said about it."""

import numpy as np

from talking_face.errors import PhotoError
from talking_face.face import geometry

MIN_FACE_WIDTH = 64  # photo pixels from ear to ear
SMALL_FACE_WIDTH = 128  # photo pixels; below, the crop is blown up and looks soft
MAX_TURN = 0.62  # see `turn`
DARK = 45  # mean brightness of a face, 0 to 255
UNSURE_LIPS, LOST_LIPS = 0.02, 0.04  # see `Face.scatter`; 99 in 100 portraits and frames of clips lie below 0.015
BLURRED = 0.08  # mean absolute Laplacian over standard deviation of the face's brightness, at crop size


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


def check(image, landmarks, scatter):
    """Refuse a face that could only be animated badly.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
    landmarks : ndarray, (68, 2)
        Photo pixels.
    scatter : float
        See `landmarks.Face`.

    Raises
    ------
    PhotoError
    """
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
    if scatter > LOST_LIPS:
        raise PhotoError("The mouth cannot be made out in this photo; please use one where nothing covers it.")


def quality_notes(landmarks, matrix, crop, scatter):
    """Say what will keep the video from looking its best.

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        Photo pixels.
    matrix : ndarray, (2, 3)
        Photo pixel -> crop pixel.
    crop : ndarray, (256, 256, 3) uint8
    scatter : float
        See `landmarks.Face`.

    Yields
    ------
    str
        A sentence.
    """
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
    if scatter > UNSURE_LIPS:
        yield "The mouth is hard to make out in this photo; one where nothing covers it gives a better video."
