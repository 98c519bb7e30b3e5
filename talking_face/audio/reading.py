"""Any sound file, or the sound track of a video -> samples.

soundfile reads what it can; the ffmpeg that comes with imageio-ffmpeg reads the rest.
"""

import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from talking_face.errors import RecordingError, shown
from talking_face.limits import (
    SOUND_BYTES,
    SOUND_CHANNELS,
    SOUND_SECONDS,
    SOUND_STARTS,
    SOUND_VALUES,
    check_bytes,
    is_file,
)
from talking_face.media import ffmpeg

READ_AT_ONCE = 1 << 16  # samples of each channel
HEARD_CHANNELS = 2
# As floating point numbers, for the mix of integers is turned down until it could not exceed full scale in any case.
MIXED_DOWN = "aformat=sample_fmts=flt,aresample=async=1:first_pts=0,aformat=sample_fmts=flt:channel_layouts=mono|stereo"


def read_sound(path, max_seconds=None):
    """Decode a sound file, or the sound track of a video.

    Parameters
    ----------
    path : path
        File to read.
    max_seconds : float, optional
        Stop reading a second after this length, so that an hour is not decoded in vain.

    Returns
    -------
    rate : int
        Samples a second.
    samples : ndarray, (N, C) float32
        At full scale -1 to 1; C is 1 or 2. More channels are mixed down to two as players do it: by their places, with
        the centre and the surrounds 3 dB lower on either side (ITU-R BS.775-3) and the low frequency effects left out.
    seconds : float or None
        Length of the whole file as it states it, None if it does not.

    Raises
    ------
    RecordingError
        If the file is missing, empty, or has no sound that can be read.
    """
    import soundfile

    path, found = Path(path), None
    if not is_file(path):
        raise RecordingError(f"There is no file “{shown(path)}”: please check the name of the recording.")
    limit = None if max_seconds is None else max_seconds + 1
    try:
        check_bytes(path, SOUND_BYTES, RecordingError, f"“{shown(path.name)}”")
        with open(path, "rb") as file:
            start = file.read(4)
        if not start:
            raise RecordingError(f"“{shown(path.name)}” is empty: please record it again.")
        if start.startswith(SOUND_STARTS):
            found = _read_with_soundfile(path, limit)
            if len(found[1]) and found[1].shape[1] <= HEARD_CHANNELS:
                return found
    except OSError as error:
        raise RecordingError(f"“{shown(path.name)}” cannot be opened: please check who may read it.") from error
    except (soundfile.SoundFileError, TypeError):  # TypeError: headerless formats, chosen by the file's name
        pass
    try:  # which knows the places of channels, and takes a header that says 0 for one that was never completed
        return _read_with_ffmpeg(path, limit)
    except RecordingError:
        if found is None or len(found[1]):
            raise
        return found  # it holds nothing indeed


def _read_with_soundfile(path, limit):
    import soundfile

    with soundfile.SoundFile(path) as file:
        if file.channels > SOUND_CHANNELS:
            raise RecordingError(
                f"“{shown(path.name)}” has {file.channels} channels, and at most {SOUND_CHANNELS} can be read: please "
                "mix it down."
            )
        wanted = np.inf if limit is None else limit * file.samplerate
        # What there is is read piece by piece, for headers may promise any length.
        pieces, length = [np.empty((0, file.channels), np.float32)], 0
        while length < wanted and len(piece := file.read(READ_AT_ONCE, dtype="float32", always_2d=True)):
            pieces.append(piece)
            length += len(piece)
            if length * file.channels > SOUND_VALUES:
                raise RecordingError(
                    f"“{shown(path.name)}” holds more sound than can be read at once: please save it as mono at "
                    "48,000 Hz, or shorten it."
                )
        samples = np.concatenate(pieces)
        return file.samplerate, samples if limit is None else samples[: int(wanted)], file.frames / file.samplerate


def _read_with_ffmpeg(path, limit):
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "sound.wav"
        # The file comes in as an open descriptor and nothing else may be opened, so that a playlist in disguise reaches
        # neither other files nor the network; first_pts keeps a late sound track late.
        command = [ffmpeg.executable(), "-hide_banner", *ffmpeg.input_options("fd"), "-i", "fd:"]
        command += ["-vn", "-af", MIXED_DOWN, "-c:a", "pcm_f32le", "-fs", str(5 * SOUND_VALUES)]
        command += [str(wav)] if limit is None else ["-t", str(limit), str(wav)]
        try:
            with open(path, "rb") as file:
                done = subprocess.run(command, stdin=file, capture_output=True, timeout=SOUND_SECONDS)
            rate, samples, _ = _read_with_soundfile(wav, None)
        except subprocess.TimeoutExpired as error:
            raise RecordingError(
                f"“{shown(path.name)}” takes too long to read: please save it as WAV and try again."
            ) from error
        except (OSError, soundfile.SoundFileError) as error:
            raise RecordingError(
                f"“{shown(path.name)}” has no sound that can be read: please use a WAV, MP3, M4A, OGG or WebM "
                "recording."
            ) from error
    log = done.stderr.decode(errors="replace")
    if _mixed_down(log) and np.array_equal(samples[:, 0], samples[:, -1]):
        samples = samples[:, :1] * np.float32(np.sqrt(2))  # of a centre alone, which is a mono recording
    return rate, samples, _stated_seconds(log)


def _mixed_down(log):
    """Whether ffmpeg's log speaks of an input of more channels than two."""
    layout = re.search(r"Stream #0:.*Audio: .* Hz, ([^,]+)", log)
    return layout is not None and layout[1] not in ("mono", "stereo", "1 channels", "2 channels")


def _stated_seconds(log):
    """Length that ffmpeg's log gives for its input, seconds; None for a stream of unknown length."""
    match = re.search(r"Duration: (\d+):(\d+):([\d.]+)", log)
    return match and int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])
