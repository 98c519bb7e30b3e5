"""Photos with open mouths: what is between the lips is drawn in every frame, so the photo's own must not be moved."""

import cv2
import numpy as np

from talking_face.face.geometry import INNER_LIPS, face_to_crop, invert, lip_opening, transform

MARGIN = 12  # pixels of a canonical crop around the mouth that filling looks at
DARKER = 0.6  # by how much the middle of what is filled in is darker than the lips
OPEN = 0.03  # eye distances between the lips from which on a photo shows what is behind them


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
    outline = transform(invert(matrix), face_to_crop(landmarks[INNER_LIPS].astype(np.float64)))
    unit = 1 / np.hypot(*matrix[:, 0])
    low = np.maximum(np.floor(outline.min(0) - MARGIN * unit).astype(int), 0)
    high = np.ceil(outline.max(0) + MARGIN * unit).astype(int) + 1
    window = slice(low[1], high[1]), slice(low[0], high[0])
    part = np.ascontiguousarray(image[window])
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(mask, [(outline - low).round().astype(np.int32)], 255)
    mask = cv2.dilate(mask, np.ones((round(5 * unit) | 1, round(3 * unit) | 1), np.uint8))
    # Where the lips will meet it is dark, as between closed ones.
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    shade = 1 - DARKER * np.clip(4 * depth / max(depth.max(), 1) - 3, 0, 1)
    filled = image.copy()
    filled[window] = np.rint(cv2.inpaint(part, mask, 3 * unit, cv2.INPAINT_TELEA) * shade[..., None])
    return filled
