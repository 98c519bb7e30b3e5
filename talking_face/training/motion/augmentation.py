"""What other voices, rooms and microphones do to a log-mel, at random."""

import numpy as np
import scipy.signal

LOUDEST, FAINTEST = 4.0, 35.0  # noise, dB below the speech; half of it is louder than a quarter of the way
CUT = 6.0  # log10 power that a telephone takes away


def augment_log_mel(log_mel, random):
    """Another voice, another microphone, some noise.

    Parameters
    ----------
    log_mel : ndarray, (T, mels) float32
        log10 mel power.
    random : numpy.random.Generator

    Returns
    -------
    ndarray, (T, mels) float32
        With formants and pitch shifted, the spectrum coloured, echo and noise added, the highest and the lowest bands
        cut, each by chance.
    """
    mels = log_mel.shape[1]
    bands = np.arange(mels)
    if random.random() < 0.8:
        place = np.clip(bands * (1 + random.uniform(-0.08, 0.08)) + random.uniform(-2.5, 2.5), 0, mels - 1)
        low = place.astype(int)
        share = (place - low).astype(np.float32)
        log_mel = log_mel[:, low] * (1 - share) + log_mel[:, np.minimum(low + 1, mels - 1)] * share
    log_mel = log_mel + smooth_curve(random, mels, 6, 0.25)
    power = 10**log_mel
    if random.random() < 0.2:
        power = power + scipy.signal.lfilter([0, random.uniform(0.05, 0.2)], [1, -random.uniform(0.7, 0.92)], power, 0)
    if random.random() < 0.6:
        below = LOUDEST + (FAINTEST - LOUDEST) * random.random() ** 2
        loud = power.sum(1)
        level = np.log10(power[loud > np.median(loud)].mean()) - below / 10
        noise = level + smooth_curve(random, mels, 5, 0.4) + random.normal(0, 0.25, log_mel.shape)
        power = power + 10**noise
    log_mel = np.log10(np.maximum(power, 1e-10))
    if random.random() < 0.2:
        log_mel[:, random.integers(mels * 9 // 16, mels - 2) :] -= CUT
    if random.random() < 0.1:
        log_mel[:, : random.integers(2, 8)] -= CUT
    return np.ascontiguousarray(log_mel, np.float32)


def mask(features, random):
    """Blank out some bands and a stretch of time (SpecAugment, Park et al. 2019), in place: (T, mels)."""
    columns, mels = features.shape
    for _ in range(random.integers(0, 3)):
        width = random.integers(2, 12)
        first = random.integers(0, mels - width)
        features[:, first : first + width] = 0
    if random.random() < 0.5:
        length = random.integers(2, 16)
        first = random.integers(0, max(1, columns - length))
        features[first : first + length] = features[first : first + length].mean()
    return features


def smooth_curve(random, size, knots, spread):
    """A random curve through a few knots: (size,) float32."""
    return np.interp(np.arange(size), np.linspace(0, size - 1, knots), random.normal(0, spread, knots)).astype(
        np.float32
    )
