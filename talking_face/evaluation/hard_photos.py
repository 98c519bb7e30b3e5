"""Photos made hard on purpose, always in the same way: heads turned, tilted, dark, blurred and of half the size."""

import cv2
import numpy as np

from talking_face.data.turned_heads import Turner

YAW, PITCH, TILT = 30, 8, 25  # degrees at most; a third of it at least
DARK = (0.15, 0.5)  # of the brightness left
NOISE = (1, 4)  # standard deviation, of 255
BLUR = (0.33, 1.0)  # pixels of the smaller photo, standard deviation


def harden(picture, mesh, random):
    """Make a photo hard in every way at once.

    Parameters
    ----------
    picture : ndarray, (S, S, 3) uint8
    mesh : ndarray, (478, 3)
        Of the face in it, pixels.
    random : numpy.random.Generator

    Returns
    -------
    picture : ndarray, (S / 2, S / 2, 3) uint8
    mesh : ndarray, (478, 3)
        In that picture.
    """
    side = lambda most: random.choice([-1, 1]) * random.uniform(most / 3, most)
    size, turner = picture.shape[0], Turner(picture, mesh)
    picture, mesh = turner.turn(-np.clip(side(YAW) + turner.yaw, -YAW - 2, YAW + 2), -side(PITCH))
    middle = (size - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), side(TILT), 0.5)
    matrix[:, 2] += (size / 2 - 1) / 2 - middle
    picture = cv2.GaussianBlur(picture, (0, 0), 0.8)
    picture = cv2.warpAffine(picture, matrix, (size // 2, size // 2), borderMode=cv2.BORDER_REFLECT_101)
    picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(*BLUR))
    noise = random.normal(0, random.uniform(*NOISE), picture.shape)
    dark = 255 * random.uniform(*DARK) * (picture / 255.0) ** random.uniform(1, 1.5) + noise
    flat = mesh[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    return np.clip(dark, 0, 255).astype(np.uint8), np.column_stack([flat, mesh[:, 2] / 2])
