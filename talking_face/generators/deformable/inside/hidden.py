"""Photos with open mouths: what is between the lips is drawn in every frame, so the photo's own must not be moved."""

import cv2
import numpy as np

from talking_face.face.geometry import INNER_LIPS, LIPS, face_to_crop, invert, lip_opening, transform
from talking_face.generators.deformable.mouth import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER

EDGE = 3.5  # pixels of a canonical crop beside the opening that still show what is behind the lips
LIP = 0.6  # of a lip's height that is mirrored
MARGIN = 12  # pixels of a canonical crop around the mouth that filling looks at
DARKER = 0.35  # by how much the middle of what is filled in is darker than the lips
WIDE = 0.2  # eye distances between the lips of a mouth that is wide open
OPEN = 0.04  # eye distances between the lips from which on a photo shows what is behind them


def hide_teeth(image, landmarks, matrix=None):
    """Fill an open mouth from the lips around it, so that it can close.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
    landmarks : ndarray, (68, 2)
        Face units.
    matrix : ndarray, (2, 3), optional
        Image pixel -> canonical crop pixel; by default the image is the crop.

    Returns
    -------
    ndarray, (H, W, 3) uint8
        The image itself if the mouth is shut.
    """
    if lip_opening(landmarks) < OPEN:
        return image
    matrix = np.eye(2, 3) if matrix is None else matrix
    points = transform(invert(matrix), face_to_crop(landmarks.astype(np.float64)))
    unit = 1 / np.hypot(*matrix[:, 0])
    low = np.maximum(np.floor(points[LIPS].min(0) - MARGIN * unit).astype(int), 0)
    high = np.ceil(points[LIPS].max(0) + MARGIN * unit).astype(int) + 1
    window = slice(low[1], high[1]), slice(low[0], high[0])
    part = np.ascontiguousarray(image[window])
    filled = image.copy()
    filled[window] = _mirrored(part, points - low, unit, min(1.0, lip_opening(landmarks) / WIDE))
    return filled


def _mirrored(part, points, unit, wide):
    """Each lip goes on behind its edge as in a mirror, to the middle of the opening, where it is dark.

    Parameters
    ----------
    part : ndarray, (h, w, 3) uint8
    points : ndarray, (68, 2)
        Its pixels.
    unit : float
        Its pixels for one of a canonical crop.
    wide : float
        How far the mouth is open, 0 to 1: lips hardly parted lose less of their edges.
    """
    edge = EDGE * unit * wide
    columns, rows = np.arange(part.shape[1]), np.arange(part.shape[0], dtype=np.float32)[:, None]
    line = lambda indices: np.interp(columns, *points[list(indices)].T).astype(np.float32)
    upper, lower = line(UPPER_INNER) - edge, line(LOWER_INNER) + edge
    over, under = LIP * (upper - line(UPPER_OUTER)), LIP * (line(LOWER_OUTER) - lower)
    below, above = rows - upper, lower - rows
    up = upper - np.minimum(below, np.maximum(over, 1))
    down = lower + np.minimum(above, np.maximum(under, 1))
    places = np.where(below < above, up, down).astype(np.float32)
    mirrored = cv2.remap(
        part, np.broadcast_to(columns.astype(np.float32), places.shape).copy(), places, cv2.INTER_LINEAR
    )
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(mask, [points[INNER_LIPS].round().astype(np.int32)], 255)
    mask = cv2.dilate(mask, np.ones((round(8 * unit * wide) | 1, round(5 * unit * wide) | 1), np.uint8))
    share = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.7 * unit)
    depth = np.minimum(below, above) / np.maximum((lower - upper) / 2, 1)
    share, shade = share[..., None], 1 - DARKER * np.clip(4 * depth - 3, 0, 1)[..., None]
    return np.rint(part + share * (mirrored * shade - part)).astype(np.uint8)
