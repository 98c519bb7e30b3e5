"""What lies behind a person's edge: made up of what is seen beside it.

Light and shade go on smoothly, lines and patterns as copies of themselves (`copies`), and the grain is mirrored.
"""

import cv2
import numpy as np

from talking_face.face.matting.copies import find_copies
from talking_face.face.matting.rough import SIDE

BAND = 0.12  # eye distances outside the edge where strands of hair are looked for
REVEALED = 0.45  # eye distances inside the edge for which a background is made up
GRAIN = 0.08  # eye distances: what is finer is mirrored
NEAR = 0.3  # eye distances from copies within which what is made up may be copied wrongly
ROW = 1024  # places looked up in a row


def background_behind(part, alpha, distance, chin):
    """What lies behind the edge.

    Parameters
    ----------
    part : ndarray, (H, W, 3) uint8
        The photo around the face, RGB.
    alpha : ndarray, (H, W) uint8
        255 in the person, 0 behind.
    distance : float
        Between the eyes, pixels of the photo.
    chin : float
        Row of the photo that the chin is in.

    Returns
    -------
    clear : ndarray, (H, W, 3) float32
        The photo, and what is made up in the person's place, 0 to 255.
    error : ndarray, (h, w) float32
        Levels that this is wrong by, or that the background varies by, on a smaller picture of `SIDE` pixels an eye
        distance at most.
    copied : ndarray, (h, w) float32
        Share of it that is copied from elsewhere, or of what is near, 0 to 1, likewise.
    """
    scale = min(1.0, SIDE / distance)
    unit = distance * scale
    person = cv2.resize((alpha > 8).astype(np.uint8) * 255, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) > 8
    person = person.astype(np.uint8)
    hair = max(0, round((chin - 0.2 * distance) * scale))  # rows with hair, strands of which are not to be repeated
    person[:hair] = cv2.dilate(person, np.ones((2 * round(BAND * unit) + 1,) * 2, np.uint8))[:hair]
    if person.all():  # no background is seen
        return np.float32(part), *np.zeros((2, *person.shape), np.float32)
    small = cv2.resize(part, person.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    depth = cv2.distanceTransform(person, cv2.DIST_L2, 5)
    revealed = depth < REVEALED * unit
    copies = find_copies(part, small, 1 - person, revealed & (person > 0), unit)
    light = _smooth(small, person, unit)
    deep = cv2.resize(np.uint8(~revealed), part.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    clear = cv2.copyTo(cv2.resize(light, part.shape[1::-1], interpolation=cv2.INTER_LINEAR), deep, np.float32(part))
    _fill(clear, part, person * revealed, light, _mirrored(person, depth, unit, revealed), copies)
    return clear, copies.error, cv2.dilate(copies.share, np.ones((2 * round(NEAR * unit) + 1,) * 2, np.uint8))


def _smooth(small, person, unit):
    """A background's light and shade, gone on with behind the person: (h, w, 3) float32."""
    known = np.float32(1 - person)
    blur = lambda field: cv2.GaussianBlur(field, (0, 0), GRAIN * unit)
    light = blur(small * known[..., None]) / (blur(known) + 1e-3)[..., None]
    return cv2.GaussianBlur(diffused(light, known), (0, 0), 0.05 * unit)


def _mirrored(person, depth, unit, revealed):
    """What lies as far outside the edge as a place inside: right and down, and a share 0 to 1, (h, w, 3) float32."""
    smooth = cv2.GaussianBlur(depth - cv2.distanceTransform(1 - person, cv2.DIST_L2, 5), (0, 0), 0.12 * unit)
    inward = np.stack([cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)], -1)
    inward /= np.maximum(np.linalg.norm(inward, axis=-1, keepdims=True), 1e-6)
    move = -(2 * depth.clip(0, REVEALED * unit) + 1)[..., None] * inward
    y, x = np.mgrid[: person.shape[0], : person.shape[1]].astype(np.float32)
    seen = cv2.remap(1 - person, np.stack([x, y], -1) + move, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    share = cv2.GaussianBlur((seen * revealed).astype(np.float32), (0, 0), 1)
    return np.dstack([move, share])


def _fill(clear, part, hole, light, mirrored, copies):
    """Put what is made up in the person's place, in place; all but photo and result on a smaller picture."""
    size = part.shape[1::-1]
    near = cv2.dilate(hole, np.ones((3, 3), np.uint8))
    y, x = np.nonzero(cv2.resize(near, size, interpolation=cv2.INTER_NEAREST))
    count = len(x)
    rows = lambda values: np.resize(values, (-(-count // ROW), ROW, *values.shape[1:]))
    here = rows(np.float32(np.stack([x, y], -1)))
    factor = np.float32(np.array(size) / hole.shape[::-1])
    there = (here + 0.5) / factor - 0.5
    look = lambda field, at=there, how=cv2.INTER_LINEAR: cv2.remap(field, at, None, how, borderMode=cv2.BORDER_REFLECT)
    light_here, mirror = look(light), look(mirrored)
    # The grain: a place's colours without the light there.
    at = here + mirror[..., :2] * factor
    found = light_here + mirror[..., 2:] * (look(part, at) - look(light, (at + 0.5) / factor - 0.5))
    if copies.share.any():
        offsets = look(copies.offsets, how=cv2.INTER_NEAREST)
        copied = look(part, here + offsets[..., :2]) + look(copies.lighter)
        found += (look(copies.share) * offsets[..., 2])[..., None] * (copied - found)
    clear[y, x] = found.clip(0, 255).reshape(-1, 3)[:count]


def diffused(part, known):
    """Colours of the known pixels spread smoothly over the others, by a pyramid (Gortler et al. 1996, pull-push)."""
    if min(part.shape[:2]) < 4 or known.all():
        total = np.maximum(known.sum(), 1e-6)
        mean = (part * known[..., None]).sum((0, 1)) / total
        return np.where(known[..., None] > 0, part, mean).astype(np.float32)
    known = known.astype(np.float32)
    share = cv2.resize(known, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    colour = cv2.resize(part * known[..., None], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    colour = colour / np.maximum(share, 1e-6)[..., None]
    below = diffused(colour, (share > 0.05).astype(np.float32))
    below = cv2.resize(below, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return part * known[..., None] + below * (1 - known[..., None])
