"""A small sign in the picture's lower right corner that says that it is AI-generated."""

from functools import lru_cache

import numpy as np

SHARE = 0.055  # of the picture's shorter side: the mark's height
LOWEST, HIGHEST = 14, 44  # pixels
MARGIN = 0.4  # of the mark's height
SCALE = 4  # drawn so much larger, then reduced, for smooth edges


def marked(chunks):
    """Draw the mark on frames.

    Parameters
    ----------
    chunks : iterable of ndarray, (T, H, W, 3) uint8
        RGB frames of one size; left as they are.

    Yields
    ------
    ndarray, (T, H, W, 3) uint8
    """
    for chunk in chunks:
        colour, alpha, (rows, columns) = _mark(*chunk.shape[1:3])
        chunk = chunk.copy()
        chunk[:, rows, columns] = np.rint(chunk[:, rows, columns] * (1 - alpha) + colour * alpha)
        yield chunk


@lru_cache(maxsize=16)
def _mark(height, width):
    """The mark for a picture of a size: colour (h, w, 3) and opacity (h, w, 1) float32, and its rows and columns."""
    from PIL import Image, ImageDraw, ImageFont

    tall = int(np.clip(round(SHARE * min(height, width)), LOWEST, HIGHEST))
    wide, margin = round(1.5 * tall), round(MARGIN * tall)
    size = wide * SCALE, tall * SCALE
    image = Image.new("RGBA", size)
    draw = ImageDraw.Draw(image)
    # White on dark with a light rim shows on any ground.
    box, line = (0, 0, size[0] - 1, size[1] - 1), max(SCALE, tall * SCALE // 16)
    draw.rounded_rectangle(box, tall * SCALE // 3, fill=(20, 20, 20, 190), outline=(255, 255, 255, 220), width=line)
    font = ImageFont.load_default(0.72 * size[1])
    draw.text((size[0] / 2, size[1] / 2), "AI", (255, 255, 255, 255), font, anchor="mm", stroke_width=SCALE // 3)
    pixels = np.asarray(image.resize((wide, tall), Image.Resampling.BOX), np.float32)
    rows = slice(max(0, height - margin - tall), height - margin)
    columns = slice(max(0, width - margin - wide), width - margin)
    return pixels[..., :3], pixels[..., 3:] / 255, (rows, columns)
