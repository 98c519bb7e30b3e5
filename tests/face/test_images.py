"""Photos of every kind, and what is said about those that are none."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from talking_face.errors import PhotoError
from talking_face.face import images
from talking_face.face.images import load_image, warp


@pytest.fixture
def picture():
    """A smooth colour picture, 120 x 160, uint8: each corner differs."""
    y, x = np.mgrid[0:120, 0:160]
    return np.stack([x * 255 / 159, y * 255 / 119, 255 - x * 255 / 159], -1).astype(np.uint8)


def encode(image, kind, **options):
    """An array or PIL image as the bytes of a file."""
    file = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(file, kind, **options)
    return file.getvalue()


def test_paths_bytes_files_and_pil_agree(picture, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encode(picture, "PNG"))
    for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), Image.open(path), picture):
        np.testing.assert_array_equal(load_image(source), picture)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "BMP", "TIFF"])
def test_formats(picture, kind):
    assert np.abs(load_image(encode(picture, kind)).astype(int) - picture).mean() < 3


@pytest.mark.parametrize("orientation, turned", [(3, 2), (6, 1), (8, 3)])
def test_exif_orientation(picture, orientation, turned):
    exif = Image.Exif()
    exif[0x112] = orientation
    stored = encode(np.rot90(picture, turned), "PNG", exif=exif)
    np.testing.assert_array_equal(load_image(stored), picture)


def test_large_turned_jpeg(picture):
    exif = Image.Exif()
    exif[0x112] = 6
    large = np.array(Image.fromarray(picture).resize((1600, 1200)))
    shown = load_image(encode(np.rot90(large), "JPEG", quality=95, exif=exif), max_side=160)
    assert shown.shape == picture.shape
    assert np.abs(shown.astype(int) - picture).mean() < 3


def test_sixteen_bit_grey(picture):
    grey = picture[..., 0]
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    for source in (encode(deep, "PNG"), encode(deep, "TIFF"), grey.astype(np.uint16) * 257):
        np.testing.assert_array_equal(load_image(source), np.repeat(grey[..., None], 3, axis=2))


@pytest.mark.parametrize("convert", [lambda a: a / 255, lambda a: a.astype(np.float32), lambda a: a.astype(np.int64)])
def test_number_arrays(picture, convert):
    np.testing.assert_array_equal(load_image(convert(picture)), picture)


def test_grey_arrays(picture):
    grey = picture[..., 1]
    for array in (grey, grey[..., None], np.stack([grey, np.full_like(grey, 255)], -1)):
        np.testing.assert_array_equal(load_image(array), np.repeat(grey[..., None], 3, axis=2))


def test_transparent_becomes_white(picture):
    alpha = np.zeros(picture.shape[:2], np.uint8)
    alpha[:60] = 255
    shown = load_image(encode(np.dstack([picture, alpha]), "PNG"))
    np.testing.assert_array_equal(shown[:60], picture[:60])
    assert (shown[60:] == 255).all()


def test_palette_and_cmyk():
    flat = Image.new("RGB", (80, 80), (200, 40, 90))
    for source in (encode(flat.quantize(4), "GIF"), encode(flat.convert("CMYK"), "JPEG", quality=100)):
        assert np.abs(load_image(source).astype(int) - (200, 40, 90)).max() <= 4


def test_first_frame_of_an_animation():
    frames = [Image.new("RGB", (80, 80), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert tuple(load_image(file.getvalue())[0, 0]) == (255, 0, 0)


def test_colour_profile_is_applied():
    # sRGB's own profile with the red and green primaries swapped: applying it swaps the colours back.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace(b"rXYZ", b"temp").replace(b"gXYZ", b"rXYZ").replace(b"temp", b"gXYZ")
    image = Image.new("RGB", (80, 80), (10, 120, 240))
    assert np.abs(load_image(encode(image, "PNG", icc_profile=profile)).astype(int) - (120, 10, 240)).max() <= 2
    np.testing.assert_array_equal(load_image(encode(image, "PNG", icc_profile=b"broken"))[0, 0], (10, 120, 240))


@pytest.mark.parametrize(
    "size, kept", [((2561, 1001), (1280, 500)), ((1001, 2561), (500, 1280)), ((333, 99), (332, 98))]
)
def test_scaled_and_even(size, kept):
    assert load_image(Image.new("RGB", size)).shape[1::-1] == kept


def test_too_many_pixels(monkeypatch):
    monkeypatch.setattr(images, "PHOTO_PIXELS", 1000)
    with pytest.raises(PhotoError, match="megapixels"):
        load_image(encode(Image.new("RGB", (100, 100)), "PNG"))


def test_bomb_for_pillow_itself(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(PhotoError, match="megapixels"):
        load_image(encode(Image.new("RGB", (100, 100)), "PNG"))


def test_unreadable(picture, tmp_path):
    whole = encode(picture, "JPEG")
    for broken in (b"", b"hello, I am no picture", whole[: len(whole) // 2], encode(picture, "PNG")[:200]):
        with pytest.raises(PhotoError, match="cannot be read"):
            load_image(broken)
    with pytest.raises(PhotoError, match="check the path"):
        load_image(tmp_path / "nowhere.jpg")
    with pytest.raises(PhotoError, match="check the path"):
        load_image(tmp_path)
    with pytest.raises(PhotoError, match="cannot be read"):
        load_image(None)


def test_too_small():
    with pytest.raises(PhotoError, match="40 x 400"):
        load_image(Image.new("RGB", (40, 400)))


def test_arrays_that_are_no_photo():
    for shape in ((5,), (100, 100, 7), (2, 100, 100, 3), (0, 0, 3)):
        with pytest.raises(PhotoError, match="no photo"):
            load_image(np.zeros(shape))
    with pytest.raises(PhotoError, match="not numbers"):
        load_image(np.full((100, 100), np.nan))


def test_warp_moves_pixels_where_the_matrix_says(picture):
    for scale in (0.31, 1.0, 1.7):
        matrix = np.array([[scale, 0, 7.3], [0, scale, -4.6]])
        size = (40, 30)
        x, y = np.meshgrid((np.arange(40) - 7.3) / scale, (np.arange(30) + 4.6) / scale)
        expected = np.stack([x * 255 / 159, y * 255 / 119], -1)
        inside = (x > 4) & (x < 155) & (y > 4) & (y < 115)
        assert np.abs(warp(picture, matrix, size)[..., :2] - expected)[inside].max() < 2.5


def test_warp_does_not_alias():
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    shrunk = warp(stripes, np.array([[0.23, 0, 0], [0, 0.23, 0]]), (80, 80))
    assert np.ptp(shrunk.astype(int)) < 40
