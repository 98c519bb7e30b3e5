"""Which part of the photo the video shows, and what is around it where the photo ends."""

from dataclasses import replace

import numpy as np

from talking_face.face import geometry

ROOM = 1.25  # the square's side, in sides of the canonical crop
HEAD = 1.1  # what is never cut off around the face, likewise
BLUR = 0.1  # of the longer side: how soft the background gets where it is made up
TALL = 9 / 16  # width over height, as phones are held
LONGEST = 1280  # pixels of a picture


def square(portrait):
    """Cut a portrait's photo to a square around the face, at the photo's own resolution.

    Parameters
    ----------
    portrait : Portrait

    Returns
    -------
    Portrait
        Of a photo whose sides are equal and even, and which shows the whole canonical crop where the photo does.
    """
    height, width = portrait.image.shape[:2]
    centre, side = _face(portrait)
    side = min(round(ROOM * side), height, width) // 2 * 2
    left, top = np.clip(np.rint(centre - side / 2).astype(int), 0, [width - side, height - side])
    image = np.ascontiguousarray(portrait.image[top : top + side, left : left + side])
    return _moved(portrait, image, np.float32([left, top]))


def extended(portrait, ratio):
    """Bring a portrait's photo to a ratio of its sides: cut where it can be, and with more background where not.

    Parameters
    ----------
    portrait : Portrait
    ratio : float
        Width over height.

    Returns
    -------
    Portrait
        Of a photo that shows all of the head, at the photo's own resolution; what lies outside the photo is its edge,
        drawn out and blurred.
    """
    import cv2

    height, width = portrait.image.shape[:2]
    centre, side = _face(portrait)
    # As much of the photo as fits, but at least the head, and no more than a video should have.
    wide = max(min(width, height * ratio), min(HEAD * side, width))
    size = np.array([wide, wide / ratio])
    size = np.rint(size * min(1.0, LONGEST / size.max()) / 2).astype(int) * 2
    corner = np.rint(centre - size / 2).astype(int)
    # Inside the photo as far as it reaches; beyond it to equal parts.
    room = np.array([width, height]) - size
    corner = np.where(room >= 0, np.clip(corner, 0, np.maximum(room, 0)), room // 2)
    (left, top), (right, bottom) = np.maximum(-corner, 0), np.maximum(corner + size - [width, height], 0)
    inside = portrait.image[max(corner[1], 0) : corner[1] + size[1], max(corner[0], 0) : corner[0] + size[0]]
    image = np.ascontiguousarray(inside)
    if left or top or right or bottom:
        image = cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_REPLICATE)
        soft = cv2.GaussianBlur(image, (0, 0), BLUR * size.max() / 2, borderType=cv2.BORDER_REFLECT_101)
        share = np.zeros(image.shape[:2], np.float32)
        share[top : size[1] - bottom, left : size[0] - right] = 1
        fade = 2 * (int(0.02 * size.max()) // 2) + 1
        inwards = cv2.blur(share, (fade, fade), borderType=cv2.BORDER_REPLICATE) * 2 - 1
        share = np.minimum(share, inwards).clip(0)[..., None]
        image = np.rint(share * image + (1 - share) * soft).astype(np.uint8)
    return _moved(portrait, image, corner.astype(np.float32))


def _face(portrait):
    """Centre of the canonical crop, and its side: photo pixels."""
    to_photo = geometry.invert(portrait.matrix)
    centre = geometry.transform(to_photo, np.full((1, 2), geometry.CROP_SIZE / 2 - 0.5))[0] + 0.5
    return centre, geometry.CROP_SIZE * np.hypot(*to_photo[:, 0])


def _moved(portrait, image, corner):
    """A portrait with another image, whose first pixel was at `corner` in its own."""
    matrix = portrait.matrix.copy()
    matrix[:, 2] += matrix[:, :2] @ corner
    mesh = None if portrait.mesh is None else portrait.mesh - np.append(corner, np.float32(0))
    origin = geometry.compose(np.column_stack([np.eye(2), corner]), portrait.origin)
    moved = {"landmarks": portrait.landmarks - corner, "mesh": mesh, "origin": origin}
    return replace(portrait, image=image, matrix=matrix, **moved)
