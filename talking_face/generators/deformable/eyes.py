"""Turning and closing the eyes of a photo: irises move within their lids, upper lids slide over them."""

from functools import partial

import cv2
import numpy as np

from talking_face.face.geometry import smoothstep
from talking_face.face.matting.matte import frame
from talking_face.face.mesh.topology import UNDER_BROWS
from talking_face.generators.deformable.glasses import find_rim, wears_glasses

# Mesh points from the picture's left to its right, of the picture's left eye and its right one.
UPPER = (33, 246, 161, 160, 159, 158, 157, 173, 133), (362, 398, 384, 385, 386, 387, 388, 466, 263)
LOWER = (33, 7, 163, 144, 145, 153, 154, 155, 133), (362, 382, 381, 380, 374, 373, 390, 249, 263)
BROWS = UNDER_BROWS[:5], UNDER_BROWS[5:]
IRISES = (468, 469, 470, 471, 472), (473, 474, 475, 476, 477)  # the middle first
SAMPLES = 100  # an eye distance, of the pictures of lids and openings
SOFT = 0.018  # eye distances: the rim of an opening over which the iris slides under the lid
WHITE = 0.11  # eye distances beside the iris over which the white stretches
EYEBALL = 0.19  # eye distances: its radius
MARGIN = 0.06  # eye distances around an eye, and over which lids that move fade out beside it
SKIN = 0.08, 0.2  # eye distances above the eye that stretch to a closed lid: least and most
BEHIND = 0.04, 0.1  # the same behind glasses, whose rims must not stretch
LASHES = 0.35  # share of that skin, next to the eye, that stretches less
DEPTH = 48  # rows from that skin's upper end to the eye, of which each stretches by what it shows:
SHADE, PALE = 0.7, 0.95  # of the light on most of it: folds, lashes and rims of glasses, and what is plain skin
LEAST = 0.1  # of what plain skin stretches by, folds and lashes
ALONG = 0.06  # eye distances along the lid over which neighbours stretch alike
FOLLOW = 0.0023  # eye distances that upper lids follow a degree up or down
CLOSING = 0.03  # closing below which a lid hardly moves
SHUT = 1.05  # how far a closed lid comes down, of the opening
RIM = 0.015  # eye distances over which a lid that hardly moves fades out
OUTSIDE = 0.0, 0.0, 0.0, -1e3  # of what eyes move: nothing flows, and no lid lies over it
LASH = 0.03  # eye distances that a closed lid comes further, lashes included
HIGHER, ROOT = 0.05, 0.008  # eye distances above a mesh's lid where the lashes may be, and from their middle to the eye
AMID = slice(6, -6)  # of 30 columns from corner to corner, those that tell where they are
CLEAR, SKINWARD = 0.03, 0.01  # of the light on the eye: that lashes are darker, and by which it grows above them


class Eyes:
    """How the eyes of one photo move.

    Parameters
    ----------
    mesh : ndarray, (478, 3)
        Photo pixels.
    image : ndarray, (H, W, 3) uint8, optional
        The photo, which shows where upper lids end better than the mesh, and glasses, whose rims stay.
    """

    def __init__(self, mesh, image=None):
        self.middle, self.distance, self.axes = frame(mesh)
        self.from_face = (self.axes * self.distance).astype(np.float32)
        points = (mesh[:, :2] - self.middle) @ self.axes.T / self.distance
        light, rims, skins = None, (None, None), SKIN
        if image is not None:
            light = partial(self._light, image)
            self._lift(points, light)
            if wears_glasses(light):
                rims, skins = [find_rim(light, *points[list(top)].T) for top in UPPER], BEHIND
        outline = points[np.concatenate(UPPER + LOWER)]
        self.low, high = outline.min(0) - [MARGIN, SKIN[1]], outline.max(0) + MARGIN
        width, height = np.ceil((high - self.low) * SAMPLES).astype(int)
        x, y = self.low[0] + np.arange(width) / SAMPLES, (self.low[1] + np.arange(height) / SAMPLES)[:, None]
        self._place_lids(x, y, _lids(x, points, rims, skins), light)
        self._place_irises(x, y, points)
        to_samples = SAMPLES * self.axes / self.distance
        self.to_samples = np.column_stack([to_samples, -to_samples @ self.middle - SAMPLES * self.low])
        corners = np.array([self.low, [high[0], self.low[1]], high, [self.low[0], high[1]]])
        corners = corners @ self.axes * self.distance + self.middle
        self.low_corner, self.high_corner = corners.min(0), corners.max(0)  # photo pixels: where eyes and lids lie

    def _place_lids(self, x, y, lids, light):
        """Of each column, how far the upper lid can come down, and the skin above it; of each place, how far it is
        below that skin's upper end, and how far within the open eye."""
        upper, lower, above, beside = lids
        gap = np.maximum(lower - upper, 0)
        share = smoothstep(1 - beside / MARGIN)
        self.gap, self.skin = (gap * share).astype(np.float32), (above * share).astype(np.float32)
        rows = np.linspace(0, 1, DEPTH)[:, None]
        self.source = np.float32(np.broadcast_to(rows, (DEPTH, len(x))))
        if light is not None:
            self.source = self._source(light(np.stack(np.broadcast_arrays(x, upper - above * (1 - rows)), -1)), rows)
        self.below = np.maximum(y - (upper - above * share), 0).astype(np.float32)
        self.opening = smoothstep(np.minimum(y - upper, lower - y) / SOFT).astype(np.float32)

    def _place_irises(self, x, y, points):
        """Of each place, how far it is from its iris, right and down; of each column, how far iris and white reach."""
        self.irises = np.float32([points[iris[0]] for iris in IRISES])
        radii = np.float32([np.median(np.linalg.norm(points[list(i[1:])] - points[i[0]], axis=1)) for i in IRISES])
        # The picture's left half has one iris, the right half the other.
        left = x < self.irises[:, 0].mean()
        iris = np.where(left, *self.irises[..., None])
        self.away = (x - iris[0]).astype(np.float32), (y - iris[1]).astype(np.float32)
        self.reach = np.where(left, *radii).astype(np.float32) + np.float32(WHITE)

    def _light(self, image, places):
        """Of a photo at places (H, W, 2), eye distances: (H, W) float64."""
        where = (places @ (self.axes * self.distance) + self.middle).astype(np.float32)
        return cv2.remap(image, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).mean(2)

    def _lift(self, points, light_at):
        """Take upper lids that the mesh has on the eyes up to the lashes, the nearest dark above: points in place."""
        offsets = np.linspace(0, HIGHER, 26)
        for top in UPPER:
            line = points[list(top)]
            x = np.linspace(line[0, 0], line[-1, 0], 30)[AMID]
            places = np.stack(np.broadcast_arrays(x, np.interp(x, *_ascending(line)) - offsets[:, None]), -1)
            light = cv2.GaussianBlur(light_at(places).mean(1)[:, None], (0, 0), 1.5)[:, 0]
            dark = light[: np.argmax(np.diff(light, append=np.inf) > SKINWARD * light[0]) + 1].argmin()
            if light[dark] < (1 - CLEAR) * light[0]:
                points[list(top[1:-1]), 1] -= max(0, offsets[dark] - ROOT)

    def _source(self, light, rows):
        """Where on the skin above an eye, 0 to 1 from its upper end, each place of the closed lid lies: (DEPTH, w).

        Skin stretches where it is plain: folds, lashes and make-up keep their length, as on lids that unroll.
        """
        light = cv2.GaussianBlur(light, (0, 0), ALONG * SAMPLES, sigmaY=1)
        plain = smoothstep((light / np.percentile(light, 75, axis=0) - SHADE) / (PALE - SHADE))
        plain *= smoothstep((1 - rows) / LASHES - 0.5)
        grown = np.cumsum(LEAST + plain, 0)
        grown = (grown - grown[0]) / (grown[-1] - grown[0])
        closed = rows * self.skin + self._drawn(1) * grown
        closed /= np.maximum(closed[-1], 1e-3)
        columns = [np.interp(rows[:, 0], column, rows[:, 0]) for column in closed.T]
        return np.float32(columns).T

    def _drawn(self, closed):
        """How far a lid comes down, eye distances."""
        return closed * (SHUT * self.gap + LASH)

    def __call__(self, looks):
        """How eyes that look around, and lids, move the photo.

        Parameters
        ----------
        looks : ndarray, (T, 3)
            Turn to the picture's right and down, degrees, from where the photo looks; closing of the lids, 0 to 1.

        Returns
        -------
        list of ndarray, (h, w, 2 or 4) float32, or None
            For `back`, by the eyes' own samples; None where nothing moves.
        """
        looks, moves = np.float32(looks), [None] * len(looks)
        over = looks[:, 2] >= CLOSING
        for closing in (False, True):
            frames = np.flatnonzero((over == closing) & looks.any(1))
            for index, move in zip(frames, self._moved(looks[frames], closing)):
                moves[index] = move
        return moves

    def _moved(self, looks, over):
        """Backward flow for looks (T, 3), (T, h, w, 2) float32, pixels; if the lids lie over the eyes, theirs follows:
        how far their skin goes down, eye distances, and how many pixels each place is within them."""
        turn, closed = EYEBALL * np.sin(np.radians(looks[:, :2])), looks[:, 2, None, None]
        x, y = turn.T[..., None, None]
        away = np.hypot(self.away[0] - x, self.away[1] - y)
        across = self.opening * smoothstep((self.reach - away) * np.float32(1 / WHITE))
        # The upper lid, drawn over the eye: its skin stretches, the eye behind it stays.
        drawn = FOLLOW * looks[:, 1, None, None] * (1 - closed) + self._drawn(closed)
        long = self.skin + np.maximum(drawn, -0.3 * self.gap) * (self.skin > 0)
        part = np.minimum(self.below / np.maximum(long, 1e-3), 1)
        stretch = (self.skin - long) * part
        within = long - self.below
        if over:
            stretch += closed * self.skin * (self._unrolled(part) - part)
            back = across[..., None] * -(turn @ self.from_face)[:, None, None]
            return np.concatenate([back, stretch[..., None], within[..., None] * self.distance], -1).astype(np.float32)
        # It hardly moves, so that all can be one flow.
        share = np.clip(within / RIM + 0.5, 0, 1) * (self.skin > 0)
        across *= 1 - share * (self.below > 0)
        return np.stack([-x * across, share * stretch - y * across], -1) @ self.from_face

    def _unrolled(self, part):
        """`source` at places (T, h, w), 0 to 1 of the way down the lid."""
        across = np.float32(np.broadcast_to(np.arange(part.shape[2]), part.shape[1:]))
        found = [cv2.remap(self.source, across, down, cv2.INTER_LINEAR) for down in (DEPTH - 1) * part]
        return np.reshape(found, part.shape)

    def back(self, move, places):
        """What moving eyes add to a backward flow.

        Parameters
        ----------
        move : ndarray, (h, w, 2 or 4) float32
            One of those that the eyes give when called.
        places : ndarray, (H, W, 2) float32
            Where in the photo each place of the new picture would come from without it, pixels.

        Returns
        -------
        back : ndarray, (H, W, 2) float32
            Of the eyes, pixels.
        lid : ndarray, (H, W, 3) float32, or None
            Of upper lids that close, which lie over them, pixels; and how many pixels each place is within the lid.
        """
        at = cv2.transform(places, self.to_samples)
        found = cv2.remap(move, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=OUTSIDE)
        if move.shape[2] == 2:
            return found, None
        return found[..., :2], np.dstack([found[..., 2:3] * self.from_face[1], found[..., 3]])


def _lids(x, points, rims, skins):
    """Of each column: the lids, the skin above that stretches, and how far the place is beside an eye: 4 of (w,)."""
    (upper, lower, above), beside = np.zeros((3, len(x))), np.full(len(x), np.inf)
    for top, bottom, brow, rim in zip(UPPER, LOWER, BROWS, rims):
        top, bottom, brow = points[list(top)], points[list(bottom)], points[list(brow)]
        away = np.maximum(top[0, 0] - x, x - top[-1, 0])
        here = away < beside
        lid, under = np.interp(x, *_ascending(top)), np.interp(x, *_ascending(bottom))
        edge = np.interp(x, *_ascending(brow)) + 0.02 if rim is None else rim(x)
        skin = np.clip(lid - edge, *skins)
        upper[here], lower[here], above[here], beside[here] = lid[here], under[here], skin[here], away[here]
    return upper, lower, above, beside


def _ascending(line):
    """Heights of a line over its columns, which have to ascend: (N, 2) -> x, y."""
    return np.maximum.accumulate(line[:, 0] + np.arange(len(line)) * 1e-6), line[:, 1]
