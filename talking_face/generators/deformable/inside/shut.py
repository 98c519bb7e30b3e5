"""Photos with open mouths: what is between the lips is drawn in every frame, so each is moved from one whose lips meet.

The upper and the lower lip are moved apart from each other, along a seam, so that both come out as whole as they were.
"""

import cv2
import numpy as np
import torch

from talking_face.face.geometry import (
    CROP_SIZE,
    EYE_DISTANCE,
    JAW,
    NOSE,
    crop_to_face,
    face_to_crop,
    invert,
    lip_opening,
    smoothstep,
    transform,
)
from talking_face.face.shape import UP, close_lips
from talking_face.generators.deformable.flow import interpolant, kernel
from talking_face.generators.deformable.inside.lines import lip_line
from talking_face.generators.deformable.inside.sharpness import SIZE
from talking_face.generators.deformable.mouth import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER

OPEN = 0.01  # eye distances between the lips from which on a photo shows what is behind them
WIDE = 0.2  # and of a mouth that is wide open
EDGE, THIN = 0.045, 0.4  # eye distances beside a wide opening that still show what is behind the lips; of a lip at most
AROUND = 0.45  # eye distances around the lips from which on nothing moves
SAMPLES, NODES = 13, 48  # places along the seam, and of the flow along each side
SOFT = 1.2  # pixels over which one lip lies on the other
MEETS = 0.8  # beside the corners, of the way from them: over which upper and lower part are one
# Where closed lips meet, measured on 97 neutral portraits: log colours less the lips', R, G and B, in the middle and at
# the corners; half width of the line, reach of the upper lip's shadow above it, and its share.
MIDDLE, CORNERS = np.array([-0.38, -0.62, -0.56]), np.array([-0.56, -0.70, -0.72])
LINE, SHADOW, SHADED = 0.011, 0.035, 0.35
COLOURED = 0.4  # log of red over green of lips that these are of; of a grey picture's it is 0
HIDDEN, INTO = 0.015, 0.6  # eye distances beside the seam that take the colour of the lips so far into them


def shut_mouth(image, landmarks, matrix=None, blur=0.0):
    """Close an open mouth.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
    landmarks : ndarray, (68, 2)
        Face units.
    matrix : ndarray, (2, 3), optional
        Image pixel -> canonical crop pixel; by default the image is the crop.
    blur : float
        Of the photo, `sharpness.blur_of`: where the lips meet is drawn as soft.

    Returns
    -------
    image : ndarray, (H, W, 3) uint8
        The image itself if the mouth is shut.
    landmarks : ndarray, (68, 2)
        Of that image.
    """
    if lip_opening(landmarks) < OPEN:
        return image, landmarks
    matrix = np.eye(2, 3) if matrix is None else matrix
    landmarks = np.asarray(landmarks, np.float64)
    low, high = landmarks[48:60].min(0) - AROUND, landmarks[48:60].max(0) + AROUND
    corners = face_to_crop(np.array([low, [high[0], low[1]], high, [low[0], high[1]]]))
    corners = transform(invert(matrix), corners)
    left, top = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, image.shape[1::-1])
    x, y = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
    places = crop_to_face(transform(matrix, np.stack([x, y], -1).reshape(-1, 2).astype(np.float64)))
    places = places.reshape(*x.shape, 2).astype(np.float32)
    lips = _Lips(landmarks)
    pixel = np.hypot(*matrix[:, 0]) / (EYE_DISTANCE * CROP_SIZE)
    below, blur = places[..., 1] - lips.seam(places[..., 0]), blur / (EYE_DISTANCE * SIZE)
    parts = [_moved(image, places, (low, high), matrix, *ends) for ends in (lips.upper(), lips.lower())]
    beside = np.abs(places[..., 0] - landmarks[[48, 54], 0].mean()) - np.ptp(landmarks[[48, 54], 0]) / 2
    share = smoothstep(below / (SOFT * max(pixel, blur) + MEETS * np.maximum(beside, 0)) + 0.5)[..., None]
    part = parts[0] + share * (parts[1] - parts[0])
    to_part = lambda points: transform(invert(matrix), face_to_crop(points)) - [left, top]
    inside = smoothstep(-beside / 0.06)
    hidden = inside * (1 - smoothstep(np.abs(below) / max(HIDDEN, pixel) - 1))
    upper, lower = lips.colours(parts, to_part, places[..., 0])
    colour = upper + share * (lower - upper)
    part += hidden[..., None] * (colour - part)
    line = np.exp(-((below / max(LINE, 0.7 * pixel)) ** 2))
    line = np.where(below < 0, line + SHADED * (np.exp(below.clip(max=0) / SHADOW) - line), line) * inside
    if blur > 0:
        line = cv2.GaussianBlur(line, (0, 0), blur / pixel)
    across = (beside / (np.ptp(landmarks[[48, 54], 0]) / 2) + 1).clip(0, 1)[..., None]
    shade = MIDDLE + across**2 * (CORNERS - MIDDLE)
    tint = (np.log((colour[..., :1] + 1) / (colour[..., 1:2] + 1)) / COLOURED).clip(0, 1)
    part *= np.exp(line[..., None] * (shade * tint + shade.mean(-1, keepdims=True) * (1 - tint)))
    shut = image.copy()
    shut[top:bottom, left:right] = np.rint(part.clip(0, 255))
    return shut, close_lips(landmarks)


class _Lips:
    """Both lips of an open mouth, and the seam where they will meet; landmarks (68, 2) in face units."""

    def __init__(self, landmarks):
        self.landmarks, self.closed = landmarks, close_lips(landmarks)
        self.columns = np.linspace(landmarks[60, 0], landmarks[64, 0], SAMPLES)
        line = lambda indices, columns: lip_line(landmarks[list(indices)], columns)
        self.over, self.under = line(UPPER_INNER, self.columns), line(LOWER_INNER, self.columns)
        self.over = np.minimum(self.over, self.under)
        self.meet = self.under - UP * (self.under - self.over)
        wide = EDGE * min(1.0, lip_opening(landmarks) / WIDE)
        thick = self.over - line(UPPER_OUTER, self.columns), line(LOWER_OUTER, self.columns) - self.under
        self.edges = [np.clip(THIN * lip, 0, wide) for lip in thick]
        ends = landmarks[[48, 54]]
        self.fixed = np.concatenate([landmarks[[*JAW, *NOSE]], ends + [[-AROUND, 0], [AROUND, 0]]])

    def seam(self, columns):
        """Its height over columns (...)."""
        x, y = np.concatenate([[self.landmarks[48]], np.stack([self.columns, self.meet], 1), [self.landmarks[54]]]).T
        return np.interp(columns, x, y).astype(np.float32)

    def colours(self, parts, to_part, columns):
        """Of both closed lips over columns (h, w), from the moved parts, (H, W, 3) float32: yields (h, w, 3) twice."""
        for part, outer in zip(parts, (UPPER_OUTER, LOWER_OUTER)):
            heights = self.meet + INTO * (lip_line(self.closed[list(outer)], self.columns) - self.meet)
            at = to_part(np.stack([self.columns, heights], 1)).astype(np.float32)[None]
            found = cv2.remap(part, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            usual = cv2.GaussianBlur(found, (0, 0), 1, borderType=cv2.BORDER_REPLICATE)[0]
            yield np.stack([np.interp(columns, self.columns, channel) for channel in usual.T], -1)

    def upper(self):
        """Where points of the upper lip are, and where they go: two ndarray (N, 2); then what stays, (M, 2)."""
        return self._ends(UPPER_OUTER, self.over - self.edges[0])

    def lower(self):
        return self._ends(LOWER_OUTER, self.under + self.edges[1])

    def _ends(self, outer, inner):
        before = np.concatenate([self.landmarks[list(outer)], np.stack([self.columns, inner], 1)])
        after = np.concatenate([self.closed[list(outer)], np.stack([self.columns, self.meet], 1)])
        return before, after, self.fixed


def _moved(image, places, box, matrix, before, after, fixed):
    """What an image shows at places (h, w, 2) in face units once points have moved: (h, w, 3) float32."""
    low, high = box
    nodes = np.stack(np.meshgrid(*((np.arange(NODES) + 0.5) / NODES,) * 2), -1) * (high - low) + low
    before, after, fixed, at = (
        torch.from_numpy(np.asarray(points, np.float32))[None]
        for points in (before, after, fixed, nodes.reshape(-1, 2))
    )
    centres, weights = interpolant(before, fixed, after)
    flow = (kernel(at, centres) @ weights)[0].numpy().reshape(NODES, NODES, 2)
    where = ((places - low.astype(np.float32)) / (high - low).astype(np.float32) * NODES - 0.5).astype(np.float32)
    flow = cv2.remap(flow, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = np.minimum(places - low, high - places).min(-1).astype(np.float32)
    flow *= smoothstep(inside / (AROUND / 2))[..., None]
    to_image = invert(matrix)
    source = transform(to_image, face_to_crop((places + flow).reshape(-1, 2).astype(np.float64)))
    source = source.reshape(places.shape).astype(np.float32)
    return cv2.remap(image, source, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
