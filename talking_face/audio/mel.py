"""The log-mel columns that the networks listen to.

They are librosa's, number for number (`librosa.feature.melspectrogram` with the constants below, then log10). NumPy
alone computes them, because importing librosa takes two seconds, and its first call in a fresh container twenty: longer
than everything else on the way to the first picture.
"""

from functools import lru_cache

import numpy as np

from talking_face.media.frame_rate import FPS

SAMPLE_RATE = 16000  # Hz, what the networks hear
N_FFT = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
N_MELS = 80  # bands from 0 to 8 kHz
COLUMNS_PER_FRAME = SAMPLE_RATE // FPS // HOP  # 4
FLOOR = 1e-10  # power below which everything counts as silence
COLUMNS_AT_ONCE = 1000


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
        np.log10(np.maximum(power @ _mel_filters().T, FLOOR), out=part, casting="same_kind")
    return mel


def _windows(samples, first, count):
    """The samples under some columns, whose windows are centred on multiples of `HOP`: (count, N_FFT)."""
    start, end = first * HOP - N_FFT // 2, (first + count - 1) * HOP + N_FFT // 2
    covered = np.zeros(end - start, np.float32)
    known = samples[max(start, 0) : end]
    covered[max(-start, 0) :][: len(known)] = known
    return np.lib.stride_tricks.sliding_window_view(covered, N_FFT)[::HOP]


def band_edges():
    """Where each band begins, the middle of the one below, and where the last ends: (N_MELS + 2,) Hz.

    Slaney's mel scale ("Auditory Toolbox", 1998) is linear up to 1 kHz, which is mel 15, and logarithmic above, where
    27 mel are a factor of 6.4.
    """
    top = 15 + 27 * np.log(SAMPLE_RATE / 2 / 1000) / np.log(6.4)
    mel = np.linspace(0, top, N_MELS + 2)
    return np.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))


@lru_cache(maxsize=1)
def _mel_filters():
    """Triangular filters of equal area between `band_edges`: (N_MELS, N_FFT // 2 + 1)."""
    hertz = band_edges()
    low, centre, high = hertz[:-2, None], hertz[1:-1, None], hertz[2:, None]
    bins = np.arange(N_FFT // 2 + 1) * SAMPLE_RATE / N_FFT
    triangles = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    return np.maximum(triangles, 0) * 2 / (high - low)
