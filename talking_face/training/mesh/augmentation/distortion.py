"""Mouths and lids that nobody has: lips made thinner and fuller, wider, higher, curved, eyes shut, labels with them.

Without it the networks learn what mouths and eyes are like on average and hardly look where the red ends or the lids
are: lips of held-out people, and even of those trained on, came out at the mean thickness, and closed eyes open.
"""

import cv2
import numpy as np

from talking_face.face.mesh.topology import LIPS_INNER, LIPS_OUTER, RIGHT_EYE

CONTOURS = np.array([LIPS_OUTER, LIPS_INNER])
LOWER, UPPER = slice(1, 10), slice(11, 20)  # of a contour's 20 points; the rest are the corners
LOWER_LID, UPPER_LID = np.array(RIGHT_EYE[1:8]), np.array(RIGHT_EYE[:8:-1])
SHUT, NARROWEST, FALLS = 0.35, 0.15, 0.85  # share of eyes shut more or less; their least opening; the upper lid's part
FULLER, WIDER, OPENER = 0.35, 0.08, 0.3  # standard deviations of the logarithms of factors
HIGHER, CURVED, SKEW = 0.025, 0.03, 0.02  # standard deviations, units
REACH, LID_REACH, RIDGE = 0.1, 0.06, 0.01  # units; of the flow around the points
CELL = 2  # pixels between the points at which the flow is found


def distort(crop, points, unit, random):
    """Give a face another mouth.

    Parameters
    ----------
    crop : ndarray, (S, S, 3) uint8
    points : ndarray, (478, 2)
        Of the face in it, crop pixels.
    unit : float
        Pixels a unit.
    random : numpy.random.Generator

    Returns
    -------
    crop : ndarray, (S, S, 3) uint8
    points : ndarray, (478, 2)
        Where they went.
    """
    lips = points[CONTOURS]  # (2, 20, 2)
    across = lips[0, 10] - lips[0, 0]
    width = max(np.hypot(*across), 1e-6)
    across = across / width
    down = np.array([-across[1], across[0]])
    u = ((lips - lips.mean((0, 1))) @ across) / (width / 2)
    middle = np.clip(1 - u**2, 0, 1)
    change = across * (u * width / 2 * np.expm1(random.normal(0, WIDER)))[..., None]
    for side, sign in ((LOWER, 1), (UPPER, -1)):
        red = lips[:, side] - lips[-1, side]
        change[:, side] += np.expm1(random.normal(0, FULLER)) * red
        gap = (lips[-1, LOWER] - lips[-1, UPPER][::-1]) @ down
        apart = np.expm1(random.normal(0, OPENER)) * max(gap.max(), 0) / 2
        change[:, side] += sign * apart * middle[:, side, None] * down
    moved = random.normal(0, HIGHER) + random.normal(0, CURVED) * (u**2 - 0.3) + random.normal(0, SKEW) * u
    change = change + down * (moved * unit)[..., None]
    return _moved(crop, points, CONTOURS.ravel(), change.reshape(-1, 2), REACH * unit)


def blink(crop, points, unit, random):
    """Open or shut the eye whose crop it is; takes and returns what `distort` does."""
    part = random.uniform(NARROWEST, 0.5) if random.random() < SHUT else np.exp(random.normal(0, 0.2))
    gap = (1 - part) * (points[LOWER_LID] - points[UPPER_LID])
    which = np.concatenate([UPPER_LID, LOWER_LID, RIGHT_EYE[:1], RIGHT_EYE[8:9]])
    change = np.concatenate([FALLS * gap, (FALLS - 1) * gap, np.zeros((2, 2))])
    crop, _ = _moved(crop, points, which, change, LID_REACH * unit)
    went = points.copy()  # brows stay, and so does the iris behind the lids
    went[which] += change
    return crop, went


def _moved(crop, points, which, change, reach):
    """Move some of the points, and what is around them."""
    centres = points[which] + change
    weights = np.linalg.solve(_kernel(centres, centres, reach) + RIDGE * np.eye(len(centres)), -change)
    backward = lambda places: _kernel(places, centres, reach) @ weights
    size = len(crop)
    line = np.arange(0.0, size + CELL, CELL)
    grid = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    flow = backward(grid).reshape(len(line), len(line), 2).astype(np.float32)
    yy, xx = np.mgrid[:size, :size].astype(np.float32)
    flow = cv2.remap(flow, xx / CELL, yy / CELL, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    crop = cv2.remap(crop, xx + flow[..., 0], yy + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    went = points.copy()
    went[which] = centres
    for _ in range(3):
        went = points - backward(went)
    return crop, went


def _kernel(places, centres, reach):
    square = (places**2).sum(1)[:, None] + (centres**2).sum(1) - 2 * places @ centres.T
    return np.exp(square / (-2 * reach**2))
