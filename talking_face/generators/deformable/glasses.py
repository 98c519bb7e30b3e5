"""Glasses in a photo: whether somebody wears some, and where their upper rims lie, which lids must not move.

Places are in eye distances along the face's axes, from the middle of the eyes, as in `eyes.Eyes`.
"""

import cv2
import numpy as np
from numpy.polynomial import Polynomial

STEP = 0.01  # between rows
BRIDGE = np.stack(np.meshgrid(np.linspace(-0.08, 0.08, 17), np.arange(-0.2, 0.2, STEP)), -1)  # of the nose
ACROSS, RIM = 0.035, 0.04  # of the light, a step: edges of glasses on the bridge, and of their rims
BEYOND = 0.08  # eye distances to either side of an eye: so far a rim goes on, and a fold of the lid does not
WIDTHS = range(2, 9)  # steps: of rims
REACH, CLEAR = 22, 2  # steps above a lid: where rims are looked for
SLOPES, BENDS = (a.reshape(-1, 1) for a in np.meshgrid(np.linspace(-0.24, 0.24, 7), (0, 0.25, 0.5)))  # of rims


def wears_glasses(light):
    """Whether a bar lies level across the bridge of the nose, with an edge above it and another below.

    Parameters
    ----------
    light : callable
        Of places (H, W, 2): (H, W) float64.
    """
    edges = _edges(light(BRIDGE), 1, 1)
    return bool(min(edges.max(), -edges.min()) > ACROSS)


def find_rim(light, x, lid):
    """The lower edge of the plainest bar that lies above a lid and goes on beside the eye.

    Parameters
    ----------
    light : callable
        As of `wears_glasses`.
    x, lid : ndarray, (N,)
        Columns of an eye, and the lid's heights there.

    Returns
    -------
    numpy.polynomial.Polynomial or None
        Its heights over columns; None where there is none.
    """
    middle = x.mean()
    touching = (lid - SLOPES * (x - middle) - BENDS * (x - middle) ** 2).min(1, keepdims=True)
    x = np.linspace(x[0] - BEYOND, x[-1] + BEYOND, 30)
    lines = touching + SLOPES * (x - middle) + BENDS * (x - middle) ** 2
    y = STEP * np.arange(-REACH, 0)[:, None, None] + lines
    seen = light(np.stack(np.broadcast_arrays(x, y), -1).reshape(REACH, -1, 2))
    thirds = _edges(seen, len(lines), 3)
    lighter, darker = np.maximum(thirds.min(2), 0), np.maximum(-thirds.max(2), 0)  # by how much, all along the line
    bars = np.zeros((len(WIDTHS), *lighter.shape))  # by where their lower edges are
    for bar, width in zip(bars, WIDTHS):
        dark, bright = np.minimum(darker[:-width], lighter[width:]), np.minimum(lighter[:-width], darker[width:])
        bar[width:] = np.maximum(dark, bright)
    bars = bars.max(0)[: 1 - CLEAR]
    row, line = np.unravel_index(bars.argmax(), bars.shape)
    if bars[row, line] < RIM:
        return None
    height = touching[line, 0] + STEP * (row + 0.5 - REACH)
    return Polynomial([height, SLOPES[line, 0], BENDS[line, 0]])(Polynomial([-middle, 1]))


def _edges(light, lines, pieces):
    """How the light changes down a row, of its mean, along pieces of lines side by side: (H - 1, lines, pieces)."""
    steps = np.diff(cv2.GaussianBlur(light, (1, 7), 1), axis=0)
    return np.median(steps.reshape(len(steps), lines, pieces, -1), axis=3) / light.mean()
