"""The lines of the inner lips, and how deep places lie between them."""

from itertools import accumulate

import numpy as np

from talking_face.generators.deformable.mouth import FINE, LOWER_INNER, REGION_SIZE, UPPER_INNER

ROUND = 0.6  # how round lips are next to their corners, 0 to 1
APART = 0.05  # least distance of a line's points along it, of its length: a turned mouth's may lie behind each other
# How far lips that speak reach into the mesh's opening: the upper one, of it; the lower one, eye distances and of it;
# the opening from which on it does so fully; how much of it they close at the corners, by which power of the way there.
OVER, UNDER, UNDER_MORE, FULLY, PINCH, POWER = 0.1, 0.012, 0.2, 0.06, 0.9, 5.4


def opening(points):
    """Rows and columns of the region that lie between the lips, two slices, or None; points (68, 2) pixels."""
    inner = points[[*UPPER_INNER, *LOWER_INNER]]
    if (points[list(LOWER_INNER), 1] - points[list(UPPER_INNER), 1]).max() < 0.5:
        return None
    low = np.maximum(np.floor(inner.min(0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(inner.max(0)).astype(int) + 3, FINE)
    if np.any(high - low < 2):
        return None
    return slice(low[1], high[1]), slice(low[0], high[0])


def lip_lines(points, columns, speaking=0.0):
    """Heights of the inner lips' edges over columns, (w,) each; points (68, 2) pixels.

    Speaking lips, 0 to 1, roll in: they hide more of what is between them than smiling ones do at the mesh's lines.
    """
    upper, lower = (lip_line(points[list(line)], columns) for line in (UPPER_INNER, LOWER_INNER))
    middle, half = (points[60, 0] + points[64, 0]) / 2, max((points[64, 0] - points[60, 0]) / 2, 1.0)
    over, under = hidden((lower - upper).clip(0), (columns - middle) / half, FINE / REGION_SIZE)
    return upper + speaking * over, lower - speaking * under


def hidden(gap, across, unit=1.0):
    """What speaking lips hide of the mesh's opening: arrays of gaps and of places, -1 to 1 -> from above, from below.

    A unit is an eye distance.
    """
    pinched = PINCH / 2 * np.abs(across) ** POWER
    return (OVER + pinched) * gap, (UNDER_MORE + pinched) * gap + UNDER * np.minimum(unit, gap / FULLY)


def lip_depths(points, columns, rows, speaking=0.0):
    """How deep places lie within the lips, pixels; zero at their edge.

    Parameters
    ----------
    points : ndarray, (68, 2)
        Pixels.
    columns, rows : ndarray, (w,) and (h,)
    speaking : float
        As for `lip_lines`.

    Returns
    -------
    depth, below, above : ndarray, (h, w) float32
        To the nearer edge, at right angles to it; below the upper and above the lower lip.
    """
    upper, lower = lip_lines(points, columns, speaking)
    below, above = rows[:, None] - upper, lower - rows[:, None]
    steep = [np.sqrt(1 + np.gradient(line) ** 2) for line in (upper, lower)]
    ends = np.minimum(columns - points[60, 0], points[64, 0] - columns) + 0.5
    depth = np.minimum(np.minimum(below / steep[0], above / steep[1]), ends)
    return depth.astype(np.float32), below.astype(np.float32), above.astype(np.float32)


def lip_line(points, columns):
    """A smooth line through points, from left to right, over columns (Catmull & Rom 1974): (N, 2), (w,) -> (w,)."""
    x, y = points.T.astype(np.float64)
    x, least = x + 1e-3 * np.arange(len(x)), APART * np.ptp(x)
    x = np.array([*accumulate(x, lambda before, here: max(here, before + least))])
    slope = np.gradient(y, x)
    place = np.clip(np.searchsorted(x, columns) - 1, 0, len(x) - 2)
    wide = (x[1:] - x[:-1])[place]
    t = ((columns - x[place]) / wide).clip(0, 1)
    back, on = t * t * (3 - 2 * t), t * t - t
    line = y[place] + back * (y[place + 1] - y[place]) + wide * on * ((t - 1) * slope[place] + t * slope[place + 1])
    # Next to the corners lips are round.
    for here, near, way in ((place == 0, 1, t), (place == len(x) - 2, -2, 1 - t)):
        end = 0 if near == 1 else -1
        around = y[end] + (y[near] - y[end]) * np.sqrt(np.maximum(1 - (1 - way) ** 2, 0))
        line = np.where(here, line + ROUND * (around - line), line)
    return line
