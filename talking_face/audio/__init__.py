"""Speech: any recording -> mono sound to hear, and the log-mel columns that the networks listen to.

The log-mel is librosa's, number for number (`librosa.feature.melspectrogram` with the constants below, then log10);
it is computed here with NumPy alone because importing librosa takes two seconds, and its first call in a fresh
container twenty, longer than everything else on the way to the first picture.
"""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from pathlib import Path

import numpy as np

from talking_face.errors import RecordingError, shown
from talking_face.limits import (
    SOUND_BYTES,
    SOUND_CHANNELS,
    SOUND_RATES,
    SOUND_SECONDS,
    SOUND_STARTS,
    SOUND_VALUES,
    check_bytes,
    is_file,
)
from talking_face.media import ffmpeg

SAMPLE_RATE = 16000  # Hz, what the networks hear
MAX_HEARD_RATE = 48000  # Hz, what the finished video carries at most
FPS = 25  # frames a second
N_FFT = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
N_MELS = 80  # bands from 0 to 8 kHz
COLUMNS_PER_FRAME = SAMPLE_RATE // FPS // HOP  # 4
MEL_FLOOR = 1e-10  # power below which everything counts as silence
COLUMNS_AT_ONCE = 1000

MIN_SECONDS = 0.3
MAX_SECONDS = 60.0
LARGEST = 1e10  # beyond even 32-bit integers kept as floats; larger numbers, infinities and NaN are no sound

SILENCE = -60.0  # dBFS; a recording with no block above this is silent
QUIET = -45.0  # dBFS; below this a note advises to record closer
NETWORK_LEVEL = -23.0  # dBFS, the level that the networks hear
MAX_GAIN = 20.0  # dB, so that mere noise stays faint
MAX_PEAK = 0.98  # of full scale
BLOCK_SECONDS = 0.05  # length of the blocks whose loudness is measured
RELATIVE_GATE = 10.0  # dB below the mean, where pauses begin
READ_AT_ONCE = 1 << 16  # samples of each channel


@dataclass(frozen=True, eq=False)
class Speech:
    """One recording, ready for the ear and for the networks.

    Attributes
    ----------
    sound : ndarray, (N,) float32
        As heard: mono, -1 to 1, at `rate`. This goes into the video.
    rate : int
        Samples a second of `sound`: the recording's own, at most `MAX_HEARD_RATE`.
    gain : float
        What brings `sound` to `NETWORK_LEVEL`, a factor.
    log_mel : ndarray, (COLUMNS_PER_FRAME * frames, N_MELS) float32
        log10 mel power of `samples`.
    frames : int
        Number of video frames: the first that cover the whole recording.
    duration : float
        Seconds.
    level : float
        Loudness of the speech as recorded, dBFS, pauses left out.
    notes : tuple of str
        What the person should know about the recording, such as that it is clipped.
    """

    sound: np.ndarray
    rate: int
    gain: float
    log_mel: np.ndarray
    frames: int
    duration: float
    level: float
    notes: tuple = ()

    @property
    def samples(self):
        """What the networks hear: (M,) float32 at `SAMPLE_RATE` and `NETWORK_LEVEL`; not kept, being as large as `sound`."""
        return _for_networks(self.sound, self.rate, self.gain)


def load_speech(source, max_seconds=MAX_SECONDS):
    """Read a recording and prepare it for the networks and the video.

    Parameters
    ----------
    source : path or (int, ndarray)
        A sound or video file of any format that ffmpeg reads; or (rate in Hz, samples) with samples (N,) or (N, C),
        of any integer type at full scale or float from -1 to 1, as Gradio hands them over.
    max_seconds : float
        Longest recording to accept, seconds.

    Returns
    -------
    Speech

    Raises
    ------
    RecordingError
        If there is no recording, or it is unreadable, silent, too short or too long.
    """
    rate, channels, stated_seconds = _open(source, max_seconds)
    _check_length(len(channels) / rate, stated_seconds, max_seconds)
    notes = []

    # Ten minutes of stereo at 48 kHz are 230 MB, so copies are made only where they are needed.
    if not (channels.min() > -LARGEST and channels.max() < LARGEST):  # true for NaN too
        channels = np.where(np.abs(channels) < LARGEST, channels, np.float32(0))
        notes.append("Parts of the recording hold no valid numbers and were silenced.")
    if _is_clipped(channels):
        notes.append("The recording is clipped: recording it more softly will give better lips.")

    sound = _mono(channels)
    sound = _limit_peak(sound - sound.mean())
    del channels
    level = loudness(sound, rate)
    if level < SILENCE:
        raise RecordingError("The recording is silent: please check the microphone and record it again.")
    if level < QUIET:
        notes.append("The recording is very quiet: speaking closer to the microphone will give better lips.")

    gain = 10 ** (min(NETWORK_LEVEL - level, MAX_GAIN) / 20)
    frames = -(-len(sound) * FPS // rate)  # rounded up, in integers, so that it is exact
    duration = len(sound) / rate
    if rate > MAX_HEARD_RATE:
        sound, rate = resample(sound, rate, MAX_HEARD_RATE), MAX_HEARD_RATE
    mel = log_mel(_for_networks(sound, rate, gain), frames)
    return Speech(sound, rate, gain, mel, frames, duration, level, tuple(notes))


def read_sound(path, max_seconds=None):
    """Decode a sound file, or the sound track of a video.

    soundfile reads what it can; the ffmpeg that comes with imageio-ffmpeg reads the rest.

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
        At full scale -1 to 1.
    seconds : float or None
        Length of the whole file as it states it, None if it does not.

    Raises
    ------
    RecordingError
        If the file is missing, empty, or has no sound that can be read.
    """
    import soundfile

    path = Path(path)
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
            return _read_with_soundfile(path, limit)
    except OSError as error:
        raise RecordingError(f"“{shown(path.name)}” cannot be opened: please check who may read it.") from error
    except (soundfile.SoundFileError, TypeError):  # TypeError: headerless formats, chosen by the file's name
        pass
    return _read_with_ffmpeg(path, limit)


def resample(samples, rate, new_rate):
    """Bring (N,) samples from `rate` to `new_rate`, both in Hz, with soxr's high quality."""
    import soxr

    return samples if rate == new_rate else soxr.resample(samples, rate, new_rate)


def loudness(samples, rate):
    """Loudness of speech: RMS of the blocks in which somebody speaks.

    Gated as in ITU-R BS.1770-4 (without its frequency weighting): first blocks below `SILENCE` are left out, then those
    `RELATIVE_GATE` below the mean of the rest.

    Parameters
    ----------
    samples : ndarray, (N,)
        Full scale is -1 to 1; at least one block long.
    rate : int
        Hz.

    Returns
    -------
    float
        dBFS; -inf if every block is below `SILENCE`.
    """
    block = int(rate * BLOCK_SECONDS)
    blocks = samples[: len(samples) // block * block].reshape(-1, block)
    power = np.einsum("ij,ij->i", blocks, blocks, dtype=np.float64) / block
    power = power[power > 10 ** (SILENCE / 10)]
    if power.size == 0:
        return -np.inf
    power = power[power >= power.mean() * 10 ** (-RELATIVE_GATE / 10)]
    return float(10 * np.log10(power.mean()))


def log_mel(samples, frames):
    """log10 mel power, equal to librosa's.

    `log10(max(librosa.feature.melspectrogram(y=samples, sr=16000, n_fft=400, hop_length=160, n_mels=80), 1e-10)).T`,
    cut, or continued as if silence followed, to the length of the video.

    Parameters
    ----------
    samples : ndarray, (M,) float
        Sound at `SAMPLE_RATE`.
    frames : int
        Number of video frames.

    Returns
    -------
    ndarray, (COLUMNS_PER_FRAME * frames, N_MELS) float32
    """
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    mel = np.empty((COLUMNS_PER_FRAME * frames, N_MELS), np.float32)
    for first in range(0, len(mel), COLUMNS_AT_ONCE):  # ten minutes of windows would fill half a gigabyte
        part = mel[first : first + COLUMNS_AT_ONCE]
        power = np.abs(np.fft.rfft(_windows(samples, first, len(part)) * hann)) ** 2
        np.log10(np.maximum(power @ _mel_filters().T, MEL_FLOOR), out=part, casting="same_kind")
    return mel


def _windows(samples, first, count):
    """The samples under some columns of the log-mel, whose windows are centred on multiples of `HOP`: (count, N_FFT)."""
    start, end = first * HOP - N_FFT // 2, (first + count - 1) * HOP + N_FFT // 2
    covered = np.zeros(end - start, np.float32)
    known = samples[max(start, 0) : end]
    covered[max(-start, 0) :][: len(known)] = known
    return np.lib.stride_tricks.sliding_window_view(covered, N_FFT)[::HOP]


@lru_cache(maxsize=1)
def _mel_filters():
    """Triangular filters of equal area on Slaney's mel scale ("Auditory Toolbox", 1998): (N_MELS, N_FFT // 2 + 1).

    The scale is linear up to 1 kHz, which is mel 15, and logarithmic above, where 27 mel are a factor of 6.4.
    """
    top = 15 + 27 * np.log(SAMPLE_RATE / 2 / 1000) / np.log(6.4)
    mel = np.linspace(0, top, N_MELS + 2)
    hertz = np.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))
    low, centre, high = hertz[:-2, None], hertz[1:-1, None], hertz[2:, None]
    bins = np.arange(N_FFT // 2 + 1) * SAMPLE_RATE / N_FFT
    triangles = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    return np.maximum(triangles, 0) * 2 / (high - low)


def _open(source, max_seconds):
    """(rate, samples (N, C) float32, stated length or None) of a path or of Gradio's (rate, samples)."""
    if source is None:
        raise RecordingError("There is no recording yet: please record or upload some speech.")
    if isinstance(source, (str, PathLike)):
        rate, samples, seconds = read_sound(source, max_seconds)
    else:
        rate, samples = source
        samples, seconds = _to_float(np.asarray(samples)), None
    slowest, fastest = SOUND_RATES
    if not slowest <= rate <= fastest:
        kind = "coarse" if rate < slowest else "fine"
        raise RecordingError(f"A recording of {rate} samples a second is too {kind} for speech: please use 16,000.")
    return int(rate), samples, seconds


def _to_float(samples):
    """Samples (N,) or (N, C) of any number type -> (N, C) float32, integers from full scale to -1 to 1."""
    if samples.ndim not in (1, 2) or samples.dtype.kind not in "iuf":
        raise RecordingError("The recording is not a series of samples: please record it again or upload a sound file.")
    samples = samples if samples.ndim == 2 else samples[:, None]
    if samples.dtype.kind == "f":
        return samples.astype(np.float32)
    info = np.iinfo(samples.dtype)
    half = (info.max - info.min + 1) / 2
    return ((samples - (info.min + half)) / half).astype(np.float32)


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
        command += ["-vn", "-af", "aresample=async=1:first_pts=0", "-c:a", "pcm_f32le", "-fs", str(5 * SOUND_VALUES)]
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
    return rate, samples, _stated_seconds(done.stderr.decode(errors="replace"))


def _stated_seconds(log):
    """Length that ffmpeg's log gives for its input, seconds; None for a stream of unknown length."""
    match = re.search(r"Duration: (\d+):(\d+):([\d.]+)", log)
    return match and int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])


def _check_length(seconds, stated_seconds, max_seconds):
    if seconds < MIN_SECONDS:
        raise RecordingError(
            f"The recording lasts only {seconds:.2f} seconds: please record at least {MIN_SECONDS} seconds of speech."
        )
    if seconds > max_seconds:
        length = f"lasts {max(stated_seconds, seconds):.1f} seconds" if stated_seconds else f"is over {max_seconds:g} s"
        raise RecordingError(
            f"The recording {length}, and at most {max_seconds:g} seconds can be spoken at once: please shorten it."
        )


def _is_clipped(channels):
    """Whether over a thousandth of the samples sit on a flat top at full scale."""
    flat = ((channels[1:] > 0.99) | (channels[1:] < -0.99)) & (channels[1:] == channels[:-1])
    return flat.mean() > 1e-3


def _mono(channels):
    """Mean of the channels (N, C) -> (N,); or the loudest of them where the channels cancel each other."""
    if channels.shape[1] == 1:
        return channels[:, 0]
    mean = channels.mean(1)
    loudest = channels[:, channels.std(0).argmax()]
    return mean if mean.std() > 0.1 * loudest.std() else loudest


def _for_networks(sound, rate, gain):
    return _limit_peak(resample(sound, rate, SAMPLE_RATE) * np.float32(gain))


def _limit_peak(samples):
    peak = max(samples.max(), -samples.min())
    return samples if peak <= MAX_PEAK else samples * np.float32(MAX_PEAK / peak)
