"""Which part of the photo the video shows."""

from dataclasses import replace

import numpy as np

from talking_face.face import geometry

ROOM = 1.25  # the square's side, in sides of the canonical crop


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
    to_photo = geometry.invert(portrait.matrix)
    centre = geometry.transform(to_photo, np.full((1, 2), geometry.CROP_SIZE / 2 - 0.5))[0] + 0.5
    scale = np.hypot(*to_photo[:, 0])
    side = min(round(ROOM * geometry.CROP_SIZE * scale), height, width) // 2 * 2
    left, top = np.clip(np.rint(centre - side / 2).astype(int), 0, [width - side, height - side])
    corner, matrix = np.float32([left, top]), portrait.matrix.copy()
    matrix[:, 2] += matrix[:, :2] @ [left, top]
    image = np.ascontiguousarray(portrait.image[top : top + side, left : left + side])
    mesh = None if portrait.mesh is None else portrait.mesh - np.append(corner, 0)
    origin = geometry.compose(np.column_stack([np.eye(2), corner]), portrait.origin)
    moved = {"landmarks": portrait.landmarks - corner, "mesh": mesh, "origin": origin}
    return replace(portrait, image=image, matrix=matrix, **moved)
