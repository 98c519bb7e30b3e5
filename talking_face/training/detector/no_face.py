"""What is no face: backgrounds, and heads and skin without features, all drawn by chance."""

import cv2
import numpy as np

from talking_face.face.mesh.topology import OVAL


def part_of_photo(photo, size, random):
    """A square of a photo, perhaps mirrored, turned or in other colours: (size, size, 3) uint8."""
    height, width = photo.shape[:2]
    side = int(min(height, width) * np.exp(random.uniform(np.log(0.25), 0)))
    top, left = random.integers(0, height - side + 1), random.integers(0, width - side + 1)
    part = cv2.resize(photo[top : top + side, left : left + side], (size, size), interpolation=cv2.INTER_AREA)
    if random.random() < 0.5:
        part = part[:, ::-1]
    if random.random() < 0.3:
        part = np.rot90(part, random.integers(1, 4))
    if random.random() < 0.25:
        part = part[..., random.permutation(3)]
    return np.ascontiguousarray(part)


def plain_wall(size, random):
    """One colour, unevenly lit: (size, size, 3) uint8."""
    base = random.uniform(0, 255, 3) if random.random() < 0.5 else np.full(3, random.uniform(0, 255))
    field = (random.normal(0, random.uniform(0, 40), (3, 3, 1)) + base).astype(np.float32)
    return np.clip(cv2.resize(field, (size, size), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def outline(mesh):
    """A face's outline, whole pixels: (36, 2) int32."""
    return np.rint(mesh[list(OVAL)]).astype(np.int32)


def disorder(patch, mesh, random):
    """Shuffle the squares of a face, in place: picture (64, 64, 3) uint8, mesh (478, 2) in its pixels."""
    oval, before = outline(mesh), patch.copy()
    low, high = np.clip(oval.min(0), 0, 56), np.clip(oval.max(0), 8, 64)
    step = int(max(4, (high - low).min() // random.integers(2, 5)))
    squares = [(y, x) for y in range(low[1], high[1] - step, step) for x in range(low[0], high[0] - step, step)]
    for (y, x), j in zip(squares, random.permutation(len(squares)), strict=True):
        v, u = squares[j]
        patch[y : y + step, x : x + step] = before[v : v + step, u : u + step]


def featureless(patch, mesh, random):
    """A head all hair or all skin: arguments as of `disorder`; (64, 64, 3) uint8."""
    oval = outline(mesh)
    place = mesh[int(random.choice([10, 50, 280]))] + [0, random.choice([0, -14])]  # forehead, cheeks, or above them
    x, y = np.clip(place, 0, 63).astype(int)
    blank = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillPoly(blank, [np.rint(oval.mean(0) + 1.12 * (oval - oval.mean(0))).astype(np.int32)], 255)
    soft = cv2.GaussianBlur(blank, (0, 0), 1.5)[..., None].astype(np.float32) / 255
    fill = np.clip(patch[y, x] + cv2.GaussianBlur(random.normal(0, 60, patch.shape), (0, 0), 1.2), 0, 255)
    return (patch * (1 - soft) + fill * soft).astype(np.uint8)


def blob(patch, mesh, random):
    """Skin in the shape of an egg: arguments as of `disorder`; (64, 64, 3) and what of it counts, (64, 64), uint8."""
    x, y = np.clip(mesh[50], 0, 63).astype(int)
    shade = cv2.resize(random.normal(1, 0.2, (4, 4)).astype(np.float32), (64, 64), interpolation=cv2.INTER_CUBIC)
    patch = np.clip(patch[y, x] * shade[..., None], 0, 255).astype(np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    axes = (int(random.integers(12, 31)), int(random.integers(12, 31)))
    cv2.ellipse(mask, (32, 32), axes, float(random.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    return patch, mask
