"""Cut a person out of a photo: how much of each pixel is head and shoulders, and what lies behind their edge.

Made once a photo, around the face only: a rough cut on a small picture, an edge along the photo's, a background behind
it, and the hair beyond.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from talking_face.face.geometry import smoothstep
from talking_face.face.matting.background import BAND, background_behind
from talking_face.face.matting.edge import soften, without_ticks
from talking_face.face.matting.hair import find_strands, with_locks
from talking_face.face.matting.rough import SIDE, find_clothes, grab, seed
from talking_face.face.mesh.topology import CHIN, OVAL, eye_centres

ROOM = np.array([-3.4, -3.6, 3.4, 4.2])  # left, top, right, bottom of what is looked at, eye distances from the eyes
MOSTLY = 0.4  # alpha above which a pixel is mostly the person's
RIM = 0.012  # eye distances outside the edge where what is unlike the background is the person's, whatever lies behind


@dataclass(frozen=True)
class Matte:
    """A person cut out of a photo.

    Attributes
    ----------
    box : tuple of int
        Left, top, right and bottom of the part of the photo around the face that was looked at.
    person : ndarray, (h, w, 4) uint8
        The person's colours times alpha, and alpha: 255 in the person, 0 behind.
    plate : ndarray, (h, w, 3) uint8
        What lies behind, filled in behind the person's edge; `person + (1 - alpha) * plate` is the photo.
    trust : float
        Share of the head's outline that is surely seen, 0 to 1.
    """

    box: tuple
    person: np.ndarray
    plate: np.ndarray
    trust: float


def cut_out(image, mesh):
    """Cut the person with the given face out of a photo.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
        RGB.
    mesh : ndarray, (478, 2 or 3)
        Photo pixels.

    Returns
    -------
    Matte
    """
    eyes, distance, axes = frame(mesh)
    height, width = image.shape[:2]
    corners = eyes + (ROOM[[[0, 1], [2, 1], [2, 3], [0, 3]]] * distance) @ axes
    left, top = np.clip(np.floor(corners.min(0)).astype(int), 0, None)
    right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int), [width, height])
    part = image[top:bottom, left:right]
    scale = min(1.0, SIDE / distance)
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    factor = np.array(small.shape[1::-1]) / np.array(part.shape[1::-1])
    to_small = lambda points: (points - [left, top] + 0.5) * factor - 0.5
    y, x = np.mgrid[: small.shape[0], : small.shape[1]]
    places = (np.stack([x, y], -1) + 0.5) / factor - 0.5 + [left, top]
    face, chin = (places - eyes) @ axes.T / distance, (mesh[CHIN, :2] - eyes) @ axes[1] / distance
    seeds = seed(face, to_small(mesh[list(OVAL), :2]), chin)
    person, trust = grab(small, seeds, face, distance * scale)
    person |= find_clothes(small, person, face, chin)
    alpha = soften(part, person, distance)
    clear, error, copied = background_behind(part, alpha, distance, mesh[CHIN, 1] - top)
    alpha = without_ticks(alpha, copied, distance)
    alpha, clear = with_locks(part, clear, alpha, distance, mesh[CHIN, :2] - [left, top])
    strands, plain = find_strands(part, clear, error, copied, alpha, distance)
    alpha = np.maximum(alpha, strands)
    # Only what is the person's is replaced, so that a head at rest looks as in the photo.
    away = cv2.distanceTransform((alpha <= MOSTLY * 255).astype(np.uint8), cv2.DIST_L2, 3) / distance
    rim = smoothstep((RIM - away) / RIM)
    replaced = np.maximum(rim, plain * smoothstep((BAND - away) / (BAND - RIM)))
    solid, some = (np.where(share, 255, 0).astype(np.uint8) for share in (alpha == 255, alpha > 0))
    plate = cv2.copyTo(cv2.convertScaleAbs(clear), solid, part.copy())
    person = np.dstack([part, alpha])
    person = cv2.bitwise_and(person, person, mask=some)
    edge = ((replaced > 0) | (alpha > 0)) & (alpha < 255)
    plate[edge], person[edge] = _layers(part[edge].astype(np.float32), clear[edge], alpha[edge], replaced[edge])
    return Matte((left, top, right, bottom), person, plate, trust)


def _layers(part, clear, alpha, replaced):
    """Background, (N, 3), and the person, (N, 4), whose colours are mixed in the pixels of an edge: both uint8.

    Up to a share, what differs from the background is the person's: made so solid that it can show its own colour. The
    rest is left in the background. So both together are the photo, as long as nothing moves.
    """
    plate = part + replaced[:, None] * (clear - part)
    least = np.where(part > plate, (part - plate) / np.maximum(255 - plate, 1), (plate - part) / np.maximum(plate, 1))
    solid = np.where(replaced > 0, np.maximum(alpha, np.ceil(255 * least.max(-1))), alpha)
    alpha = np.clip(solid, 0, 255).astype(np.uint8)[:, None]
    share = alpha / np.float32(255)
    person = np.clip(part - (1 - share) * plate, 0, 255 * share)
    plate = np.where(share < MOSTLY, np.clip((part - person) / (1 - np.minimum(share, MOSTLY)), 0, 255), plate)
    return np.rint(plate), np.concatenate([np.rint(person), alpha], 1)


def frame(mesh):
    """Middle of the eyes (2,), eye distance and the face's axes (2, 2), right and down, of a mesh in pixels."""
    right, left = eye_centres(mesh[:, :2])
    across = left - right
    distance = float(np.hypot(*across))
    across = across / distance
    return (right + left) / 2, distance, np.stack([across, [-across[1], across[0]]])
