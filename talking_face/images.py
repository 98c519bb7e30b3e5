"""Pictures in: any photo as RGB pixels; and the one resampling that portraits and landmarks share."""

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

from .errors import PhotoError

MAX_SIDE = 1280  # pixels; longer photos are scaled down
MIN_SIDE = 64  # pixels; no usable face fits into less
MAX_PIXELS = 120_000_000  # what we are willing to decode

_UNREADABLE = "This photo cannot be read; please save it as JPEG, PNG or WebP and try again."


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
    try:
        image = _flatten(_open(source, max_side))
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError(_too_large()) from error
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
    return np.array(image)[: height - height % 2, : width - width % 2]


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

    matrix = np.asarray(matrix, np.float64)
    scale = np.hypot(matrix[0, 0], matrix[1, 0])
    if scale < 1:
        # Averaging over areas first leaves a transform that neither shrinks nor aliases.
        height, width = image.shape[:2]
        small = max(1, round(width * scale)), max(1, round(height * scale))
        ratio = np.array([width / small[0], height / small[1]])
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
        matrix = np.column_stack([matrix[:, :2] * ratio, matrix[:, 2] + matrix[:, :2] @ (ratio - 1) / 2])
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _open(source, max_side):
    """Decode `source` to an upright PIL image of any mode, its size checked before its pixels are read."""
    if isinstance(source, np.ndarray):
        return Image.fromarray(_to_uint8(source))
    if isinstance(source, (str, os.PathLike)):
        if not Path(source).is_file():
            raise PhotoError(f"There is no photo at {os.fspath(source)!r}; please check the path.")
    elif isinstance(source, (bytes, bytearray, memoryview)):
        source = io.BytesIO(source)
    image = source if isinstance(source, Image.Image) else Image.open(source)
    if image.width * image.height > MAX_PIXELS:
        raise PhotoError(_too_large())
    if getattr(image, "is_animated", False):
        image.seek(0)
    if image.format == "JPEG":
        image.draft(None, (2 * max_side, 2 * max_side))  # large JPEGs decode several times faster at half size
    return ImageOps.exif_transpose(image)


def _flatten(image):
    """Any PIL mode -> RGB in the sRGB colour space."""
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_to_uint8(np.asarray(image))).convert("RGB")
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


def _to_uint8(array):
    """(H, W[, C]) numbers in 0..1, 0..255 or 0..65535 -> (H, W[, C]) uint8."""
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or array.ndim == 3 and array.shape[2] not in (2, 3, 4) or array.size == 0:
        raise PhotoError(f"An array of shape {array.shape} is no photo; please give (H, W), (H, W, 3) or (H, W, 4).")
    if array.dtype == np.uint8:
        return array
    values = array.astype(np.float64)
    if not np.isfinite(values).all():
        raise PhotoError("This photo has pixels that are not numbers; please give finite values.")
    unit = array.dtype.kind == "b" or array.dtype.kind == "f" and values.max() <= 1
    top = 1 if unit else 255 if values.max() <= 255 else 65535
    return np.rint(np.clip(values / top, 0, 1) * 255).astype(np.uint8)


def _too_large():
    return f"This photo has more than {MAX_PIXELS // 1_000_000} megapixels; please scale it down and try again."
