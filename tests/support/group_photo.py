"""A photo of two people, made of two portraits."""

from PIL import Image

from support.pages import waits
from support.paths import ASSETS

WIDTH, HEIGHT = 1280, 960  # pixels
IS_SHOWN = """() => {
    const image = document.querySelector('#face img')
    return image?.complete && Math.abs(image.naturalWidth / image.naturalHeight - 4 / 3) < 0.01 }"""
LEFT, RIGHT = (90, 220, 620), (740, 330, 460)  # left, top, side of each portrait, pixels


def save_group(path):
    """Write it; returns the path."""
    portraits = [Image.open(ASSETS / f"london_{name}.jpg") for name in ("024", "129")]
    photo = Image.new("RGB", (WIDTH, HEIGHT), portraits[0].getpixel((4, 4)))
    for portrait, (left, top, side) in zip(portraits, (LEFT, RIGHT)):
        photo.paste(portrait.resize((side, side), Image.Resampling.LANCZOS), (left, top))
    photo.save(path, quality=95)
    return path


def click(page, portrait):
    """Click on one of the two in the picture of the face that was found."""
    waits(page, IS_SHOWN)
    left, top, side = portrait
    place = page.locator("#face img").bounding_box()
    scale = min(place["width"] / WIDTH, place["height"] / HEIGHT)
    x = place["width"] / 2 + scale * (left + side / 2 - WIDTH / 2)
    y = place["height"] / 2 + scale * (top + side / 2 - HEIGHT / 2)
    page.locator("#face img").click(position={"x": x, "y": y})
