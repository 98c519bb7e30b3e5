"""A photo of two people, made of two portraits."""

from PIL import Image

from support.paths import ASSETS

LEFT, RIGHT = (90, 220, 620), (740, 330, 460)  # left, top, side of each portrait, pixels


def save_group(path):
    """Write it; returns the path."""
    portraits = [Image.open(ASSETS / f"london_{name}.jpg") for name in ("024", "129")]
    photo = Image.new("RGB", (1280, 960), portraits[0].getpixel((4, 4)))
    for portrait, (left, top, side) in zip(portraits, (LEFT, RIGHT)):
        photo.paste(portrait.resize((side, side), Image.Resampling.LANCZOS), (left, top))
    photo.save(path, quality=95)
    return path
