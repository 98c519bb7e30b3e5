"""Things in front of a face, drawn on a crop: hands, glasses, fringes, microphones, masks, pieces of pictures."""

import cv2
import numpy as np

from talking_face.face.mesh.topology import LEFT_CORNERS, LEFT_EYE, LIPS, RIGHT_CORNERS, RIGHT_EYE

SHIFT = 4  # fractional bits of drawn coordinates
RIGHT_TEMPLE, LEFT_TEMPLE = 127, 356  # points of the mesh


def _at(point):
    return tuple(int(v) for v in np.rint(np.asarray(point, np.float64) * (1 << SHIFT)))


def _line(picture, start, end, width, colour=255):
    cv2.line(picture, _at(start), _at(end), colour, max(1, int(width)), cv2.LINE_AA, SHIFT)


def _ellipse(picture, middle, axes, degrees, colour=255, width=-1):
    """Filled, unless `width` says how thick its line is."""
    cv2.ellipse(picture, _at(middle), _at(axes), degrees, 0, 360, colour, width, cv2.LINE_AA, SHIFT)


def _corners(points):
    """Corners (N, 2) as OpenCV draws them."""
    return [np.rint(points * (1 << SHIFT)).astype(np.int32)]


def _shade(random, colour, size):
    """A layer of one colour with soft light and some grain, so that it is no flat cut-out."""
    field = np.exp(random.normal(0, 0.25, (3, 3))).astype(np.float32)
    field = cv2.resize(field, (size, size), interpolation=cv2.INTER_CUBIC)
    colour = np.asarray(colour, np.float32)
    shaded = field[..., None] * colour
    if random.random() < 0.5:
        shaded += cv2.resize(random.normal(0, 12, (size // 2, size // 2)).astype(np.float32), (size, size))[..., None]
    return np.clip(shaded, 0, 255).astype(np.uint8)


def _skin(crop, points, random):
    """A colour from this face, a bit lighter or darker."""
    size = crop.shape[0]
    x, y = np.clip(points[int(random.choice([50, 280, 151, 5]))].astype(int), 0, size - 1)
    return crop[y, x].astype(np.float32) * random.uniform(0.75, 1.2)


def _hand(crop, points, unit, random, mask):
    target = points[int(random.choice([13, 14, 61, 291, 50, 280, 152, 4, 133, 362]))] + random.normal(0, 0.25 * unit, 2)
    angle = random.uniform(0, 2 * np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    width = unit * random.uniform(0.18, 0.3)
    count = int(random.integers(1, 6))
    for k in range(count):
        tip = target + across * width * 1.05 * (k - (count - 1) / 2) + along * random.normal(0, 0.12 * unit)
        bend = tip - along * unit * random.uniform(0.5, 0.8) + across * random.normal(0, 0.06 * unit)
        end = bend - along * unit * random.uniform(0.8, 2.5)
        for a, b in ((tip, bend), (bend, end)):
            _line(mask, a, b, width)
    return _shade(random, _skin(crop, points, random), len(crop))


def _mask_cloth(crop, points, unit, random, mask):
    top = int(random.choice([197, 195, 5, 4, 1, 164]))
    ring = [234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454]
    outline = np.concatenate([points[[top]], points[ring if top in (197, 195, 5) else ring[1:-1]]])
    cv2.fillPoly(mask, _corners(outline), 255, cv2.LINE_AA, SHIFT)
    colours = [(200, 220, 235), (235, 235, 235), (25, 25, 30), (120, 170, 200), tuple(random.uniform(0, 255, 3))]
    return _shade(random, colours[int(random.integers(len(colours)))], len(crop))


def _microphone(crop, points, unit, random, mask):
    lips = points[[13, 14, 61, 291]].mean(0)
    middle = lips + random.normal(0, 0.35, 2) * unit + [0, 0.25 * unit]
    axes = unit * random.uniform(0.15, 0.5, 2)
    _ellipse(mask, middle, axes, float(random.uniform(0, 180)))
    angle = np.pi / 2 + random.normal(0, 0.7)
    end = middle + 5 * unit * np.array([np.cos(angle), np.sin(angle)])
    _line(mask, middle, end, unit * random.uniform(0.08, 0.3))
    return _shade(random, random.uniform(0, 90) + random.normal(0, 12, 3), len(crop))


def _fringe(crop, points, unit, random, mask):
    left, right = points[RIGHT_TEMPLE], points[LEFT_TEMPLE]  # in the picture
    across = (right - left) / max(np.linalg.norm(right - left), 1e-6)
    down = np.array([-across[1], across[0]])
    count = int(random.integers(12, 40))
    reach = random.uniform(0.35, 1.15)
    parting = random.uniform(0.1, 0.9)
    lean = random.normal(0, 0.25)
    for _ in range(count):
        t = random.random()
        root = left + (right - left) * (1.3 * t - 0.15) - down * unit * random.uniform(0.7, 1.1)
        length = unit * (0.9 + reach * random.uniform(0.6, 1.0) * min(1.0, 0.35 + abs(t - parting) * 2))
        tip = root + down * length + across * unit * (lean + random.normal(0, 0.08))
        _line(mask, root, tip, unit * random.uniform(0.03, 0.16))
    colours = [(20, 18, 18), (45, 32, 25), (90, 60, 40), (170, 135, 90), (130, 130, 130), (110, 50, 30)]
    colour = np.array(colours[int(random.integers(len(colours)))]) * random.uniform(0.6, 1.4)
    return _shade(random, colour, len(crop))


def _glasses(crop, points, unit, random, mask):
    """Frames, and lenses clear, tinted or dark: drawn by itself, as lenses are see-through."""
    layer = crop.copy()
    across = points[LEFT_CORNERS[1]] - points[RIGHT_CORNERS[0]]
    degrees = float(np.degrees(np.arctan2(across[1], across[0])))
    dark_frame = random.random() < 0.7
    shade = random.uniform(0, 60) + random.normal(0, 10, 3) if dark_frame else random.uniform(0, 230, 3)
    colour = tuple(float(v) for v in shade)
    thickness = max(1, int(unit * random.uniform(0.02, 0.1)))
    dark = random.random() < 0.35
    half = unit * random.uniform(0.3, 0.46), unit * random.uniform(0.2, 0.36)  # width and height of a lens
    tint = random.uniform(0, 50, 3)
    shift = np.array([0, unit * random.uniform(-0.05, 0.1)])
    right, left = (points[list(eye)].mean(0) + shift for eye in (RIGHT_EYE, LEFT_EYE))
    for middle in (right, left):
        if random.random() < 0.5 or dark:
            share = random.uniform(0.75, 1.0) if dark else random.uniform(0.02, 0.3)
            glass = tint if dark or random.random() < 0.6 else np.full(3, 240.0)
            lens = np.zeros_like(mask)
            _ellipse(lens, middle, half, degrees)
            alpha = (lens.astype(np.float32) * (share / 255))[..., None]
            layer = (layer * (1 - alpha) + glass.astype(np.float32) * alpha).astype(np.uint8)
    draw_rim = _ellipse if random.random() < 0.5 else _angular_rim
    for middle in (right, left):
        draw_rim(layer, middle, half, degrees, colour, thickness)
    inwards = (left - right) / max(np.linalg.norm(left - right), 1e-6) * half[0]
    _line(layer, right + inwards, left - inwards, thickness, colour)  # the bridge, then the temples
    _line(layer, right - inwards, points[RIGHT_TEMPLE], thickness, colour)
    _line(layer, left + inwards, points[LEFT_TEMPLE], thickness, colour)
    return layer


def _angular_rim(layer, middle, half, degrees, colour, thickness):
    """Four corners, closer together below."""
    (width, height), c, s = half, np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    upright = np.array([[-width, -height], [width, -height], [0.85 * width, height], [-0.85 * width, height]])
    corners = _corners(upright @ np.array([[c, s], [-s, c]]) + middle)
    cv2.polylines(layer, corners, True, colour, thickness, cv2.LINE_AA, SHIFT)


def _patch(crop, points, unit, random, mask):
    middle = points[:468].mean(0) + random.normal(0, 0.8, 2) * unit
    axes = unit * random.uniform(0.1, 0.7, 2)
    if random.random() < 0.5:
        _ellipse(mask, middle, axes, float(random.uniform(0, 180)))
    else:
        box = cv2.boxPoints((tuple(middle.tolist()), tuple((2 * axes).tolist()), float(random.uniform(0, 180))))
        cv2.fillPoly(mask, _corners(box), 255, cv2.LINE_AA, SHIFT)
    if random.random() < 0.5:
        return np.ascontiguousarray(np.roll(crop, tuple(random.integers(0, crop.shape[0], 2)), (0, 1))[::-1])
    return _shade(random, random.uniform(0, 255, 3), len(crop))


KINDS = ((_hand, 0.26), (_mask_cloth, 0.08), (_microphone, 0.16), (_fringe, 0.2), (_glasses, 0.2), (_patch, 0.1))


def occlude(crop, points, unit, random):
    """Draw one thing in front of a face.

    Parameters
    ----------
    crop : ndarray, (S, S, 3) uint8
    points : ndarray, (478, 2)
        Crop pixels.
    unit : float
        Crop pixels an eye distance.

    Returns
    -------
    crop : ndarray, (S, S, 3) uint8
    covered : float
        Share of the lips' points behind it.
    """
    draw = KINDS[int(random.choice(len(KINDS), p=[p for _, p in KINDS]))][0]
    mask = np.zeros(crop.shape[:2], np.uint8)
    layer = draw(crop, points, unit, random, mask)
    if draw is _glasses:
        return layer, 0.0
    if random.random() < 0.5:
        mask = cv2.GaussianBlur(mask, (3, 3), 0)
    size = crop.shape[0]
    lips = np.rint(points[list(LIPS)]).astype(int)
    inside = ((lips >= 0) & (lips < size)).all(1)
    covered = (mask[lips[inside, 1], lips[inside, 0]] > 127).sum() / len(lips)
    alpha = mask.astype(np.float32)[..., None] / 255
    return (crop + (layer.astype(np.float32) - crop) * alpha).astype(np.uint8), float(covered)


def cut_off(crop, points, unit, random):
    """End the picture within the face, on one side; beyond, it is reflected, as crops of photos are, or empty.

    Takes and returns what `occlude` does.
    """
    size, middle = crop.shape[0], points[list(LIPS)].mean(0) - [0, 0.5 * unit]
    axis, later = int(random.integers(2)), random.random() < 0.5
    sign = 1 if later else -1
    place = int(middle[axis] + sign * random.uniform(0.15, 1.5) * unit)
    kept = place if later else size - place
    if not size // 5 < kept < size:
        return crop, 0.0
    lips = points[list(LIPS), axis]
    covered = float((sign * (lips - place) > 0).mean())
    view = np.moveaxis(crop, 1 - axis, 0)  # rows along the axis
    view = view if later else view[::-1]
    result = view.copy()
    way = random.random()
    if way < 0.6:
        index = np.abs((np.arange(kept, size) - kept) % (2 * kept - 2))
        result[kept:] = view[kept - 1 - np.minimum(index, 2 * kept - 2 - index)]
    elif way < 0.8:
        result[kept:] = view[kept - 1]
    else:
        result[kept:] = random.choice([0, 255, random.uniform(0, 255)])
    result = result if later else result[::-1]
    return np.ascontiguousarray(np.moveaxis(result, 0, 1 - axis)), covered
