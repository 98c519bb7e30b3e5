"""Videos side by side, in step, each under its name; above all one face in all six emotions."""

from functools import lru_cache

import numpy as np

from talking_face.emotions import EMOTIONS
from talking_face.face.geometry import CROP_SIZE

COLUMNS = 3
GAP = 4  # pixels between the faces, even, and around them
CAPTION = 28  # pixels above each face
DARK, LIGHT = (24, 24, 27), (244, 244, 245)


def montage(engine, portrait, speech, intensity=1.0, seed=0):
    """Render a face in every emotion.

    Parameters
    ----------
    engine : engine.TalkingFace
    portrait : Portrait
    speech : Speech
    intensity : float
        0 to 1.5.
    seed : int
        Of blinks and head sway, the same for all.

    Yields
    ------
    ndarray, (T, H, W, 3) uint8
        Consecutive frames, RGB, 25 a second: faces in rows of three, ordered as `EMOTIONS`, each under its emotion's name.
    """
    names = [emotion.capitalize() for emotion in EMOTIONS]
    takes = [engine.render(portrait, speech, emotion, intensity, seed, crop=True) for emotion in EMOTIONS]
    yield from side_by_side(dict(zip(names, takes)))


def side_by_side(takes):
    """Lay videos out in rows of up to three.

    Parameters
    ----------
    takes : dict of str to iterable of ndarray, (T, 256, 256, 3) uint8
        Name -> consecutive frames, all of them in chunks of the same lengths.

    Yields
    ------
    ndarray, (T, H, W, 3) uint8
        Consecutive frames; H and W are even.
    """
    board = _board(tuple(takes))
    for chunks in zip(*takes.values(), strict=True):
        frames = np.repeat(board[None], len(chunks[0]), 0)
        for chunk, (top, left) in zip(chunks, _places(len(takes))):
            frames[:, top : top + CROP_SIZE, left : left + CROP_SIZE] = chunk
        yield frames


def _places(count):
    """Top left corner of each face, pixels: (row, column)."""
    places = (divmod(index, COLUMNS) for index in range(count))
    return [(GAP + CAPTION + r * (CROP_SIZE + CAPTION + GAP), GAP + c * (CROP_SIZE + GAP)) for r, c in places]


@lru_cache(maxsize=4)
def _board(names):
    """The picture without the faces, (H, W, 3) uint8."""
    from PIL import Image, ImageDraw, ImageFont

    places = _places(len(names))
    bottom, right = (max(ends) + CROP_SIZE + GAP for ends in zip(*places))
    image = Image.new("RGB", (right, bottom), DARK)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(18)
    for name, (top, left) in zip(names, places):
        draw.text((left + CROP_SIZE / 2, top - CAPTION / 2), name, LIGHT, font, anchor="mm")
    return np.asarray(image)
