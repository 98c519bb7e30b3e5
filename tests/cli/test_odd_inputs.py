"""Odd but good photos and recordings, as people really have them, all of which must work."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image, ImageCms

from support.strange_files import PHOTO, VOICE, archive, encoded, ffmpeg, photo
from talking_face.audio import load_speech
from talking_face.face.images import load_image

ODD_NAME = """Grandma's “best” day; $(ls) %03d 100% 🎂"""

TURNS = {1: [], 2: ["FLIP_LEFT_RIGHT"], 3: ["ROTATE_180"], 4: ["FLIP_TOP_BOTTOM"], 5: ["TRANSPOSE"], 6: ["ROTATE_90"]}
TURNS |= {7: ["TRANSVERSE"], 8: ["ROTATE_270"]}


def oriented(tag):
    """A photo whose pixels lie as a camera held in that way writes them."""
    picture, exif = photo(), Image.Exif()
    for turn in TURNS[tag]:
        picture = picture.transpose(Image.Transpose[turn])
    exif[0x112] = tag
    return encoded(picture, "JPEG", quality=95, exif=exif)


def deep():
    """16 bits of grey."""
    return Image.fromarray(np.asarray(photo().convert("L")).astype(np.uint16) * 257)


def see_through(mode):
    picture = photo().convert("RGBA")
    picture.putalpha(Image.new("L", picture.size, 255))
    return picture.convert(mode)


def heic():
    import pillow_heif

    pillow_heif.register_heif_opener()
    return encoded(photo(), "HEIF", quality=90)


def animated(kind):
    return encoded(photo(), kind, save_all=True, append_images=[Image.new("RGB", (256, 256), "blue")], duration=100)


COLOUR = {f"orientation {tag}.jpg": lambda tag=tag: oriented(tag) for tag in TURNS} | {
    "printer's.jpg": lambda: encoded(photo().convert("CMYK"), "JPEG", quality=95),
    "progressive.jpg": lambda: encoded(photo(), "JPEG", quality=95, progressive=True),
    "two pictures.mpo": lambda: animated("MPO"),
    "moving.webp": lambda: animated("WEBP"),
    "moving.png": lambda: animated("PNG"),
    "moving.gif": lambda: animated("GIF"),
    "phone.heic": heic,
    "web.avif": lambda: encoded(photo(), "AVIF", quality=90),
    "scan.tif": lambda: encoded(photo(), "TIFF", compression="tiff_lzw"),
    "paint.bmp": lambda: encoded(photo(), "BMP"),
    "see-through.png": lambda: encoded(see_through("RGBA"), "PNG"),
    "few colours.png": lambda: encoded(photo().quantize(256), "PNG"),
    "profile.jpg": lambda: encoded(
        photo(), "JPEG", quality=95, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    ),
    "no ending": lambda: PHOTO.read_bytes(),
    "wrong ending.png": lambda: PHOTO.read_bytes(),
    "archive behind it.jpg": lambda: PHOTO.read_bytes() + archive(),
    ODD_NAME + ".jpg": lambda: PHOTO.read_bytes(),
}
GREY = {
    "grey.jpg": lambda: encoded(photo().convert("L"), "JPEG", quality=95),
    "16 bits.png": lambda: encoded(deep(), "PNG"),
    "16 bits.tif": lambda: encoded(deep(), "TIFF"),
    "grey and see-through.png": lambda: encoded(see_through("LA"), "PNG"),
}
SOUNDS = {
    "telephone.wav": ["-ar", 8000, "-c:a", "pcm_mulaw"],
    "European telephone.wav": ["-ar", 8000, "-c:a", "pcm_alaw"],
    "studio.wav": ["-ar", 96000, "-c:a", "pcm_s24le"],
    "laboratory.wav": ["-ar", 192000, "-c:a", "pcm_f64le"],
    "old.wav": ["-ar", 11025, "-c:a", "pcm_u8"],
    "game.wav": ["-c:a", "adpcm_ms"],
    "cinema.wav": ["-af", "pan=5.1|FL=0.5*c0|FR=0.4*c0|FC=0.6*c0", "-ar", 48000],
    "cinema.ac3": ["-af", "pan=5.1|FL=0.5*c0|FR=0.4*c0|FC=0.6*c0", "-ar", 48000, "-c:a", "ac3"],
    "browser.webm": ["-c:a", "libopus"],
    "messenger.opus": ["-c:a", "libopus", "-ar", 48000],
    "phone": ["-c:a", "aac", "-f", "mp4"],
    "stream.aac": ["-c:a", "aac", "-f", "adts"],
    "song.mp3": ["-c:a", "libmp3lame", "-q:a", 5, "-ar", 44100],
    "radio.mp2": ["-c:a", "mp2", "-ar", 44100],
    "lossless.flac": ["-ar", 44100],
    "apple.m4a": ["-c:a", "alac"],
    "apple.aiff": [],
    "apple.caf": [],
    "sun.au": [],
    "windows.wma": ["-c:a", "wmav2"],
    "free.ogg": ["-c:a", "libvorbis", "-ar", 44100],
    "film.mov": ["-f", "lavfi", "-i", "color=size=64x64:duration=1", "-c:a", "pcm_s16le"],
    "film.mkv": ["-f", "lavfi", "-i", "color=size=64x64:duration=1", "-c:a", "flac"],
    "film.avi": ["-f", "lavfi", "-i", "color=size=64x64:duration=1", "-c:a", "libmp3lame", "-ar", 44100],
    "wrong ending.mp3": ["-c:a", "libopus", "-f", "webm"],
    ODD_NAME + ".wav": [],
    "video of an old phone.3gp": ["-ar", 8000, "-c:a", "aac"],
    "sound blaster.voc": ["-c:a", "pcm_u8", "-ar", 11025],
    "archive.wv": ["-c:a", "wavpack"],
    "archive.tta": ["-c:a", "tta"],
    "disc.dts": ["-ar", 48000, "-c:a", "dca", "-strict", "-2"],
    "camera.mxf": ["-f", "lavfi", "-i", "color=size=64x64:rate=25:duration=1", "-c:a", "pcm_s16le", "-ar", 48000],
}


def difference(folder, name, make, expected):
    (folder / name).write_bytes(make())
    shown = load_image(folder / name)
    assert shown.shape == expected.shape and shown.dtype == np.uint8
    return np.abs(shown.astype(int) - expected).mean()


@pytest.mark.parametrize("name", COLOUR)
def test_photos(tmp_path, name):
    assert difference(tmp_path, name, COLOUR[name], np.asarray(photo())) < 6


@pytest.mark.parametrize("name", GREY)
def test_grey_photos(tmp_path, name):
    assert difference(tmp_path, name, GREY[name], np.asarray(photo().convert("L").convert("RGB"))) < 2


@pytest.mark.parametrize("kind, mode", [("JPEG", "RGB"), ("PNG", "P"), ("PNG", "L")])
def test_a_photo_of_12000_pixels(tmp_path, kind, mode):
    size = (12_000, 9_000) if kind == "JPEG" else (12_000, 2_000)
    small = photo().quantize(256) if mode == "P" else photo().convert(mode)
    large = small.resize(size, Image.Resampling.NEAREST)
    options = {"quality": 60} if kind == "JPEG" else {"compress_level": 1}
    (tmp_path / "large").write_bytes(encoded(large, kind, **options))
    shown = load_image(tmp_path / "large")
    expected = np.asarray(small.convert("RGB").resize(shown.shape[1::-1], Image.Resampling.BOX))
    assert shown.shape[1] == 1280 and np.abs(shown.astype(int) - expected).mean() < 4


def test_a_link_to_a_photo(tmp_path):
    (tmp_path / "link.jpg").symlink_to(PHOTO)
    np.testing.assert_array_equal(load_image(tmp_path / "link.jpg"), load_image(PHOTO))


@pytest.mark.parametrize("name", SOUNDS)
def test_sounds(tmp_path, name):
    ending = "".join(Path(name).suffixes[-1:])
    data = ffmpeg(tmp_path, f"made{ending}", "-t", "1", "-i", VOICE, *SOUNDS[name])
    (tmp_path / name).write_bytes(data)
    samples, rate = soundfile.read(VOICE, frames=16000)
    expected, speech = load_speech((rate, samples)), load_speech(tmp_path / name)
    assert speech.duration == pytest.approx(1, abs=0.1)
    assert speech.level == pytest.approx(expected.level, abs=1.5)


def test_there_are_enough():
    assert len(COLOUR) + len(GREY) + len(SOUNDS) >= 30
