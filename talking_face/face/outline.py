"""A picture of what was found in a photo."""

import numpy as np

from talking_face.face import geometry

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
