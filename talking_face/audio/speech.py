"""A recording made ready for the ear and for the networks."""

from dataclasses import dataclass
from os import PathLike

import numpy as np

from talking_face.audio.mel import SAMPLE_RATE, log_mel
from talking_face.audio.reading import read_sound
from talking_face.errors import RecordingError
from talking_face.limits import SOUND_RATES, SPEECH_SECONDS, check_number
from talking_face.media.frame_rate import FPS

MAX_HEARD_RATE = 48000  # Hz, what the finished video carries at most
MAX_SECONDS = 60.0
STEADY = 0.4  # log10; deviation of mel bands over 80 ms, which is .1 to .2 in tones and noise, over .9 in speech
LARGEST = 1e10  # beyond even 32-bit integers kept as floats; larger numbers, infinities and NaN are no sound

SILENCE = -85.0  # dBFS; a recording with no block above this is silent
FAINT = -60.0  # dBFS; below this it is silent, too, unless it comes and goes as speech does
QUIET = -45.0  # dBFS; below this a note advises to record closer
NETWORK_LEVEL = -23.0  # dBFS, the level that the networks hear
MAX_GAIN = 20.0  # dB, so that mere noise stays faint
MAX_PEAK = 0.98  # of full scale, of what the networks hear
BLOCK_SECONDS = 0.05  # length of the blocks whose loudness is measured
GATE, BELOW_LOUDEST = -60.0, 30.0  # dBFS, and dB: blocks below both are pauses
RELATIVE_GATE = 10.0  # dB below the mean, where pauses begin
SPOKEN_RANGE = 9.0  # dB from the blocks of pauses and breath to the loudest: hiss and hum have 3, speech 20
OPPOSED = -0.3  # correlation of a channel with the loudest, below which it is turned over before they are added


@dataclass(frozen=True, eq=False)
class Speech:
    """One recording, ready for the ear and for the networks.

    Attributes
    ----------
    sound : ndarray, (N,) or (N, 2) float32
        As a player plays it, mono or stereo, -1 to 1, at `rate`. This goes into the video.
    voice : ndarray, (N,) float32
        The same as one channel in which nothing cancels out, as loud as the louder one.
    rate : int
        Samples a second of `sound` and `voice`: the recording's own, at most `MAX_HEARD_RATE`.
    gain : float
        What brings `voice` to `NETWORK_LEVEL`, a factor.
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
    voice: np.ndarray
    rate: int
    gain: float
    log_mel: np.ndarray
    frames: int
    duration: float
    level: float
    notes: tuple = ()

    @property
    def silent(self):
        """Whether nothing is said at all."""
        return self.level < SILENCE

    @property
    def steady(self):
        """Whether it changes so little from moment to moment that it can be no speech, but a tone, hum or noise."""
        columns = self.log_mel[: len(self.log_mel) // 8 * 8].astype(np.float32)
        return bool(len(columns) and columns.reshape(-1, 8, columns.shape[1]).mean(1).std(0).mean() < STEADY)

    @property
    def samples(self):
        """What the networks hear: (M,) float32 at `SAMPLE_RATE` and `NETWORK_LEVEL`; made anew each time."""
        return _for_networks(self.voice, self.rate, self.gain)


def silent_speech(seconds):
    """A speech that says nothing, for a face that only lives; `seconds` long, at `SAMPLE_RATE`."""
    check_number(seconds, *SPEECH_SECONDS, "length of the silence")
    sound = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    frames = -(-len(sound) * FPS // SAMPLE_RATE)
    return Speech(sound, sound, SAMPLE_RATE, 1.0, log_mel(sound, frames), frames, len(sound) / SAMPLE_RATE, -np.inf)


def load_speech(source, max_seconds=MAX_SECONDS):
    """Read a recording and prepare it for the networks and the video.

    Parameters
    ----------
    source : path or (int, ndarray)
        A sound or video file, of those in `limits.RECORDINGS`; or (rate in Hz, samples) with samples (N,) or (N, C),
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

    sound = _limit_peak(channels - channels.mean(0), 1.0)
    del channels
    voice = _limit_peak(_one_channel(sound), 1.0)
    sound = voice if sound.shape[1] == 1 else sound
    level, spoken = loudness(voice, rate), _comes_and_goes(voice, rate)
    if level < (SILENCE if spoken else FAINT):
        raise RecordingError("The recording is silent: please check the microphone and record it again.")
    if level < QUIET:
        notes.append("The recording is very quiet: speaking closer to the microphone will give better lips.")

    gain = NETWORK_LEVEL - level if spoken else min(NETWORK_LEVEL - level, MAX_GAIN)
    gain = 10 ** (gain / 20)
    frames = -(-len(voice) * FPS // rate)  # rounded up, in integers, so that it is exact
    duration = len(voice) / rate
    if rate > MAX_HEARD_RATE:
        mono = sound is voice
        voice = resample(voice, rate, MAX_HEARD_RATE)
        sound, rate = voice if mono else resample(sound, rate, MAX_HEARD_RATE), MAX_HEARD_RATE
    mel = log_mel(_for_networks(voice, rate, gain), frames)
    return Speech(sound, voice, rate, gain, mel, frames, duration, level, tuple(notes))


def resample(samples, rate, new_rate):
    """Bring (N,) or (N, C) samples from `rate` to `new_rate`, both in Hz, with soxr's high quality."""
    import soxr

    return samples if rate == new_rate else soxr.resample(samples, rate, new_rate)


def loudness(samples, rate):
    """Loudness of speech: RMS of the blocks in which somebody speaks.

    Gated as in ITU-R BS.1770-4 (without its frequency weighting): first blocks below `GATE` are left out, or in quiet
    recordings those `BELOW_LOUDEST` under the loudest; then those `RELATIVE_GATE` below the mean of the rest.

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
    power = _powers(samples, rate)
    power = power[power > 10 ** (SILENCE / 10)]
    if power.size == 0:
        return -np.inf
    power = power[power > min(10 ** (GATE / 10), power.max() / 10 ** (BELOW_LOUDEST / 10))]
    power = power[power >= power.mean() * 10 ** (-RELATIVE_GATE / 10)]
    return float(10 * np.log10(power.mean()))


def _powers(samples, rate):
    """Mean square of each block of (N,) samples: (B,) float64."""
    block = int(rate * BLOCK_SECONDS)
    blocks = samples[: len(samples) // block * block].reshape(-1, block)
    return np.einsum("ij,ij->i", blocks, blocks, dtype=np.float64) / block


def _comes_and_goes(samples, rate):
    """Whether loudness changes as that of speech does, and not as that of a room's noise or of a hum."""
    low, high = np.quantile(_powers(samples, rate), [0.1, 0.95])
    return bool(high > low * 10 ** (SPOKEN_RANGE / 10))


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


def _check_length(seconds, stated_seconds, max_seconds):
    shortest = SPEECH_SECONDS[0]
    if seconds < shortest:
        raise RecordingError(
            f"The recording lasts only {seconds:.2f} seconds: please record at least {shortest} seconds of speech."
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


def _one_channel(channels):
    """All channels (N, C) as one, (N,), in which none that opposes another cancels it, as loud as the loudest."""
    if channels.shape[1] == 1:
        return channels[:, 0]
    power = np.einsum("ij,ij->j", channels, channels, dtype=np.float64)
    loudest = power.argmax()
    shared = np.einsum("ij,i->j", channels, channels[:, loudest], dtype=np.float64)
    opposed = shared < OPPOSED * np.sqrt(power * power[loudest])
    mixed = channels @ np.where(opposed, -1, 1).astype(np.float32)
    own = np.einsum("i,i", mixed, mixed, dtype=np.float64)
    return mixed * np.float32(np.sqrt(power[loudest] / own) if own else 0)


def _for_networks(sound, rate, gain):
    return _limit_peak(resample(sound, rate, SAMPLE_RATE) * np.float32(gain), MAX_PEAK)


def _limit_peak(samples, most):
    peak = max(samples.max(), -samples.min())
    return samples if peak <= most else samples * np.float32(most / peak)
