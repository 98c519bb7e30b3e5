"""Turning and closing the eyes of a photo: irises move within their lids, upper lids slide over them."""

import cv2
import numpy as np

from talking_face.face.geometry import smoothstep
from talking_face.face.matte import frame

# Mesh points from the picture's left to its right, of the picture's left eye and its right one.
UPPER = (33, 246, 161, 160, 159, 158, 157, 173, 133), (362, 398, 384, 385, 386, 387, 388, 466, 263)
LOWER = (33, 7, 163, 144, 145, 153, 154, 155, 133), (362, 382, 381, 380, 374, 373, 390, 249, 263)
BROWS = (46, 53, 52, 65, 55), (285, 295, 282, 283, 276)  # their lower edges
IRISES = (468, 469, 470, 471, 472), (473, 474, 475, 476, 477)  # the middle first
SAMPLES = 100  # an eye distance, of the pictures of lids and openings
SOFT = 0.018  # eye distances: the rim of an opening over which the iris slides under the lid
WHITE = 0.11  # eye distances beside the iris over which the white stretches
EYEBALL = 0.19  # eye distances: its radius
MARGIN = 0.06  # eye distances around an eye, and over which lids that move fade out beside it
SKIN = 0.08, 0.2  # eye distances above the eye that stretch to a closed lid: least and most
FOLLOW = 0.0023  # eye distances that upper lids follow a degree up or down
CLOSING = 0.03  # closing below which a lid hardly moves
SHUT = 1.05  # how far a closed lid comes down, of the opening
RIM = 0.015  # eye distances over which a lid that hardly moves fades out
LASH = 0.03  # eye distances that a closed lid comes further, lashes included


class Eyes:
    """How the eyes of one photo move.

    Parameters
    ----------
    mesh : ndarray, (478, 3)
        Photo pixels.
    """

    def __init__(self, mesh):
        self.middle, self.distance, self.axes = frame(mesh)
        points = (mesh[:, :2] - self.middle) @ self.axes.T / self.distance
        self.to_face = (self.axes.T / self.distance).astype(np.float32)
        self.from_face = (self.axes * self.distance).astype(np.float32)
        self.irises = np.float32([points[iris[0]] for iris in IRISES])
        self.radii = np.float32([np.median(np.linalg.norm(points[list(i[1:])] - points[i[0]], axis=1)) for i in IRISES])
        self.between = np.float32(self.irises[:, 0].mean())
        outline = points[np.concatenate(UPPER + LOWER)]
        self.low, high = outline.min(0) - [MARGIN, SKIN[1]], outline.max(0) + MARGIN
        width, height = np.ceil((high - self.low) * SAMPLES).astype(int)
        x, y = self.low[0] + np.arange(width) / SAMPLES, (self.low[1] + np.arange(height) / SAMPLES)[:, None]
        # Of each column: the lids, the skin above that stretches, and how far the place is beside an eye.
        upper, lower, above, beside = np.zeros(width), np.zeros(width), np.zeros(width), np.full(width, np.inf)
        for top, bottom, brow in zip(UPPER, LOWER, BROWS):
            top, bottom, brow = points[list(top)], points[list(bottom)], points[list(brow)]
            away = np.maximum(top[0, 0] - x, x - top[-1, 0])
            here = away < beside
            lid, under = np.interp(x, *_ascending(top)), np.interp(x, *_ascending(bottom))
            skin = np.clip(lid - np.interp(x, *_ascending(brow)) - 0.02, *SKIN)
            upper[here], lower[here], above[here], beside[here] = lid[here], under[here], skin[here], away[here]
        gap = np.maximum(lower - upper, 0)
        opening = smoothstep(np.minimum(y - upper, lower - y) / SOFT)
        share = smoothstep(1 - beside / MARGIN)
        full = np.ones_like(y)
        # The upper lid's height, how far it can come down, the skin above it, and where the eye is open.
        self.maps = np.dstack([upper * full, gap * share * full, above * share * full, opening]).astype(np.float32)
        corners = np.array([self.low, [high[0], self.low[1]], high, [self.low[0], high[1]]])
        corners = corners @ self.axes * self.distance + self.middle
        self.low_corner, self.high_corner = corners.min(0), corners.max(0)  # photo pixels: where eyes and lids lie

    def __call__(self, places, look):
        """What moving eyes add to a backward flow.

        Parameters
        ----------
        places : ndarray, (h, w, 2) float32
            Where in the photo each place of the new picture would come from without it, pixels.
        look : ndarray, (3,)
            Turn to the picture's right and down, degrees, from where the photo looks; closing of the lids, 0 to 1.

        Returns
        -------
        back : ndarray, (h, w, 2) float32
            Of the eyes, pixels.
        lid : ndarray, (h, w, 3) float32, or None
            Of upper lids that close, which lie over them, pixels; and how many pixels each place is within the lid.
        """
        face = (places - self.middle.astype(np.float32)) @ self.to_face
        at = (face - self.low.astype(np.float32)) * np.float32(SAMPLES)
        maps = cv2.remap(self.maps, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        upper, gap, skin, opening = cv2.split(maps)
        move = (EYEBALL * np.sin(np.radians(look[:2]))).astype(np.float32)
        # The picture's left half has one iris, the right half the other.
        away = face - move
        away -= np.where(face[..., :1] < self.between, self.irises[0], self.irises[1])
        radius = np.where(face[..., 0] < self.between, *self.radii)
        turned = smoothstep((radius + np.float32(WHITE) - cv2.magnitude(*cv2.split(away))) * np.float32(1 / WHITE))
        across = opening * turned
        # The upper lid, drawn over the eye: its skin stretches, the eye behind it stays.
        drawn = np.float32(FOLLOW * look[1] * (1 - look[2])) + np.float32(look[2]) * (SHUT * gap + LASH)
        drawn = np.maximum(drawn, -0.3 * gap) * (skin > 0)
        height = np.maximum(face[..., 1] - (upper - skin), 0)
        long = skin + drawn
        stretch = np.minimum(height, long) * (skin / np.maximum(long, 1e-3) - 1)
        within = long - height
        if look[2] < CLOSING:  # it hardly moves, so that all can be one flow
            share = np.clip(within / RIM + 0.5, 0, 1) * (skin > 0)
            across *= 1 - share * (height > 0)
            back = np.dstack([-move[0] * across, share * stretch - move[1] * across])
            return back @ self.from_face, None
        back = across[..., None] * -(move @ self.from_face)
        down = self.from_face[1]
        return back, np.dstack([stretch * down[0], stretch * down[1], within * np.float32(self.distance)])


def _ascending(line):
    """Heights of a line over its columns, which have to ascend: (N, 2) -> x, y."""
    return np.maximum.accumulate(line[:, 0] + np.arange(len(line)) * 1e-6), line[:, 1]
