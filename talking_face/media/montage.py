"""Videos side by side, in step, each under its name."""

from functools import lru_cache

import numpy as np

COLUMNS = 3
GAP = 4  # pixels between the videos, even, and around them
CAPTION = 28  # pixels above each video
DARK, LIGHT = (24, 24, 27), (244, 244, 245)


def side_by_side(takes):
    """Lay videos out in rows of up to three.

    Parameters
    ----------
    takes : dict of str to iterable of ndarray, (T, h, w, 3) uint8
        Name -> consecutive frames, all of the same size and in chunks of the same lengths; h and w are even.

    Yields
    ------
    ndarray, (T, H, W, 3) uint8
        Consecutive frames; H and W are even.
    """
    for chunks in zip(*takes.values(), strict=True):
        height, width = chunks[0].shape[1:3]
        frames = np.repeat(_board(tuple(takes), height, width)[None], len(chunks[0]), 0)
        for chunk, (top, left) in zip(chunks, _places(len(takes), height, width)):
            frames[:, top : top + height, left : left + width] = chunk
        yield frames


def _places(count, height, width):
    """Top left corner of each video of a size, pixels: (row, column)."""
    places = (divmod(index, COLUMNS) for index in range(count))
    return [(GAP + CAPTION + r * (height + CAPTION + GAP), GAP + c * (width + GAP)) for r, c in places]


@lru_cache(maxsize=4)
def _board(names, height, width):
    """The picture without the videos, (H, W, 3) uint8."""
    from PIL import Image, ImageDraw, ImageFont

    places = _places(len(names), height, width)
    bottom, right = (max(ends) + side + GAP for ends, side in zip(zip(*places), (height, width)))
    image = Image.new("RGB", (right, bottom), DARK)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(18)
    for name, (top, left) in zip(names, places):
        draw.text((left + width / 2, top - CAPTION / 2), name, LIGHT, font, anchor="mm")
    return np.asarray(image)
