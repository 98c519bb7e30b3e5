"""Moustaches and beards drawn on faces that have none, or over those there are; the lips' labels stay.

Seldom seen in training, a moustache is taken for a dark mouth.
"""

import cv2
import numpy as np

from talking_face.training.mesh.augmentation.distortion import CONTOURS

NOSE = (98, 2, 327)  # its base, from left to right in the picture
JAW = (177, 215, 138, 135, 169, 170, 140, 171, 175, 396, 369, 395, 394, 364, 367, 435, 401)  # a beard's lower edge
COLOURS = ((25, 20, 18), (60, 42, 30), (95, 65, 40), (140, 110, 75), (150, 148, 145), (205, 203, 200))
MOUSTACHE, BEARD = 0.85, 0.45  # shares of those that get hair at all


def grow(crop, points, unit, random):
    """Let a face grow hair around the mouth: (S, S, 3) uint8 -> the same.

    Parameters
    ----------
    crop : ndarray, (S, S, 3) uint8
    points : ndarray, (478, 2)
        Of the face in it, crop pixels.
    unit : float
        Pixels a unit.
    random : numpy.random.Generator
    """
    size = len(crop)
    outer, inner = points[CONTOURS]
    upper = np.concatenate([outer[[0]], outer[:10:-1], outer[[10]]])  # from left to right
    red = np.concatenate([inner[[0]], inner[:10:-1], inner[[10]]]) - upper
    mask = np.zeros((size, size), np.uint8)
    if random.random() < MOUSTACHE:
        base = points[list(NOSE)]
        nose = np.stack([np.interp(np.linspace(0, 2, len(upper)), range(3), base[:, k]) for k in (0, 1)], 1)
        low = upper + random.uniform(-0.1, 0.6) * red  # over the lip's red, at times
        high = upper + (nose - upper) * random.uniform(0.35, 0.95)
        ends = (upper - upper.mean(0)) * random.uniform(-0.1, 0.2)
        _fill(mask, np.concatenate([low + ends, (high + ends)[::-1]]))
    if random.random() < BEARD:
        lower = outer[:11] + (outer[:11] - outer.mean(0)) * random.uniform(0.02, 0.3)
        _fill(mask, np.concatenate([lower, points[list(JAW)][::-1]]))
    soft = cv2.GaussianBlur(mask, (0, 0), unit * random.uniform(0.015, 0.06)).astype(np.float32) / 255
    hair = random.normal(0, 1, (size, size)).astype(np.float32)
    hair = cv2.GaussianBlur(hair, (0, 0), sigmaX=0.6, sigmaY=unit * random.uniform(0.01, 0.06) + 0.3)
    hair /= max(hair.std(), 1e-6)
    light = float(crop[mask > 127].mean()) / 140 if (mask > 127).any() else 1.0
    colour = np.array(COLOURS[int(random.integers(len(COLOURS)))]) * light * np.exp(random.normal(0, 0.2))
    layer = colour * np.exp(random.uniform(0.1, 0.45) * hair)[..., None]
    alpha = (soft * np.clip(random.uniform(0.45, 1.0) + 0.25 * hair, 0, 1))[..., None]
    return np.clip(crop * (1 - alpha) + layer * alpha, 0, 255).astype(np.uint8)


def _fill(mask, outline):
    cv2.fillPoly(mask, [np.rint(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
