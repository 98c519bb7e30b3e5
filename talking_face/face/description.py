"""What was found in a photo, as programs read it."""

import numpy as np

from talking_face.face import geometry

DIGITS = 2  # after the point, of pixels and degrees


def describe(portrait):
    """What was found, in numbers and lists that JSON can hold.

    Positions are pixels of the photo as it came, at its own resolution and turned as its EXIF tag says; a pixel's
    centre is at its index.

    Parameters
    ----------
    portrait : Portrait

    Returns
    -------
    dict
        "face" is the box (left, top, right, bottom) of the face's landmarks, "landmarks" has 68 of (x, y), "pose" has
        degrees of "yaw" (positive to the picture's right), "pitch" (chin up) and "roll" (clockwise), "confidence" is
        between 0 and 1, "notes" are the portrait's sentences, "faces" the boxes of all faces, the largest first.
    """
    origin, (yaw, pitch, roll) = portrait.origin, portrait.pose
    landmarks = geometry.transform(origin, portrait.landmarks.astype(np.float64))
    roll = (roll + np.degrees(np.arctan2(origin[1, 0], origin[0, 0])) + 180) % 360 - 180
    return {
        "face": _rounded([*landmarks.min(0), *landmarks.max(0)]),
        "landmarks": _rounded(landmarks),
        "pose": {"yaw": round(yaw, DIGITS), "pitch": round(pitch, DIGITS), "roll": round(float(roll), DIGITS)},
        "confidence": round(float(portrait.confidence), 3),
        "notes": list(portrait.notes),
        "faces": describe_boxes(portrait),
    }


def describe_boxes(photo):
    """The boxes of all faces in a `Photo`, or in that of a `Portrait`, as `describe` has them."""
    return _rounded(photo.boxes)


def _rounded(values):
    return np.round(np.asarray(values, np.float64), DIGITS).tolist()
