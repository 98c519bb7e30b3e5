"""How a face opens its lips; and mouth width as lively as real ones, of which the loss leaves the network any gain."""

import numpy as np

from talking_face.evaluation.lips.correlation import mouth_width
from talking_face.face.geometry import MIRROR, lip_opening


def match_width(basis, coefficients, shapes, opening):
    """Shrink a basis along the predicted pattern of width until width varies as in real shapes; the opening stays.

    Parameters
    ----------
    basis : ndarray, (K, 136)
        Displacement a unit of each coefficient.
    coefficients : ndarray, (N, K)
        Predictions for recordings trained on.
    shapes : ndarray, (M, 136)
        Displacements of real people.
    opening : ndarray, (68, 2)
        Displacement that opens the lips by one eye distance.

    Returns
    -------
    ndarray, (K, 136)
    """
    predicted = coefficients @ basis
    width = mouth_width(predicted.reshape(-1, 68, 2))
    share = min(1.0, mouth_width(shapes.reshape(-1, 68, 2)).std() / max(width.std(), 1e-6))
    centred = width - width.mean()
    pattern = (centred @ predicted / (centred**2).sum()).reshape(68, 2)
    pattern = pattern - lip_opening(pattern) * opening
    pattern = pattern / mouth_width(pattern)
    return basis - (1 - share) * np.outer(mouth_width(basis.reshape(-1, 68, 2)), pattern)


def lip_opening_displacement(shapes):
    """How the face moves when speech opens its lips by one eye distance: (N, 68, 2) -> (68, 2), by regression."""
    gap = lip_opening(shapes)
    centred = gap - gap.mean()
    pattern = np.einsum("n,nij->ij", centred, shapes) / (centred**2).sum()
    pattern = (pattern + pattern[MIRROR] * [-1, 1]) / 2
    return pattern / lip_opening(pattern)
