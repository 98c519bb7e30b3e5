"""Which colour a face's light gives its teeth, told from the rest of the face: a ridge regression on log colours.

Fitted by `training.prepare.teeth` to portraits that smile. Sclera, highlights and lips say most of it: skin alone would
tint teeth. Nothing is read between the lips or near them, so that a photo tells the same whether it smiles or not.
"""

import cv2
import numpy as np

from talking_face.face.geometry import INNER_LIPS, JAW, OUTER_LIPS

BROWS_DOWN = slice(26, 16, -1)  # closes the outline of the jaw
LEAST_COLOUR = 4  # levels between the channels, on average, of a picture that is not grey


def features(crop, landmarks):
    """Log colours of a face by which the colour of its teeth is told.

    Parameters
    ----------
    crop : ndarray, (256, 256, 3) uint8
        The canonical crop, RGB.
    landmarks : ndarray, (68, 2)
        Crop pixels.

    Returns
    -------
    ndarray, (15,)
        Of cheeks, forehead, whites of the eyes, lips and the face's highlights; R, G and B each.
    """
    colours = crop.astype(np.float64) + 1
    cheeks = [patch(colours, 0.45 * landmarks[a] + 0.55 * landmarks[b], 8, 8) for a, b in ((36, 48), (45, 54))]
    forehead = patch(colours, (landmarks[19] + landmarks[24]) / 2 - [0, 22], 14, 8)
    eyes = np.concatenate([colours[inside(landmarks[first : first + 6])] for first in (36, 42)])
    lips = lip_pixels(colours, landmarks)
    skin = inside(np.concatenate([landmarks[JAW], landmarks[BROWS_DOWN]])) & ~widened(inside(landmarks[OUTER_LIPS]))
    face = colours[skin]
    bright = face[face.mean(1) > np.percentile(face.mean(1), 97)] if len(face) else face
    parts = [np.concatenate(cheeks), forehead, whites(eyes), lips, bright]
    usual = np.log(np.median(face, 0)) if len(face) else np.full(3, np.log(128.0))
    return np.concatenate([np.log(np.median(part, 0)) if len(part) else usual for part in parts])


def whites(eyes):
    """The brighter and less coloured of an eye's pixels, (N, 3) -> (M, 3)."""
    if not len(eyes):
        return eyes
    bright = eyes.mean(1)
    bright = eyes[bright >= np.percentile(bright, 60)]
    colour = np.ptp(bright, 1) / bright.max(1)
    return bright[colour <= np.percentile(colour, 50)]


def patch(picture, centre, width, height):
    """Pixels of a rectangle of twice that width and height: (N, 3)."""
    x, y = np.asarray(centre).astype(int)
    return picture[max(0, y - height) : y + height, max(0, x - width) : x + width].reshape(-1, 3)


def inside(outline, size=256):
    """Mask of a polygon (N, 2): (size, size) bool."""
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    return mask > 0


def widened(mask):
    """A mask and what lies within two pixels of it."""
    return cv2.dilate(mask.astype(np.uint8), np.ones((5, 5))) > 0


def lip_pixels(picture, landmarks):
    """Pixels of the lips, but for what lies within two of the opening: (N, 3)."""
    return picture[inside(landmarks[OUTER_LIPS]) & ~widened(inside(landmarks[INNER_LIPS]))]


def tooth_pixels(crop, landmarks):
    """Teeth of a picture with an open mouth, (N, 3) float: the brighter half of what is between the lips, less red.

    Landmarks are a pixel or two off, and a wet lower lip is as bright as teeth, so what is nearer to the lips' redness
    than to the least between them is left out.
    """
    colours = crop.astype(np.float64) + 1
    pixels = colours[cv2.erode(inside(landmarks[INNER_LIPS]).astype(np.uint8), np.ones((3, 3))) > 0]
    lips = lip_pixels(colours, landmarks)
    if not len(pixels) or not len(lips):
        return pixels
    bright = pixels.mean(1)
    pixels = pixels[bright > np.percentile(bright, 45)]
    red = redness(pixels)
    return pixels[red <= (np.percentile(red, 10) + np.median(redness(lips))) / 2]


def is_grey(crop):
    """Whether a picture says nothing about colour."""
    return np.ptp(crop.astype(int), 2).mean() < LEAST_COLOUR


def redness(colours):
    """Log of red over green, the same in any light that has as much of both: (N, 3) -> (N,)."""
    return np.log(colours[:, 0] / colours[:, 1])
