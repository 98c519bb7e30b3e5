"""How a background's lines and patterns go on behind a person: by copies of what is seen elsewhere.

Statistics of patch offsets (He & Sun 2012): offsets at which the background around the edge looks as it does elsewhere,
and for every place behind the edge the one at which what is seen beside it fits best.
"""

from dataclasses import dataclass

import cv2
import numpy as np

PATCH = 0.35  # eye distances: half the side of what is compared
APART = 0.2  # eye distances between places that are looked for elsewhere
FAR = 1.6  # eye distances away that they are looked for
DETAIL = 0.12  # eye distances: coarser structure goes on by itself
PLAIN = 3.0  # levels that a background varies by which has none
ALIKE = 1.5  # pixels between offsets taken for one
MISSING = 80.0**2  # squared levels that a place without a copy costs
FITS = 0.45  # share of the detail around that copies have to explain, and
AROUND = 0.5  # eye distances around that are meant
AT_LEAST = 0.2  # share that one has to explain
COMMON = 0.25  # share of the places with any detail where they have to: what is alike here and there only is no pattern


@dataclass(frozen=True)
class Copies:
    """What copies of a background can stand in for what is hidden, on a small picture.

    Attributes
    ----------
    offsets : ndarray, (h, w, 3) float32
        Where a copy is taken from, right and down in pixels of the photo; and 1 where there is one, else 0.
    lighter : ndarray, (h, w, 3) float32
        Levels to add to it.
    share : ndarray, (h, w) float32
        How far it is to be believed, 0 to 1.
    error : ndarray, (h, w) float32
        Levels that what is made up is wrong by.
    """

    offsets: np.ndarray
    lighter: np.ndarray
    share: np.ndarray
    error: np.ndarray


def find_copies(part, small, known, hole, unit):
    """Find copies for what is hidden.

    Parameters
    ----------
    part : ndarray, (H, W, 3) uint8
        The photo.
    small : ndarray, (h, w, 3) float32
        The same, smaller.
    known : ndarray, (h, w) uint8
        1 where the background is seen.
    hole : ndarray, (h, w) bool
        Where it is to be made up.
    unit : float
        Pixels of the small picture an eye distance.

    Returns
    -------
    Copies
    """
    seen = np.float32(known)
    box = _box(PATCH * unit)
    blur = lambda field: cv2.GaussianBlur(field, (0, 0), DETAIL * unit)
    smooth = blur(small * seen[..., None]) / (blur(seen)[..., None] + 1e-3)
    detail = (small - smooth) * seen[..., None]
    varies = box((detail**2).sum(-1)) / (box(seen) + 1e-3)
    at = _nearest(known, hole)
    varies[hole] = varies[at]
    edge = np.zeros_like(hole)
    edge[at] = varies[at] > 3 * PLAIN**2
    candidates = _candidates(detail, known, hole, edge, unit)
    error, choice = _choose(detail, seen, hole, at, candidates, box)
    fit, detailed = np.zeros(hole.shape, np.float32), varies[at] > 3 * PLAIN**2
    fit[hole] = (1 - np.minimum(error / np.maximum(varies[at], 1), 1)) * detailed
    around = _box(AROUND * unit)
    share = (around(fit) > FITS * around(np.float32(hole))) & (fit > AT_LEAST)
    share &= share[hole].sum() > COMMON * detailed.sum()
    share &= cv2.dilate(np.uint8((known == 0) & ~hole), np.ones((7, 7), np.uint8)) == 0
    varies[hole] = np.where(share[hole], error, varies[hole])
    share = cv2.GaussianBlur(np.float32(share), (0, 0), 1)
    offsets, lighter = np.zeros_like(small), np.zeros_like(small)
    scale, hidden = np.array(part.shape[:2]) / known.shape, np.array(np.nonzero(hole))
    for index in np.unique(choice[(share[hole] > 0) & (choice >= 0)]):
        chosen, candidate = choice == index, candidates[index]
        places = tuple(hidden[:, chosen])
        offsets[places] = *_exact(part, known, candidate, scale, round(PATCH * unit))[::-1], 1
        both = seen * _shifted(seen, *candidate[1:3])
        apart = box((small - _shifted(small, *candidate[1:3])) * both[..., None])
        lighter[places] = (apart / (box(both) + 1e-3)[..., None])[at][chosen]
    return Copies(offsets, lighter, share, np.sqrt(varies))


def _choose(detail, seen, hole, at, candidates, box):
    """Of each place in a hole, (N), what the best copy differs by, squared levels, and the candidate's index or -1."""
    rows, columns = np.nonzero(hole)
    error, choice = np.full(len(rows), MISSING, np.float32), np.full(len(rows), -1)
    for index, (_, down, right, *_) in enumerate(candidates):
        there = _shifted(seen, down, right)
        both = seen * there
        apart = ((detail - _shifted(detail, down, right)) ** 2).sum(-1) * both
        compared = box(both)[at]
        cost = box(apart)[at] / (compared + 1e-3) + MISSING * ((compared < 0.1) | (there[rows, columns] == 0))
        better = cost < error
        error[better], choice[better] = cost[better], index
    return error, choice


def _candidates(detail, known, hole, edge, unit):
    """Offsets and the places that they were found for: list of (cost, down, right, row, column), best first."""
    half, far = round(PATCH * unit), round(FAR * unit)
    places = np.argwhere(edge)
    places = places[np.unique(places // max(2, round(APART * unit)), axis=0, return_index=True)[1]]
    pad = lambda field, value=0: cv2.copyMakeBorder(field, *[half] * 4, cv2.BORDER_CONSTANT, value=value)
    picture, seen, missing = pad(detail), pad(np.float32(known)), pad(np.float32(1 - known), 1)
    wanted = seen + pad(np.float32(hole))
    found = []
    for row, column in places.tolist():
        window = np.s_[row : row + 2 * half + 1, column : column + 2 * half + 1]
        top, left = max(0, row - far), max(0, column - far)
        search = np.s_[top : row + far + 2 * half, left : column + far + 2 * half]
        mask, need = seen[window], wanted[window]
        apart = cv2.matchTemplate(picture[search], picture[window], cv2.TM_SQDIFF, mask=cv2.merge([mask] * 3))
        lost = cv2.matchTemplate(missing[search], need, cv2.TM_CCORR)
        cost = apart / mask.sum() + MISSING * lost / need.sum()
        y, x = np.unravel_index(cost.argmin(), cost.shape)
        found.append((float(cost[y, x]), int(top + y) - row, int(left + x) - column, row, column))
    kept = []
    for one in sorted(found):
        if all(np.hypot(one[1] - down, one[2] - right) > ALIKE for _, down, right, *_ in [(0, 0, 0), *kept]):
            kept.append(one)
    return kept


def _exact(part, known, candidate, scale, half):
    """A candidate's offset, down and right, in pixels of the photo, `scale` times the small one."""
    _, down, right, row, column = candidate
    slack = np.ceil(scale).astype(int)
    shift = np.rint(scale * [down, right]).astype(int)
    low = np.rint(scale * [row - half, column - half]).astype(int)
    high = np.rint(scale * [row + half + 1, column + half + 1]).astype(int)
    low = np.maximum.reduce([low, 0 * low, slack - shift])
    high = np.minimum.reduce([high, part.shape[:2], part.shape[:2] - slack - shift])
    if (high - low < 2 * slack).any():
        return shift
    nearest = [(np.arange(*ends) / factor).astype(int) for *ends, factor in zip(low, high, scale)]
    mask = np.float32(known[np.ix_(*(np.minimum(i, n - 1) for i, n in zip(nearest, known.shape)))])
    if not mask.any():
        return shift
    grey = lambda low, high: np.float32(cv2.cvtColor(part[low[0] : high[0], low[1] : high[1]], cv2.COLOR_RGB2GRAY))
    there = grey(low + shift - slack, high + shift + slack)
    apart = cv2.matchTemplate(there, grey(low, high), cv2.TM_SQDIFF, mask=mask)
    return shift - slack + np.unravel_index(apart.argmin(), apart.shape)


def _nearest(known, hole):
    """The seen places nearest to those of a hole: rows and columns, (N) each."""
    _, labels = cv2.distanceTransformWithLabels(1 - known, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    seen = np.nonzero(known)
    places = np.zeros((2, labels.max() + 1), int)
    places[:, labels[seen]] = seen
    return tuple(places[:, labels[hole]])


def _shifted(field, down, right):
    """field[y + down, x + right], 0 outside."""
    matrix = np.float32([[1, 0, -right], [0, 1, -down]])
    return cv2.warpAffine(field, matrix, field.shape[1::-1], flags=cv2.INTER_NEAREST)


def _box(half):
    """Mean over a square of 2 `half` pixels' side."""
    size = (2 * round(half) + 1,) * 2
    return lambda field: cv2.boxFilter(field, -1, size)
