"""What may come in: every limit on other people's files and requests, and the checks that need no decoder.

The limits are generous to people (a photo of 12,000 px, ten minutes in stereo) and bound what a file made to do harm
can cost: below a gigabyte of memory, and a minute.
"""

import io
import numbers
import os
import time
from collections.abc import Mapping
from typing import Any

from talking_face.errors import ChoiceError, TalkingFaceError

MB = 1_000_000

PHOTO_BYTES = 50 * MB
PHOTO_PIXELS = 120 * MB  # decoded, four bytes each
PHOTO_PIXELS_AT_ONCE = {"WEBP": 50 * MB, "AVIF": 50 * MB, "HEIF": 50 * MB}  # decoders that need several times that
PHOTO_SECONDS = 20  # of decoding
# Formats of photos, by Pillow's names. It knows forty more, of which some start other programs (EPS) or are rarely
# tested. (MPO, which phones write, is read as JPEG; HEIC by a library of its own.)
PHOTO_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "AVIF")
SIDES = 64, 8192  # shortest and longest that the longer side of a photo may be scaled to, pixels

# What people's recordings are saved as, for help texts; media.ffmpeg has the containers and codecs, by ffmpeg's names.
RECORDINGS = (
    "WAV, FLAC, MP3, M4A, AAC, OGG, Opus, WebM, CAF, AIFF, AU, AMR, WMA, AC3, DTS, APE, WavPack, TTA, Musepack, DSF, "
    "DSS, VOC, GSM, or the sound of a video: MP4, MOV, 3GP, MKV, WebM, AVI, WMV, FLV, MPEG, TS, MXF"
)
SOUND_BYTES = 2000 * MB  # a phone's video of some minutes; most of it is never read
SOUND_VALUES = 60 * MB  # numbers once decoded, all channels together: ten minutes of stereo at 48 kHz
SOUND_CHANNELS = 8
SOUND_RATES = 4000, 192_000  # Hz; telephones use 8000
SOUND_SECONDS = 60  # of decoding
SPEECH_SECONDS = 0.3, 3600  # shortest and longest that one may ask for
SEEDS = 0, 2**63 - 1
MAX_INTENSITY, MAX_LIVELINESS = 1.5, 1.5
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "hi": "हिन्दी",
    "ar": "العربية",
    "zh": "中文",
}
TEXT_LENGTH = 600  # characters to say at once, about 45 seconds
REQUEST_LENGTH = 1000  # characters of a list of emotions
# How the files begin that libsndfile may try: WAV, FLAC, Ogg, AIFF, AU, CAF, MP3. Whatever else there is, ffmpeg reads.
SOUND_STARTS = (b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"FORM", b".snd", b"caff", b"ID3", b"\xff\xfb")

VIDEO_PIXELS = 40 * MB  # a frame
VIDEO_SECONDS = 120  # until the first frame, which a good file has at once, but on a busy machine
CHECKPOINT_BYTES = 1000 * MB
CHECKPOINT_VALUES = 100 * MB  # the reference's generator, the largest there is, has 42
CONFIG_NUMBER = 4096  # largest in a checkpoint's description of its network
CONFIG_ENTRIES = 64
CONFIG_BYTES = 1 * MB
CLIP_BYTES = 800 * MB  # an array of a clip to train on, unpacked


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether a regular file, no folder, device or pipe, is at a path, whatever the path looks like."""
    return os.path.isfile(path)  # unlike pathlib's, False where a name is too long


def check_bytes(path: str | os.PathLike[str], limit: int, error: type[TalkingFaceError], what: str) -> None:
    """Refuse a file that is too large to be opened.

    Parameters
    ----------
    path : path
    limit : int
        Bytes.
    error : type
        Of the error to raise.
    what : str
        Begins the sentence, such as "This photo".
    """
    size = os.stat(path).st_size
    if size > limit:
        most = f"at most {limit / MB:.0f} MB can be read"
        raise error(f"{what} is {size / MB:.0f} MB large, and {most}; please use a smaller one.")


def check_number(value: object, low: float, high: float, what: str, whole: bool = False) -> None:
    """Refuse a number, or what should be one, that is out of range.

    Parameters
    ----------
    value : object
    low, high : float
        Both allowed.
    what : str
        Its name in the sentence, such as "intensity".
    whole : bool
        Whether it has to be an integer.

    Raises
    ------
    ChoiceError
    """
    kind = numbers.Integral if whole else numbers.Real
    if not (isinstance(value, kind) and low <= value <= high):  # type: ignore[operator]  # false for NaN
        shown = f"{value:g}" if isinstance(value, float) else repr(value)[:40]
        raise ChoiceError(f"The {what} {shown} is out of range; please choose {low} to {high}.")


def check_weights(weights: Mapping[str, Any]) -> None:
    """Refuse weights that would take too much memory, or hold what is no number.

    Parameters
    ----------
    weights : dict
        Of tensors, by name; what else is in it is left to whoever wants it.

    Raises
    ------
    ValueError
    """
    tensors = [tensor for tensor in weights.values() if hasattr(tensor, "numel")]
    # Counted first: a few bytes can stand for any number of values, as long as nothing touches them.
    if sum(tensor.numel() for tensor in tensors) > CHECKPOINT_VALUES:
        raise ValueError("too many values")
    if not all(tensor.isfinite().all() for tensor in tensors):
        raise ValueError("values that are no numbers")


def is_modest(value: object) -> bool:
    """Whether JSON could describe a network: no number, list or nesting that would make one of gigabytes."""
    if isinstance(value, (dict, list)):
        parts = list(value.values()) if isinstance(value, dict) else value
        return len(parts) <= CONFIG_ENTRIES and all(map(is_modest, parts))
    return not isinstance(value, (int, float)) or abs(value) <= CONFIG_NUMBER


class TimedFile(io.BytesIO):
    """A file in memory that can be read for some seconds only, and so ends whoever decodes it.

    A small progressive JPEG can keep its decoder busy for minutes, in native code that nothing interrupts; but decoders
    ask for their data piece by piece.

    Parameters
    ----------
    data : bytes
    seconds : float
        From now on.
    """

    def __init__(self, data: bytes, seconds: float) -> None:
        super().__init__(data)
        self._end = time.monotonic() + seconds

    def read(self, size: int | None = -1) -> bytes:
        """As `io.BytesIO.read`; raises TimeoutError when the time is over."""
        if time.monotonic() > self._end:
            raise TimeoutError("decoding takes too long")
        return super().read(size)
