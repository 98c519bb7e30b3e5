"""How a recording is spoken: loudness, pauses, and the accents that heads and brows answer to; 25 frames a second."""

from dataclasses import dataclass

import numpy as np

from talking_face.audio.mel import COLUMNS_PER_FRAME, SAMPLE_RATE
from talking_face.media.frame_rate import FPS

SPEECH_BANDS = slice(8, 60)  # mel bands of about 250 to 4500 Hz
RANGE = 2.5  # log10 power from the loudest speech down to silence
PAUSE_LEVEL, PAUSE_FRAMES = 0.3, 6  # loudness below which, and for how long, nobody speaks
SYLLABLE, AROUND = 1.5, 22  # frames: a syllable's width, and what it stands out from
PITCH_RANGE = 70.0, 400.0  # Hz
VOICED = 0.45  # normalised autocorrelation
PITCH_WINDOW, PITCH_FRAMES = 1024, 1000  # samples in which a pitch is looked for, and frames worked on at once
MOST_ABOVE = 6.0  # semitones above the surroundings, or below, that count
PITCH_WEIGHT = 0.08  # loudness that a semitone above the surroundings is worth
LEAST_ACCENT, AVERAGE_ACCENT = 0.06, 0.25  # strength
APART = 5  # frames between accents


@dataclass(frozen=True)
class Prosody:
    """What a recording's sound says apart from its words.

    Attributes
    ----------
    loudness : ndarray, (T,) float32
        0 in silence to 1 at the loudest.
    pause : ndarray, (T,) bool
        Whether nobody speaks.
    accents : ndarray, (A,) int
        Frames of stressed syllables.
    strength : ndarray, (A,) float32
        How much each stands out; about 0.1 to 0.6.
    """

    loudness: np.ndarray
    pause: np.ndarray
    accents: np.ndarray
    strength: np.ndarray

    @property
    def phrases(self):
        """First frames of what is said after a pause, or at the beginning: (P,) int."""
        speaks = ~self.pause
        return np.flatnonzero(speaks & ~np.concatenate([[False], speaks[:-1]]))

    @property
    def ends(self):
        """First frames of pauses: (Q,) int."""
        return np.flatnonzero(self.pause[1:] & ~self.pause[:-1]) + 1


def silence(frames):
    """The prosody of nothing."""
    return Prosody(np.zeros(frames, np.float32), np.ones(frames, bool), np.zeros(0, int), np.zeros(0, np.float32))


def prosody(log_mel, samples=None):
    """Describe a recording.

    Parameters
    ----------
    log_mel : ndarray, (4 T, 80)
        log10 mel power.
    samples : ndarray, (N,), optional
        The sound at `SAMPLE_RATE`, for its pitch.

    Returns
    -------
    Prosody
    """
    level = loudness(log_mel)
    pause = _long(level < PAUSE_LEVEL, PAUSE_FRAMES)
    stands_out = smooth(level, SYLLABLE) - smooth(level, AROUND)
    if samples is not None:
        stands_out = stands_out + PITCH_WEIGHT * _pitch_above(samples, len(level))
    before, here, behind = stands_out[:-2], stands_out[1:-1], stands_out[2:]
    peak = (here >= before) & (here > behind) & (here > LEAST_ACCENT)
    accents = []
    for frame in sorted(np.flatnonzero(peak & ~pause[1:-1]) + 1, key=lambda frame: -stands_out[frame]):
        if all(abs(frame - other) >= APART for other in accents):
            accents.append(frame)
    accents = np.array(sorted(accents), int)
    return Prosody(level.astype(np.float32), pause, accents, stands_out[accents].astype(np.float32))


def loudness(log_mel):
    """Loudness of each frame, 0 to 1, above the recording's own floor: log-mel (4 T, 80) -> (T,) float."""
    level = speech_level(log_mel)
    return np.clip(1 + (level - np.quantile(level, 0.97)) / RANGE, 0, 1)


def speech_level(log_mel):
    """log10 power of each frame in the bands of speech: log-mel (4 T, 80) -> (T,) float."""
    power = np.log10((10.0 ** np.asarray(log_mel, np.float64)[:, SPEECH_BANDS]).sum(1))
    return power[: len(power) // COLUMNS_PER_FRAME * COLUMNS_PER_FRAME].reshape(-1, COLUMNS_PER_FRAME).mean(1)


def smooth(values, sigma):
    """Gaussian smoothing along the first axis; ends are held."""
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(values, [(reach, reach)] + [(0, 0)] * (np.ndim(values) - 1), "edge")
    columns = padded.reshape(len(padded), -1).T
    out = np.stack([np.convolve(column, kernel / kernel.sum(), "valid") for column in columns], 1)
    return out.reshape(np.shape(values))


def _long(quiet, least):
    """Runs of at least `least` frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(int), [0]])))
    out = np.zeros(len(quiet), bool)
    for first, last in zip(edges[::2], edges[1::2]):
        out[first:last] = last - first >= least
    return out


def _pitch_above(samples, frames):
    """Semitones by which each frame's pitch exceeds its surroundings', 0 where there is none: (T,)."""
    step, size = SAMPLE_RATE // FPS, PITCH_WINDOW
    padded = np.pad(np.asarray(samples, np.float32), (size // 2, size + step))
    semitones = np.full(frames, np.nan)
    low, high = int(SAMPLE_RATE / PITCH_RANGE[1]), int(SAMPLE_RATE / PITCH_RANGE[0])
    window = np.hanning(size).astype(np.float32)
    fades = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * size)) ** 2)[: high + 1]
    for first in range(0, frames, PITCH_FRAMES):
        starts = (np.arange(first, min(first + PITCH_FRAMES, frames)) * step + step // 2).clip(max=len(padded) - size)
        blocks = padded[starts[:, None] + np.arange(size)]
        blocks = (blocks - blocks.mean(1, keepdims=True)) * window
        similar = np.fft.irfft(np.abs(np.fft.rfft(blocks, 2 * size)) ** 2)[:, : high + 1]
        similar = similar / np.maximum(similar[:, :1], 1e-9) / (fades / fades[0])
        lag = low + similar[:, low:].argmax(1)
        found = np.take_along_axis(similar, lag[:, None], 1)[:, 0] > VOICED
        semitones[first : first + len(lag)] = np.where(found, 12 * np.log2(SAMPLE_RATE / lag), np.nan)
    voiced = ~np.isnan(semitones)
    if not voiced.any():
        return np.zeros(frames)
    weight = smooth(voiced.astype(float), AROUND)
    around = smooth(np.where(voiced, semitones, 0), AROUND) / np.maximum(weight, 1e-3)
    return smooth(np.where(voiced, np.clip(semitones - around, -MOST_ABOVE, MOST_ABOVE), 0), SYLLABLE)
