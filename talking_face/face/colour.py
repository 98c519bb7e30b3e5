"""Pictures in other colour spaces than sRGB, HDR among them, brought to it by their own tags.

HEIC and AVIF, PNG, and ICC profiles name their colour space by code points (ITU-T H.273: primaries, transfer function).
What they call white in HDR is 203 cd/m2, and what is brighter is rolled off to it.

References: ITU-R BT.2100-2 (PQ, HLG), BT.2408-7 (white), BT.2390-11, section 5.4 (roll-off); PNG Specification, third
edition, chunk cICP; ICC.1:2022, tag cicp.
"""

from importlib.util import find_spec

import numpy as np
from PIL import Image

PQ, HLG = 16, 18  # H.273's transfer functions
LINEAR, GAMMA = 8, {4: 2.2, 5: 2.8}  # all others of its functions are close to sRGB's
PRIMARIES = {  # x and y of red, green and blue; white is D65 but for 11
    1: [(0.640, 0.330), (0.300, 0.600), (0.150, 0.060)],  # sRGB
    9: [(0.708, 0.292), (0.170, 0.797), (0.131, 0.046)],  # BT.2020
    11: [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)],  # DCI-P3, whose white is greenish and taken as white
    12: [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)],  # Display P3
}
D65 = 0.3127, 0.3290
WHITE, MOST = 203.0, 10_000.0  # cd/m2
HLG_PEAK, HLG_GAMMA = 1000.0, 1.2  # of the screen that HLG is seen on
PIXELS_AT_ONCE = 1_000_000


def make_lab_tables():
    """Have OpenCV make its tables of Lab colours, a tenth of a second, before somebody waits for them."""
    import cv2

    cv2.cvtColor(np.zeros((1, 1, 3), np.float32), cv2.COLOR_RGB2LAB)


def to_lab(colours):
    """sRGB colours in CIE Lab.

    Parameters
    ----------
    colours : array_like, (N, 3) or (H, W, 3)
        0 to 255; what is brighter than white is white.

    Returns
    -------
    ndarray, (N, 3) or (H, W, 3) float32
        L* from 0 to 100, a* and b*.
    """
    import cv2

    colours = np.asarray(colours, np.float32)
    rows = colours.reshape(-1, *colours.shape[-2:])
    return cv2.cvtColor((rows / 255).clip(0, 1), cv2.COLOR_RGB2LAB).reshape(colours.shape)


def standard(image, data):
    """Bring a picture to sRGB where its file names another colour space by code points; else leave it as it is.

    Parameters
    ----------
    image : PIL.Image.Image
        Opened, not necessarily decoded. Its ICC profile is left to others.
    data : bytes
        The file.

    Returns
    -------
    PIL.Image.Image
    """
    tags = _code_points(image, data)
    if tags is None or (image.info.get("icc_profile") and tags[1] not in (PQ, HLG)):
        return image
    convert = _Conversion(*tags)
    if not convert.needed:
        return image
    pixels = _deep(image, data) if convert.hdr else None
    pixels = np.asarray(image.convert("RGB")) if pixels is None else pixels
    made, exif = Image.fromarray(convert(pixels)), image.getexif()
    if image.has_transparency_data:
        made.putalpha(image.convert("RGBA").getchannel("A"))
    made.getexif().update(exif)
    return made


def _code_points(image, data):
    """(primaries, transfer function) as a picture's file gives them, or None."""
    profile = image.info.get("icc_profile") or b""
    if image.format == "PNG" and (place := data.find(b"cICP", 0, data.find(b"IDAT"))) >= 0:
        return data[place + 4], data[place + 5]
    if (place := profile.rfind(b"cicp\0\0\0\0")) >= 0 and len(profile) > place + 9:
        return profile[place + 8], profile[place + 9]
    found = _container(data)
    nclx = found and found.info.get("nclx_profile")
    return nclx and (nclx["color_primaries"], nclx["transfer_characteristics"])


def _container(data):
    """What libheif makes of a HEIC or AVIF, not decoded; None of other files."""
    if data[4:8] != b"ftyp" or find_spec("pillow_heif") is None:
        return None
    import pillow_heif

    try:
        return pillow_heif.open_heif(data, convert_hdr_to_8bit=False)
    except (ValueError, RuntimeError, OSError):  # it reads fewer kinds of AVIF than Pillow does
        return None


def _deep(image, data):
    """The pixels of a picture with more than 8 bits, (H, W, 3) uint16 at full scale; None if there are no more."""
    import cv2

    if image.format not in ("HEIF", "AVIF", "PNG"):
        return None
    found = _container(data)
    if image.format == "HEIF":
        pixels, depth = np.asarray(found[0]), 16
    else:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        depth = found.info["bit_depth"] if found else 16
        pixels = None if pixels is None or pixels.ndim < 3 else pixels[..., 2::-1]
    if pixels is None or pixels.dtype != np.uint16 or pixels.shape[1::-1] != image.size:
        return None
    return (pixels.astype(np.uint32) * 65535 // (2**depth - 1)).astype(np.uint16)[..., :3]


class _Conversion:
    """From a colour space, given by its code points, to sRGB.

    Parameters
    ----------
    primaries, transfer : int
        Of H.273; unknown ones count as sRGB's.
    """

    def __init__(self, primaries, transfer):
        self.transfer, self.hdr = transfer, transfer in (PQ, HLG)
        self.matrix = np.linalg.inv(_to_xyz(1)) @ _to_xyz(primaries if primaries in PRIMARIES else 1)
        self.needed = self.hdr or transfer in (LINEAR, *GAMMA) or not np.allclose(self.matrix, np.eye(3), atol=1e-3)

    def __call__(self, pixels):
        """(H, W, 3) uint8 or uint16 -> (H, W, 3) uint8."""
        self.curve = self._curve(np.iinfo(pixels.dtype).max + 1)
        step = max(1, max(pixels.shape) // 640)
        # A thousandth of the picture, such as a lamp, may be brighter than what is rolled off to white.
        self.peak = np.quantile(self._linear(pixels[::step, ::step]).max(-1), 0.999) if self.hdr else 1
        levels = np.linspace(1e-3, np.sqrt(MOST / WHITE), 4000)  # square roots of light, as tables want it
        shares = self._rolled_off(levels**2) / levels**2
        light = np.linspace(0, 1, 1 << 14) ** 2
        encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        encoded = np.rint(255 * encoded).astype(np.uint8)
        made, rows = np.empty(pixels.shape, np.uint8), max(1, PIXELS_AT_ONCE // pixels.shape[1])
        for top in range(0, len(pixels), rows):
            linear = np.maximum(self._linear(pixels[top : top + rows]), 0)
            if self.peak > 1:
                brightest = linear.max(-1, keepdims=True)
                linear *= np.interp(np.sqrt(brightest), levels, shares).astype(np.float32)
            made[top : top + rows] = encoded[(np.sqrt(np.minimum(linear, 1)) * (len(encoded) - 1)).astype(np.int32)]
        return made

    def _curve(self, values):
        """Light of each code, 1 being white; of HLG that of the scene: (values,) float32."""
        code = np.arange(values) / (values - 1)
        if self.transfer == PQ:
            light = _from_pq(code) * MOST / WHITE
        elif self.transfer == HLG:
            light = np.where(code <= 0.5, code**2 / 3, (np.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12)
        elif self.transfer == LINEAR or self.transfer in GAMMA:
            light = code ** GAMMA.get(self.transfer, 1)
        else:
            light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
        return light.astype(np.float32)

    def _linear(self, pixels):
        """(H, W, 3) codes -> (H, W, 3) float32, linear, in sRGB's primaries, 1 being white."""
        light = self.curve[pixels]
        if self.transfer == HLG:
            luminance = light @ np.array([0.2627, 0.6780, 0.0593], np.float32)
            light *= HLG_PEAK / WHITE * luminance[..., None] ** (HLG_GAMMA - 1)
        return light @ self.matrix.T.astype(np.float32)

    def _rolled_off(self, brightness):
        """BT.2390's curve: brightness, 1 being white, from up to `peak` to up to 1; what is well below stays."""
        if self.peak <= 1:
            return brightness
        top, most = _to_pq(self.peak * WHITE / MOST), _to_pq(WHITE / MOST)
        most /= top
        value, knee = np.minimum(_to_pq(brightness * WHITE / MOST) / top, 1), 1.5 * most - 0.5
        t = (value - knee) / (1 - knee)
        spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * most
        return _from_pq(np.where(value < knee, value, spline) * top) * MOST / WHITE


def _from_pq(code):
    """PQ code, 0 to 1 -> light, 1 being 10,000 cd/m2."""
    root = np.asarray(code) ** (32 / 2523)
    return (np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)) ** (8192 / 1305)


def _to_pq(light):
    """The inverse of `_from_pq`."""
    root = np.asarray(light) ** (1305 / 8192)
    return ((107 / 128 + 2413 / 128 * root) / (1 + 2392 / 128 * root)) ** (2523 / 32)


def _to_xyz(primaries):
    """From linear RGB of these primaries to XYZ: (3, 3)."""
    columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in PRIMARIES[primaries]]).T
    x, y = D65
    return columns * np.linalg.solve(columns, [x / y, 1, (1 - x - y) / y])
