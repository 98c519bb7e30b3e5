"""Pictures in: any photo as RGB pixels; and the one resampling that portraits and landmarks share."""

import io
import os
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps

from talking_face.errors import PhotoError, shown
from talking_face.face import colour
from talking_face.limits import (
    PHOTO_BYTES,
    PHOTO_FORMATS,
    PHOTO_PIXELS,
    PHOTO_PIXELS_AT_ONCE,
    PHOTO_SECONDS,
    TimedFile,
    check_bytes,
    is_file,
)

MAX_SIDE = 1280  # pixels; longer photos are scaled down
MIN_SIDE = 64  # pixels; no usable face fits into less
STRIP_PIXELS = 4_000_000  # of a large photo, brought to RGB at a time

# What Pillow warns of is refused here, if it has to be, and else nobody can do anything about it.
warnings.filterwarnings("ignore", module=r"PIL\.")

_UNREADABLE = "This photo cannot be read; please save it as JPEG, PNG or WebP and try again."


def reusable(source):
    """A photo, as `load_image` takes it, that can be read more than once: a binary file's bytes, all else itself."""
    return _read(source) if hasattr(source, "read") and not isinstance(source, Image.Image) else source


def load_image(source, max_side=MAX_SIDE):
    """Read a photo of any common kind as upright RGB.

    Parameters
    ----------
    source : str, Path, bytes, binary file, PIL.Image.Image or ndarray
        The photo. Arrays are (H, W), (H, W, 1), (H, W, 2), (H, W, 3) or (H, W, 4): grey, grey and alpha, RGB or RGBA;
        bool, integer or float, in 0..1, 0..255 or 0..65535 (told apart by their largest value).
    max_side : int
        Longest side of the result, pixels; smaller photos keep their size.

    Returns
    -------
    ndarray, (H, W, 3) uint8
        sRGB, turned as its EXIF tag says, transparent parts white, first frame of an animation. H and W are even, as
        H.264 wants them.

    Raises
    ------
    PhotoError
        The photo is missing, damaged, not a picture, too large or too small.
    """
    return load_photo(source, max_side)[0]


def load_photo(source, max_side=MAX_SIDE):
    """As `load_image`, with where its pixels were in the photo as it came.

    Returns
    -------
    image : ndarray, (H, W, 3) uint8
    matrix : ndarray, (2, 3) float64
        Pixel of `image` -> pixel of the photo at its own resolution, turned as its EXIF tag says.
    """
    try:
        image, size = _open(source, max_side)
        image = _upright(image, max_side)
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError(_too_large(PHOTO_PIXELS)) from error
    except TimeoutError as error:
        raise PhotoError("This photo takes too long to read; please save it as a plain JPEG and try again.") from error
    except Exception as error:  # on damaged files, Pillow's many decoders raise almost anything
        raise PhotoError(_UNREADABLE) from error

    scale = min(1.0, max_side / max(image.size))
    width, height = (max(1, round(side * scale)) for side in image.size)
    if min(width, height) < MIN_SIDE:
        raise PhotoError(
            f"This photo is only {image.width} x {image.height} pixels; please take one with at least {MIN_SIDE} "
            "pixels on its shorter side."
        )
    if scale < 1:
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    # Decoders shrink and EXIF tags turn, but of both sizes the longer side stays the longer one.
    ratio = np.array(sorted(size, reverse=width > height)) / [width, height]
    matrix = np.column_stack([np.diag(ratio), (ratio - 1) / 2])
    return np.array(image)[: height - height % 2, : width - width % 2], matrix


def warp(image, matrix, size):
    """Resample a picture through a similarity transform, without aliasing.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
    matrix : ndarray, (2, 3)
        Similarity transform, pixel of `image` -> pixel of the result.
    size : tuple of int
        (width, height) of the result, pixels.

    Returns
    -------
    ndarray, (height, width, 3) uint8
        Where it leaves the picture, the picture is reflected.
    """
    import cv2

    image, matrix = _shrunk(image, np.asarray(matrix, np.float64), 1)
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def cut(image, matrix, size):
    """Resample a square crop for a network, touching only the pixels around it; bilinear, else as `warp`.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
    matrix : ndarray, (2, 3)
        Similarity transform, pixel of `image` -> pixel of the crop.
    size : int
        Side of the crop, pixels.

    Returns
    -------
    ndarray, (size, size, 3) uint8
    """
    import cv2

    height, width = image.shape[:2]
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]]) - 0.5
    corners = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    low, high = np.floor(corners.min(0)) - 3, np.ceil(corners.max(0)) + 4
    if low.min() >= 0 and high[0] <= width and high[1] <= height:
        (left, top), (right, bottom) = low.astype(int), high.astype(int)
        image = image[top:bottom, left:right]
        matrix = np.column_stack([matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ low])
    image, matrix = _shrunk(image, matrix, 0.75)
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def _shrunk(image, matrix, below):
    """Average over areas first, if a transform shrinks below a scale: picture and transform that alias no more."""
    import cv2

    scale = np.hypot(matrix[0, 0], matrix[1, 0])
    if scale >= below:
        return image, matrix
    height, width = image.shape[:2]
    small = max(1, round(width * scale)), max(1, round(height * scale))
    ratio = np.array([width / small[0], height / small[1]])
    image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return image, np.column_stack([matrix[:, :2] * ratio, matrix[:, 2] + matrix[:, :2] @ (ratio - 1) / 2])


def _open(source, max_side):
    """`source` as a PIL image of any mode, its size checked before its pixels are read; and that size."""
    if isinstance(source, np.ndarray):
        image = Image.fromarray(_to_uint8(source))
        return image, image.size
    data = None if isinstance(source, Image.Image) else _read(source)
    image = source if data is None else _open_file(data)
    limit = PHOTO_PIXELS_AT_ONCE.get(image.format, PHOTO_PIXELS)
    if image.width * image.height > limit:
        raise PhotoError(_too_large(limit))
    if getattr(image, "is_animated", False):
        image.seek(0)
    size = image.size
    if image.format in ("JPEG", "MPO"):
        image.draft(None, (2 * max_side, 2 * max_side))  # large JPEGs decode several times faster at half size
    return (image if data is None else colour.standard(image, data)), size


def _read(source):
    """The bytes of a path, bytes or a binary file."""
    if isinstance(source, (str, os.PathLike)):
        if not is_file(source):
            raise PhotoError(f"There is no photo at “{shown(source)}”; please check the path.")
        check_bytes(source, PHOTO_BYTES, PhotoError, "This photo")
        return Path(source).read_bytes()
    data = bytes(source) if isinstance(source, (bytes, bytearray, memoryview)) else source.read(PHOTO_BYTES + 1)
    if len(data) > PHOTO_BYTES:
        raise PhotoError(f"This photo has more than {PHOTO_BYTES // 1_000_000} MB; please use a smaller one.")
    return data


def _open_file(data):
    """Open a picture's bytes with those of Pillow's decoders that photos need."""
    formats = PHOTO_FORMATS
    if data[4:8] == b"ftyp" and find_spec("pillow_heif"):  # HEIC, as phones save it, or AVIF
        import pillow_heif

        pillow_heif.register_heif_opener()
        formats = (*formats, "HEIF")
    return Image.open(TimedFile(data, PHOTO_SECONDS), formats=formats)


def _upright(image, max_side):
    """Any PIL image -> RGB, turned as its EXIF tag says; a large one is shrunk as well, to no less than `max_side`."""
    orientation = image.getexif().get(ExifTags.Base.Orientation)
    factor = max(image.size) // (2 * max_side)
    full_scale = _full_scale(image)
    if factor < 2:
        flat = _flatten(image, full_scale)
    else:  # strip by strip, so that there is never a second picture of full size
        rows = factor * max(1, STRIP_PIXELS // (image.width * factor))
        boxes = [(0, top, image.width, min(top + rows, image.height)) for top in range(0, image.height, rows)]
        strips = [np.asarray(_flatten(image.crop(box), full_scale).reduce(factor)) for box in boxes]
        flat = Image.fromarray(np.concatenate(strips))
    flat.getexif()[ExifTags.Base.Orientation] = orientation or 1
    return ImageOps.exif_transpose(flat)


def _full_scale(image):
    """White in a PIL image of deep or fractional grey: 1, 255 or 65535; None for other modes."""
    if not image.mode.startswith(("I", "F")):
        return None
    return _white(image.mode == "F", image.getextrema()[1])


def _flatten(image, full_scale):
    """Any PIL mode -> RGB in the sRGB colour space; `full_scale` is that of the whole picture."""
    if full_scale:
        return Image.fromarray(_to_uint8(np.asarray(image), full_scale)).convert("RGB")
    profile = image.info.get("icc_profile")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    if profile and image.mode in ("RGB", "CMYK"):
        try:
            # Phones photograph in Display P3, printers want CMYK: read as sRGB, both come out with the wrong colours.
            source_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source_profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass  # a damaged profile is no reason to refuse the photo
    return image.convert("RGB")


def _to_uint8(array, full_scale=None):
    """(H, W[, C]) numbers in 0..1, 0..255 or 0..65535 -> (H, W[, C]) uint8; by their largest, unless white is given."""
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or array.ndim == 3 and array.shape[2] not in (2, 3, 4) or array.size == 0:
        raise PhotoError(f"An array of shape {array.shape} is no photo; please give (H, W), (H, W, 3) or (H, W, 4).")
    if array.dtype == np.uint8:
        return array
    values = array.astype(np.float64)
    if not np.isfinite(values).all():
        raise PhotoError("This photo has pixels that are not numbers; please give finite values.")
    white = full_scale or _white(array.dtype.kind in "bf", values.max())
    return np.rint(np.clip(values / white, 0, 1) * 255).astype(np.uint8)


def _white(may_be_one, largest):
    """What white is among numbers with this largest one."""
    return 1 if may_be_one and largest <= 1 else 255 if largest <= 255 else 65535


def _too_large(limit):
    return f"This photo has more than {limit // 1_000_000} megapixels; please scale it down and try again."
