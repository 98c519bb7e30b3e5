"""Pictures whose files name a colour space: PQ, HLG and wide gamuts come out as their sRGB version, or nearly."""

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image, ImageCms

from talking_face.errors import PhotoError
from talking_face.face import colour
from talking_face.face.images import load_image

SRGB = 13  # H.273's transfer function
CHART = [[200, 30, 40], [30, 160, 60], [40, 60, 190], [224, 172, 140], [96, 62, 48], [128, 128, 128], [250, 250, 250]]


@pytest.fixture
def chart():
    """Patches of sRGB, skin among them, under a ramp of grey: (112, 224, 3) uint8."""
    patches = np.repeat(np.repeat(np.array(CHART, np.uint8)[None], 64, 0), 32, 1)
    ramp = np.repeat(np.linspace(0, 250, 224).astype(np.uint8)[None, :, None], 48, 0).repeat(3, 2)
    return np.concatenate([patches, ramp])


def light(picture):
    value = picture / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def coded(picture, primaries, transfer):
    """An sRGB picture as 16-bit codes of another colour space, white at 203 cd/m2: (H, W, 3) uint16."""
    linear = light(picture) @ (np.linalg.inv(colour._to_xyz(primaries)) @ colour._to_xyz(1)).T
    linear = np.clip(linear, 0, None)
    if transfer == colour.PQ:
        code = colour._to_pq(linear * colour.WHITE / colour.MOST)
    elif transfer == colour.HLG:
        screen = linear * colour.WHITE / colour.HLG_PEAK
        luminance = np.maximum(screen @ [0.2627, 0.6780, 0.0593], 1e-9)[..., None]
        scene = screen * luminance ** (1 / 1.2 - 1)
        code = np.where(scene <= 1 / 12, np.sqrt(3 * scene), 0)
        bright = scene > 1 / 12
        code[bright] = 0.17883277 * np.log(12 * scene[bright] - 0.28466892) + 0.55991073
    else:
        code = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(np.clip(code, 0, 1) * 65535).astype(np.uint16)


def png(codes, primaries, transfer):
    """16-bit PNG with a cICP chunk."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width = codes.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in codes)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header), chunk(b"cICP", bytes([primaries, transfer, 0, 1]))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def heic(codes, primaries, transfer):
    import pillow_heif

    height, width = codes.shape[:2]
    made = pillow_heif.from_bytes("RGB;16", (width, height), codes.tobytes())
    file, nclx = io.BytesIO(), {"color_primaries": primaries, "transfer_characteristics": transfer}
    made.save(file, quality=-1, chroma=444, **nclx)
    return file.getvalue()


def avif(codes, primaries, transfer, folder):
    """10 bits, by ffmpeg; None where it has no encoder."""
    names = {
        9: "bt2020",
        12: "smpte432",
        colour.PQ: "smpte2084",
        colour.HLG: "arib-std-b67",
        SRGB: "iec61966-2-1",
    }
    tags = f"setparams=color_primaries={names[primaries]}:color_trc={names[transfer]}:colorspace=gbr:range=pc"
    height, width = codes.shape[:2]
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", f"{width}x{height}"]
    command += ["-i", "-", "-vf", f"format=gbrp10le,{tags}", "-c:v", "libaom-av1", "-crf", "4", "-cpu-used", "8"]
    subprocess.run([*command, "-frames:v", "1", str(folder / "a.avif")], input=codes.tobytes(), check=True)
    return (folder / "a.avif").read_bytes()


@pytest.mark.parametrize("transfer", [colour.PQ, colour.HLG, SRGB])
@pytest.mark.parametrize("primaries", [9, 12])
@pytest.mark.parametrize("kind", ["png", "heic", "avif"])
def test_colours_come_out_as_they_went_in(chart, tmp_path, kind, primaries, transfer):
    data = {"png": png, "heic": heic, "avif": lambda *given: avif(*given, tmp_path)}[kind](
        coded(chart, primaries, transfer), primaries, transfer
    )
    difference = np.abs(load_image(data).astype(int) - chart)
    assert np.median(difference[:64]) <= 2 and difference[:64, 8::16].max() <= 12, difference[:64, 8::16].max((0, 2))
    assert difference[64:].mean() < 2.5


def test_what_is_brighter_than_white_is_rolled_off_and_the_rest_stays():
    """A face in front of a window of 1600 cd/m2."""
    scene = np.full((120, 160, 3), 120, np.uint8)
    codes = coded(scene, 9, colour.PQ)
    codes[:, 100:] = np.rint(65535 * colour._to_pq(np.array(1600 / colour.MOST)))
    shown = load_image(png(codes, 9, colour.PQ)).astype(int)
    assert np.abs(shown[:, :100] - 120).max() <= 6
    assert shown[:, 100:].min() >= 250


def test_turned_and_see_through_pictures_stay_so(chart):
    codes = coded(chart, 9, colour.PQ)
    data = png(codes, 9, colour.PQ)
    exif = Image.Exif()
    exif[0x112] = 6
    end = data.index(b"IDAT") - 4
    block = exif.tobytes()[6:]
    turned = data[:end] + struct.pack(">I", len(block)) + b"eXIf" + block
    turned += struct.pack(">I", zlib.crc32(b"eXIf" + block)) + data[end:]
    assert load_image(turned).shape[:2] == chart.shape[1::-1]
    np.testing.assert_array_equal(load_image(turned), np.rot90(load_image(data), -1))


def test_a_profile_that_names_code_points(chart):
    """Such as those that macOS writes; their tables are for programs that know no code points."""
    profile = (
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + b"cicp\0\0\0\0" + bytes([9, 16, 0, 1])
    )
    file = io.BytesIO()
    eight = (coded(chart, 9, colour.PQ) >> 8).astype(np.uint8)
    Image.fromarray(eight).save(file, "PNG", icc_profile=profile)
    assert np.abs(load_image(file.getvalue()).astype(int) - chart).mean() < 6


@pytest.mark.parametrize("tags", [(0, 0), (2, 2), (1, 1), (1, 13), (255, 255), (6, 6)])
def test_what_is_ordinary_or_unknown_is_left_alone(chart, tags):
    data = png((chart.astype(np.uint16) * 257), *tags)
    np.testing.assert_array_equal(load_image(data), chart)


def test_the_map_of_an_hdr_jpeg_is_not_the_picture(chart):
    """Android's and Adobe's HDR photos: an ordinary JPEG first, then how much brighter each place may be."""
    file = io.BytesIO()
    more = Image.new("L", (112, 56), 255)
    Image.fromarray(chart).save(file, "MPO", save_all=True, append_images=[more], quality=95)
    shown = load_image(file.getvalue())
    assert shown.shape == chart.shape and np.abs(shown.astype(int) - chart).mean() < 3


def test_without_pillow_heif_heic_is_refused_and_avif_read(chart, tmp_path, monkeypatch):
    data = heic(coded(chart, 12, SRGB), 12, SRGB)
    Image.fromarray(chart).save(tmp_path / "chart.avif", quality=95)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PhotoError, match="save it as JPEG"):
        load_image(data)
    assert np.abs(load_image(tmp_path / "chart.avif").astype(int) - chart).mean() < 5
