"""Files that people, or people who mean harm, could hand in: (name, how to make it, a word of what is said of it)."""

import contextlib
import io
import os
import pickle
import struct
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import soundfile
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from support.paths import ASSETS

PHOTO, VOICE = ASSETS / "london_009.jpg", ASSETS / "good_news.wav"
TRAP_MARK = Path(tempfile.gettempdir()) / "talking-face-was-here"  # what a sprung `Trap` leaves behind
SILENCE = np.zeros(16000)
NOISE = 0.1 * np.random.default_rng(0).standard_normal(16000)


def encoded(image, kind, **options):
    """A PIL image as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@contextlib.contextmanager
def saved(data):
    """Bytes as a file, whose path this yields."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given"
        path.write_bytes(data)
        yield path


def flat(size=(300, 300), mode="RGB", colour=0):
    return Image.new(mode, size, colour)


def photo(size=256):
    """The photo of a face, PIL, RGB."""
    return Image.open(PHOTO).convert("RGB").resize((size, size), Image.Resampling.LANCZOS)


def sound(samples, rate=16000, kind="WAV", subtype=None):
    """Samples as the bytes of a sound file."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


def ffmpeg(folder, name, *options):
    """Make `folder / name` by ffmpeg and return its bytes."""
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-y", *map(str, options), str(folder / name)], check=True)
    data = (folder / name).read_bytes()
    (folder / name).unlink()
    return data


def archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("photo.jpg", PHOTO.read_bytes())
    return file.getvalue()


class Trap:
    """What would run a command if it were unpickled."""

    def __reduce__(self):
        return os.system, (f"touch {TRAP_MARK}",)


def png(width, height, depth=8, colour=2, data=b""):
    """A PNG whose header promises any size."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def wav(rate=16000, channels=1, claimed=0xFFFFFFFF, data=b"", bits=16):
    """A WAV whose header promises anything."""
    step = channels * bits // 8
    form = struct.pack("<HHIIHH", 1, channels & 0xFFFF, rate, rate * step & 0xFFFFFFFF, step & 0xFFFF, bits)
    return (
        b"RIFF"
        + struct.pack("<I", 0xFFFFFFFF)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + (b"data" + struct.pack("<I", claimed) + data)
    )


def patient_jpeg(scans=4000):
    """A small JPEG that keeps its decoder busy: a large picture in thousands of scans that add nothing."""
    data = encoded(Image.new("L", (8000, 8000), 90), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


# A photo: bytes, or what makes something else at a path; and a word of the sentence.
UNREADABLE, MISSING = "cannot be read", "check the path"
BAD_PHOTOS = {
    "zero length.jpg": (lambda: b"", UNREADABLE),
    "one byte.png": (lambda: b"\x89", UNREADABLE),
    "text.jpg": (lambda: b"This is no picture.\n" * 99, UNREADABLE),
    "html.png": (lambda: b"<!DOCTYPE html><title>404</title>", UNREADABLE),
    "vector.svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc'/></svg>", UNREADABLE),
    "script.eps": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n(x) run\n", UNREADABLE),
    "document.pdf": (lambda: b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>", UNREADABLE),
    "half.jpg": (lambda: PHOTO.read_bytes()[: PHOTO.stat().st_size // 2], UNREADABLE),
    "half.png": (lambda: encoded(photo(), "PNG")[:9000], UNREADABLE),
    "half.webp": (lambda: encoded(photo(), "WEBP")[:3000], UNREADABLE),
    "half.avif": (lambda: encoded(photo(), "AVIF")[:2000], UNREADABLE),
    "start only.jpg": (lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF", UNREADABLE),
    "wrong checksum.png": (lambda: encoded(photo(), "PNG").replace(b"IDAT", b"IDAX", 1), UNREADABLE),
    "empty size.png": (lambda: png(0, 0), UNREADABLE),
    "huge header.png": (lambda: png(100_000, 100_000), "megapixels"),
    "huge header.bmp": (lambda: encoded(flat((8, 8)), "BMP").replace(b"\x08\0\0\0", b"\xff\xff\0\0"), "megapixels"),
    "huge header.gif": (lambda: b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b";", UNREADABLE),
    "bomb.png": (lambda: png(30_000, 30_000, 1, 0, bytes(10_000_000)), "megapixels"),
    "bomb.tif": (lambda: encoded(flat((14_000, 14_000), "1"), "TIFF", compression="group4"), "megapixels"),
    "bomb.webp": (lambda: encoded(flat((8000, 7000), "L"), "WEBP", method=0, quality=0), "megapixels"),
    "layers.psd": (lambda: b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 300, 300, 8, 3) + bytes(999), UNREADABLE),
    "icon.ico": (lambda: encoded(photo(), "ICO"), UNREADABLE),
    "scan.jp2": (lambda: encoded(photo(), "JPEG2000"), UNREADABLE),
    "plain.ppm": (lambda: encoded(photo(), "PPM"), UNREADABLE),
    "archive.jpg": (archive, UNREADABLE),
    "program.png": (lambda: b"\x7fELF\x02\x01\x01" + bytes(999), UNREADABLE),
    "pickle.jpg": (lambda: pickle.dumps(Trap()), UNREADABLE),
    "sound.png": (lambda: VOICE.read_bytes(), UNREADABLE),
    "fake.heic": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), UNREADABLE),
    "fake.avif": (lambda: b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + os.urandom(99), UNREADABLE),
    "document and photo.pdf": (lambda: b"%PDF-1.4\n" + PHOTO.read_bytes(), UNREADABLE),
    "script and picture.gif": (lambda: encoded(flat(), "GIF") + b"<script>alert(1)</script>", "No face"),
    "archive and picture.png": (lambda: encoded(flat(), "PNG") + archive(), "No face"),
    "one colour.png": (lambda: encoded(flat(), "PNG"), "No face"),
    "tiny.png": (lambda: encoded(photo(40), "PNG"), "at least 64 pixels"),
    "a thread.png": (lambda: encoded(flat((12_000, 3)), "PNG"), "at least 64 pixels"),
    "face cut off.png": (lambda: encoded(photo().crop((0, 0, 256, 170)), "PNG"), "."),
}  # fmt: skip


SPECIAL = {
    "nothing": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "broken link": lambda path: path.symlink_to(path.with_name("nowhere")),
    "link in a circle": lambda path: path.symlink_to(path),
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
    "link to a folder": lambda path: path.symlink_to("/"),
    "pipe": lambda path: os.mkfifo(path),
}

NO_SOUND, SILENT = "no sound that can be read", "silent"
BAD_SOUNDS = {
    "zero length.wav": (lambda f: b"", "empty"),
    "one byte.mp3": (lambda f: b"I", NO_SOUND),
    "text.wav": (lambda f: b"This is no sound.\n" * 99, NO_SOUND),
    "html.mp3": (lambda f: b"<!DOCTYPE html><title>404</title>", NO_SOUND),
    "start only.wav": (lambda f: b"RIFF\xff\xff\xff\xffWAVEfmt ", NO_SOUND),
    "nothing in it.wav": (lambda f: sound(np.zeros(0)), "only 0.00 seconds"),
    "a click.wav": (lambda f: sound(NOISE[:1600]), "only 0.10 seconds"),
    "silence.wav": (lambda f: sound(SILENCE), SILENT),
    "silence.flac": (lambda f: sound(SILENCE, kind="FLAC"), SILENT),
    "direct current.wav": (lambda f: sound(SILENCE + 0.7), SILENT),
    "no numbers.wav": (lambda f: sound(SILENCE * np.nan, subtype="FLOAT"), SILENT),
    "too long.wav": (lambda f: sound(np.tile(NOISE, 4)), "at most 3 seconds"),
    "too long.mp3": (lambda f: sound(np.tile(NOISE, 4), kind="MP3"), "at most 3 seconds"),
    "half.ogg": (lambda f: sound(NOISE, kind="OGG")[:600], "."),
    "half.flac": (lambda f: sound(NOISE, kind="FLAC")[:60], "."),
    "no index.mp4": (lambda f: ffmpeg(f, "a.mp4", "-i", VOICE)[:-2000], NO_SOUND),
    "slow.wav": (lambda f: wav(rate=100, data=sound(NOISE)[44:]), "too coarse"),
    "fast.wav": (lambda f: wav(rate=10_000_000, data=sound(np.tile(NOISE, 400))[44:]), "too fine"),
    "no rate.wav": (lambda f: wav(rate=0, data=sound(NOISE)[44:]), "."),
    "many channels.wav": (lambda f: wav(channels=200, data=bytes(400_000)), "channels"),
    "no channels.wav": (lambda f: wav(channels=0, data=bytes(4000)), NO_SOUND),
    "huge header.wav": (lambda f: wav(claimed=0xFFFFFFFF, data=b"\0\0"), "only 0.00 seconds"),
    "silent film.mp4": (lambda f: ffmpeg(f, "a.mp4", "-f", "lavfi", "-i", "color=size=64x64:duration=1"), NO_SOUND),
    "picture.wav": (lambda f: PHOTO.read_bytes(), NO_SOUND),
    "archive.mp3": (lambda f: archive(), NO_SOUND),
    "program.ogg": (lambda f: b"\x7fELF\x02\x01\x01" + bytes(999), NO_SOUND),
    "pickle.wav": (lambda f: pickle.dumps(Trap()), NO_SOUND),
    "notes.mid": (lambda f: b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0", NO_SOUND),
    "list.m3u8": (lambda f: f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{VOICE}\n".encode(), NO_SOUND),
    "list.m3u8.wav": (lambda f: b"#EXTM3U\n#EXTINF:9,\nconcat:/etc/passwd|/etc/hosts\n", NO_SOUND),
    "script.ffconcat": (lambda f: f"ffconcat version 1.0\nfile '{VOICE}'\n".encode(), NO_SOUND),
    "session.sdp": (lambda f: b"v=0\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n", NO_SOUND),
    "manifest.mpd": (lambda f: b"<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>/</BaseURL></MPD>", NO_SOUND),
    "subtitles.srt": (lambda f: b"1\n00:00:00,000 --> 00:00:09,000\nHello\n", NO_SOUND),
    "filter.lavfi": (lambda f: b"sine=duration=2", NO_SOUND),
    "metadata.txt": (lambda f: b";FFMETADATA1\ntitle=x\n", NO_SOUND),
    "fake.amr": (lambda f: b"#!AMR\n" + os.urandom(3), "."),
}  # fmt: skip
