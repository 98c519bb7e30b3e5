"""Strands and locks of hair beyond a person's edge."""

import cv2
import numpy as np

from talking_face.face.geometry import smoothstep
from talking_face.face.matting.background import diffused
from talking_face.face.matting.edge import FINE
from talking_face.face.matting.rough import SIDE

WIDE = 0.7  # eye distances outside the edge where locks of hair are looked for, if what lies beside them is plain
INNERMOST = 0.75  # share of the way to the photo's edge beyond which a wall is seen at least
ROOTS = 0.12  # eye distances outside the edge that belong to hair whatever goes on beyond
PLAIN = 6.0  # levels that a plain background varies by
UNEVEN = 60.0  # and by which its light and shade do, where little of it is seen
UNSURE = 40.0  # levels that what lies behind is wrong by, of which nothing more is known
OTHER = 45.0  # levels from anything between hair and a copied pattern: the pattern's own, copied wrongly
HAIR_RIM = 0.2  # eye distances inside the edge that have hair's colour


def with_locks(part, clear, alpha, distance, chin):
    """Add locks of hair far outside the edge, where the background beside them is plain.

    Parameters
    ----------
    part : ndarray, (H, W, 3) uint8
        The photo around the face, RGB.
    clear : ndarray, (H, W, 3) float32
        What lies behind, 0 to 255.
    alpha : ndarray, (H, W) uint8
        255 in the person, 0 behind.
    distance : float
        Between the eyes, pixels of the photo.
    chin : ndarray, (2,)
        x and y, pixels of the photo.

    Returns
    -------
    alpha : ndarray, (H, W) uint8
        With them.
    clear : ndarray, (H, W, 3) float32
        What lies behind, without what was mirrored of them.
    """
    size, scale = part.shape[1::-1], min(1.0, SIDE / distance)
    unit = distance * scale
    smaller = lambda field: cv2.resize(field, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small, person = smaller(part).astype(np.float32), (smaller(np.float32(alpha)) > 8).astype(np.uint8)
    away = cv2.distanceTransform(1 - person, cv2.DIST_L2, 5) / unit
    inward = cv2.distanceTransform(person, cv2.DIST_L2, 5) / unit
    rim = (inward < HAIR_RIM) & (person > 0)
    y, x = np.mgrid[: len(away), : away.shape[1]]
    above = y < chin[1] * scale
    sides = x < chin[0] * scale, x >= chin[0] * scale
    bare = y < chin[1] * scale - unit
    behind, wide, share = find_walls(small, np.where(above, away, 0), bare, sides, unit)
    if not share.any() or not (rim & above).any():
        return alpha, clear
    hair = _spread(small, rim & above, unit)
    share *= smoothstep((wide - away) / 0.15) * smoothstep((chin[1] * scale - y) / (0.3 * unit)) * (inward < WIDE)
    share *= np.linalg.norm(hair - behind, axis=-1) > 6 * PLAIN
    if not share.any():
        return alpha, clear
    apart = hair - behind
    square = np.maximum((apart**2).sum(-1, keepdims=True), 1)
    noise = 0.06 + 1.5 * PLAIN / np.sqrt(square)
    strange = cv2.dilate(np.abs(smaller(clear) - behind).max(-1), np.ones((3, 3)))
    mirrored = np.minimum(4 * share, 1) * smoothstep(strange / PLAIN - 1)  # of hair; the rest is the background's grain
    maps = behind, apart / square, share, noise, mirrored
    behind, towards, share, noise, mirrored = (
        cv2.resize(field, size, interpolation=cv2.INTER_LINEAR) for field in maps
    )
    clear = cv2.blendLinear(behind, clear, mirrored, 1 - mirrored)
    locks = np.einsum("hwc,hwc->hw", cv2.subtract(part, cv2.convertScaleAbs(behind), dtype=cv2.CV_32F), towards)
    locks = share * np.clip((locks - noise) / (1 - noise), 0, 1)
    # Hair is joined to the person; what goes on beyond is none, but for its roots.
    stray = cv2.dilate((locks > 0.1).astype(np.uint8), np.ones((3, 3), np.uint8))
    out = cv2.resize(np.float32(away - wide), size, interpolation=cv2.INTER_LINEAR)
    tips = cv2.connectedComponents(stray * np.uint8(cv2.resize(away, size) > ROOTS))[1]
    stray[_with_any(tips, out > -0.2)[tips]] = 0
    pieces = cv2.connectedComponents(stray)[1]
    hairs = _with_any(pieces, alpha > 128) & _with_any(pieces, locks > 0.5)
    return np.maximum(alpha, np.rint(255 * locks * hairs[pieces])).astype(np.uint8), clear


def find_walls(small, away, bare, sides, unit):
    """The wall beside a person, where it is plain.

    Parameters
    ----------
    small : ndarray, (h, w, 3) float32
    away : ndarray, (h, w)
        Eye distances outside the person, 0 where no wall is looked for.
    bare : ndarray, (h, w) bool
        Above where there may be clothes.
    sides : sequence of ndarray, (h, w) bool
        Left and right.
    unit : float
        Pixels an eye distance.

    Returns
    -------
    wall : ndarray, (h, w, 3) float32
        Its colours, everywhere.
    wide : ndarray, (h, w)
        Eye distances from the person within which there may be hair before it.
    plain : ndarray, (h, w)
        1 on those sides where it is one, else 0.
    """
    wide, plain = np.full_like(away, WIDE), np.zeros_like(away)
    beyond = lambda: (away > wide) & (away < 2 * wide)
    differs = lambda wall: np.abs(small - wall).max(-1)
    is_plain = lambda wall, where: where.sum() > 30 and np.percentile(differs(wall)[where], 90) < PLAIN
    wall = _spread(small, beyond(), unit)
    for side in sides:
        plain[side] = is_plain(wall, beyond() & side)
        if not plain[side].any():
            # Where the photo ends nearer, it is the outermost, and what is about as that, up to the head.
            wide[side] = min(WIDE, INNERMOST * away[side].max())
            outermost, beside = beyond() & side & bare, (away > 0) & side
            near = _spread(small, outermost, unit)
            near = _spread(small, outermost | ((differs(near) < 2 * PLAIN) & beside), unit)
            even = is_plain(near, outermost) and np.ptp(near[beside], 0).max() < UNEVEN
            if even and np.median(differs(near)[beside & (away < wide)]) < PLAIN:
                wall[side], plain[side] = near[side], 1
    return wall, wide, plain


def _spread(small, known, unit):
    """Colours of the known pixels, smoothly everywhere."""
    return cv2.GaussianBlur(diffused(small, np.float32(known)), (0, 0), 0.25 * unit)


def _with_any(pieces, places):
    """Which of the pieces, labels (H, W) but 0, have any of the places: (N,) bool."""
    found = np.bincount(pieces[places], minlength=pieces.max() + 1) > 0
    found[0] = False
    return found


def find_strands(part, clear, error, copied, alpha, distance):
    """Strands of hair beyond the edge, by how far their colour is from the background towards hair.

    Parameters
    ----------
    part : ndarray, (H, W, 3) uint8
        The photo around the face, RGB.
    clear : ndarray, (H, W, 3) float32
        What lies behind, 0 to 255.
    error, copied : ndarray, (h, w) float32
        Levels that this is wrong by, and the share of it that is copied, of `background_behind`.
    alpha : ndarray, (H, W) uint8
        255 in the person, 0 behind.
    distance : float
        Between the eyes, pixels of the photo.

    Returns
    -------
    strands : ndarray, (H, W) uint8
        Their alpha, 0 where there are none.
    plain : ndarray, (H, W) float32
        How sure it is what lies behind, 0 to 1.
    """
    scale = min(1.0, FINE / distance)
    smaller = lambda field: cv2.resize(field, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    size = (2 * round(0.1 * distance * scale) + 1,) * 2
    box = lambda field: cv2.boxFilter(field, -1, size)
    small, behind = smaller(part).astype(np.float32), smaller(clear)
    inside, beyond = (smaller(np.float32(where)) for where in (alpha > 230, alpha < 8))
    near = box(inside)
    hair = box(small * inside[..., None]) / (near + 1e-3)[..., None]
    apart = hair - behind
    contrast = np.maximum((apart**2).sum(-1), 1)
    share = ((small - behind) * apart).sum(-1) / contrast
    # What the background itself may vary by is no hair.
    error = cv2.resize(error, small.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    noise = np.minimum(
        0.06 + 1.5 * error / np.sqrt(contrast) + np.abs(box(share * beyond) / (box(beyond) + 1e-3)), 0.95
    )
    noise, hair, near = (
        cv2.resize(field, part.shape[1::-1], interpolation=cv2.INTER_LINEAR) for field in (noise, hair, near)
    )
    found = np.zeros(part.shape[:2], np.float32)
    where = (near > 0.02) & (alpha < 255)
    apart, noise = hair[where] - clear[where], noise[where]
    differs = part[where] - clear[where]
    share = (differs * apart).sum(-1) / np.maximum((apart**2).sum(-1), 1)
    strange = smoothstep(2 * np.linalg.norm(differs - share.clip(0, 1)[:, None] * apart, axis=-1) / OTHER - 1)
    either = 1 - strange * cv2.resize(copied, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)[where]
    share *= either
    found[where] = np.clip((share - noise) / (1 - noise), 0, 1) * smoothstep((near[where] - 0.02) / 0.1)
    plain = np.clip(1.3 - error / UNSURE, 0, 1)
    plain = cv2.resize(plain, found.shape[::-1], interpolation=cv2.INTER_LINEAR)
    plain[where] *= either
    return np.rint(255 * found).astype(np.uint8), plain
