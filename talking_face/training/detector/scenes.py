"""Scenes: faces of the pool pasted, cut out or as they are, onto backgrounds of all kinds, and then photographed."""

import cv2
import numpy as np
import torch

from talking_face.face.detector.detector import stretch
from talking_face.face.mesh.topology import OVAL
from talking_face.training.detector.no_face import blob, disorder, featureless, part_of_photo, plain_wall
from talking_face.training.mesh.augmentation.occlusion import occlude
from talking_face.training.mesh.augmentation.photometry import photograph
from talking_face.training.mesh.nothing import scribble

SIDE = 192  # of a scene, pixels
CROP = 256  # of a pool's picture
MOST = 6  # faces a scene
STEEPEST = 60  # degrees that a face may be turned in the picture's plane
SMALLEST = 5.5  # eye distance in a scene, pixels; smaller faces count neither as faces nor as none


class Scenes(torch.utils.data.Dataset):
    """Scene number n, always the same: (SIDE, SIDE, 3) uint8, stretched and padded, and faces (MOST, 8) float32.

    A face's row: x and y of right eye, left eye and mouth (pixels from the edges), size, and 1, or 2 where it counts
    neither as a face nor as none, or 3 where it lies so far on its side that it counts as none; 0 in unused rows.
    """

    def __init__(self, pool, backgrounds, held_out, seed, count=1 << 40):
        self.pool, self.backgrounds, self.seed, self.count = pool, backgrounds, seed, count
        self.cumulative = np.cumsum(pool.probabilities(held_out))

    def __len__(self):
        return self.count

    def __getitem__(self, number):
        picture, faces = self.scene(np.random.default_rng([self.seed, int(number)]))
        table = np.zeros((MOST, 8), np.float32)
        for n, face in enumerate(faces):
            table[n] = face
        padded = np.full((SIDE, SIDE, 3), 128, np.uint8)
        padded[: picture.shape[0], : picture.shape[1]] = stretch(picture)
        return torch.from_numpy(padded), torch.from_numpy(table)

    def scene(self, random):
        """A picture (H, W, 3) uint8, its long side SIDE, and rows of faces."""
        size = np.array([SIDE, SIDE])  # width, height
        if random.random() < 0.7:
            size[random.integers(2)] = int(SIDE * random.uniform(0.5, 1))
        scene = self.background(random)
        rows = []
        for _ in range(int(random.choice(3, p=[0.45, 0.35, 0.2]))):
            self._distract(scene, size, random)
        for scale in self._scales(random):
            row = self._paste(scene, size, scale, rows, random)
            if row is not None:
                rows.append(row)
        scene = photograph(scene, random, 0.7)
        return np.ascontiguousarray(scene[: size[1], : size[0]]), rows

    def _scales(self, random):
        """Sizes of a scene's faces, largest last, pixels."""
        way = random.random()
        if way < 0.09:
            return []
        if way < 0.55:
            return [np.exp(random.uniform(np.log(6.5), np.log(80)))]
        if way < 0.58:  # from below what can be seen
            return [np.exp(random.uniform(np.log(3), np.log(8)))]
        count = int(random.integers(2, MOST))
        largest = np.exp(random.uniform(np.log(10), np.log(90 / count)))
        return sorted(np.clip(largest * np.exp(-np.abs(random.normal(0, 0.5, count))), 6, None))

    def _choose(self, random):
        return int(np.searchsorted(self.cumulative, random.random() * self.cumulative[-1]))

    def background(self, random):
        """(SIDE, SIDE, 3) uint8 without a face."""
        way = random.random()
        if way < 0.4:
            return part_of_photo(self.backgrounds[random.integers(len(self.backgrounds))], SIDE, random)
        if way < 0.6:
            return scribble(SIDE, random)
        if way < 0.8:  # what is beside and below a face, enlarged
            part = self._faceless(random)
            return cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        return plain_wall(SIDE, random)

    def _faceless(self, random):
        """A part of a pool's picture beside or below the face, or its upper hair."""
        i = self._choose(random)
        level = int(random.integers(2))
        pixels, oval = self.pool.pixels(i, level), self.pool.meshes[i][list(OVAL)].astype(np.float32) / (1 << level)
        side = pixels.shape[0]
        left, top, right, bottom = *oval.min(0), *oval.max(0)
        parts = [(bottom + 2, side, 0, side), (0, side, 0, left - 2), (0, side, right + 2, side), (0, top - 2, 0, side)]
        parts = [tuple(int(np.clip(v, 0, side)) for v in part) for part in parts]
        parts = [part for part in parts if part[1] - part[0] > 12 and part[3] - part[2] > 12]
        if not parts:
            return pixels[-12:, :12]
        a, b, c, d = parts[random.integers(len(parts))]
        return np.ascontiguousarray(pixels[a:b, c:d])

    def _distract(self, scene, size, random):
        """Paste something that is no face: pieces of pictures, faces in disorder, heads from behind, blobs of skin."""
        way = random.random()
        side = int(np.exp(random.uniform(np.log(12), np.log(130))))
        mask = None
        if way < 0.35:
            patch = self._faceless(random)
        elif way < 0.5:
            patch = self._piece(random)
        else:
            i = self._choose(random)
            patch, mesh = self.pool.pixels(i, 2).copy(), self.pool.meshes[i].astype(np.float32) / 4
            if way < 0.7:
                disorder(patch, mesh, random)
            elif way < 0.88:
                patch = featureless(patch, mesh, random)
                if random.random() < 0.7:
                    mask = cv2.resize(self.pool.matte(i), patch.shape[1::-1])
            else:
                patch, mask = blob(patch, mesh, random)
        height, width = patch.shape[:2]
        scale = side / max(height, width)
        shape = max(4, int(width * scale)), max(4, int(height * scale))
        patch = cv2.resize(patch, shape, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        turns = int(random.integers(4)) if random.random() < 0.3 else 0
        patch = np.rot90(patch, turns)
        alpha = np.ones(patch.shape[:2], np.float32)
        if mask is not None:
            alpha = np.rot90(cv2.resize(mask, shape), turns).astype(np.float32) / 255
        left, top = (int(random.integers(-side // 3, max(1, n - side // 2))) for n in size)
        put(scene, patch, alpha, left, top)

    def _piece(self, random):
        """A square of a photo without faces."""
        picture = self.backgrounds[random.integers(len(self.backgrounds))]
        top, left = (random.integers(0, n // 2) for n in picture.shape[:2])
        side = int(random.integers(16, min(picture.shape[:2]) // 2))
        return picture[top : top + side, left : left + side]

    def _paste(self, scene, size, scale, others, random):
        """Paste a face of a size; its row, or None where there is no room."""
        i, mirrored = self._choose(random), random.random() < 0.5
        face = self.pool.faces[i].astype(np.float64)
        points, mesh = face[:6].reshape(3, 2), self.pool.meshes[i].astype(np.float64)
        way = random.random()
        turn = random.normal(0, 12) if way < 0.55 else random.uniform(-STEEPEST, STEEPEST)
        upright = way < 0.93
        if not upright:  # for the network that is no face; other looks at the photo turn it
            turn = random.uniform(80, 280)
        zoom = scale / face[6]
        level = 2 if zoom < 0.3 else 1 if zoom < 0.62 else 0
        if level:
            shrink = 1 << level
            points, mesh, zoom = (points + 0.5) / shrink - 0.5, (mesh + 0.5) / shrink - 0.5, zoom * shrink
        pixels, side = self.pool.pixels(i, level), CROP >> level
        angle = np.radians(turn)
        c, s = zoom * np.cos(angle), zoom * np.sin(angle)
        linear = np.array([[-c if mirrored else c, -s], [-s if mirrored else s, c]])
        middle = (points[:2].mean(0) + points[2]) / 2
        centre = find_room(size, scale, others, random)
        if centre is None:
            return None
        shift = centre - linear @ middle
        matrix = np.column_stack([linear, shift])
        if random.random() < 0.22:
            pixels, covered = occlude(pixels, mesh[:, :2], float(np.linalg.norm(points[1] - points[0])), random)
        if random.random() < 0.12:
            tone = np.clip(np.arange(256) * random.uniform(0.3, 1.4), 0, 255).astype(np.uint8)
            pixels = tone[pixels]
        alpha, below = self._alpha(i, level, mesh, random)
        low, high = covered_part(matrix, side, side + below * side)
        extent = tuple((high - low).tolist())
        if min(extent) < 2:
            return None
        matrix[:, 2] -= low
        way = cv2.INTER_LINEAR if zoom < 1.2 or random.random() < 0.5 else cv2.INTER_CUBIC
        layer = cv2.warpAffine(pixels, matrix, extent, flags=way, borderMode=cv2.BORDER_REPLICATE)
        border = cv2.BORDER_REPLICATE if below else cv2.BORDER_CONSTANT
        shape = cv2.warpAffine(alpha, matrix, extent, flags=cv2.INTER_LINEAR, borderMode=border)
        region = scene[low[1] : high[1], low[0] : high[0]]
        region[:] = blend(region, layer, shape)
        points = points @ linear.T + shift + 0.5
        if mirrored:
            points = points[[1, 0, 2]]
        kind = 3 if not upright else 1 if scale >= SMALLEST else 2
        return np.array([*points.ravel(), scale, kind], np.float32)

    def _alpha(self, i, level, mesh, random):
        """What of a picture is pasted: (side, side) uint8, and how far it goes on below, in sides."""
        side, way = CROP >> level, random.random()
        if way < 0.5:  # cut out, the body going on below
            alpha = cv2.resize(self.pool.matte(i), (side, side), interpolation=cv2.INTER_LINEAR)
            edge = max(1, side // 32)
            alpha[:1] = 0
            if random.random() < 0.7:
                alpha[:, :1] = alpha[:, -1:] = 0
            elif random.random() < 0.5:
                alpha[-edge:] = 0
            return alpha, 1.0 if alpha[-1].any() else 0.0
        if way < 0.62:  # a round piece
            oval = mesh[list(OVAL), :2]
            alpha = np.zeros((side, side), np.uint8)
            outline = oval.mean(0) + random.uniform(1.15, 1.6) * (oval - oval.mean(0))
            cv2.fillPoly(alpha, [np.rint(outline).astype(np.int32)], 255)
            return cv2.blur(alpha, (1 + 2 * int(side * random.uniform(0, 0.06)),) * 2), 0.0
        alpha = np.full((side, side), 255, np.uint8)
        if way < 0.8:  # the picture with soft edges
            edge = max(1, int(side * random.uniform(0.02, 0.12)))
            alpha[:edge] = alpha[-edge:] = 0
            alpha[:, :edge] = alpha[:, -edge:] = 0
            alpha = cv2.blur(alpha, (2 * edge + 1,) * 2)
        return alpha, 0.0


def find_room(size, scale, others, random):
    """Middle of a face of `scale` pixels in a scene of `size`, clear of the other faces' rows: (2,), or None."""
    for _ in range(12):
        margin = 0.25 * scale if random.random() < 0.15 else min(1.6 * scale, 0.35 * size.min())
        centre = np.array([random.uniform(margin, max(margin + 1, n - margin)) for n in size])
        if all(np.linalg.norm(centre - row[:6].reshape(3, 2).mean(0)) > 1.5 * (scale + row[6]) for row in others):
            return centre
    return None


def covered_part(matrix, width, height):
    """Where in the scene a picture lies that is moved by `matrix` (2, 3): left and top, right and bottom, int."""
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ matrix[:, :2].T + matrix[:, 2]
    low = np.clip(np.floor(corners.min(0)), 0, SIDE).astype(int)
    return low, np.clip(np.ceil(corners.max(0)) + 1, 0, SIDE).astype(int)


def put(scene, patch, alpha, left, top):
    """Blend a patch into a scene at a place that may lie partly outside."""
    height, width = patch.shape[:2]
    a, b = max(0, top), min(scene.shape[0], top + height)
    c, d = max(0, left), min(scene.shape[1], left + width)
    if a >= b or c >= d:
        return
    part = slice(a - top, b - top), slice(c - left, d - left)
    region = scene[a:b, c:d]
    region[:] = blend(region, patch[part], (alpha[part] * 255).astype(np.uint8))


def blend(below, above, alpha):
    """uint8 pictures and an alpha channel (H, W) uint8 -> uint8."""
    share = alpha.astype(np.float32)[..., None] * np.float32(1 / 255)
    return (below + (above.astype(np.float32) - below) * share).astype(np.uint8)
