"""What other voices, rooms and microphones do to a log-mel, at random."""

import numpy as np


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
        With formants and pitch shifted, the spectrum coloured, noise added, the highest bands cut, each by chance.
    """
    mels = log_mel.shape[1]
    bands = np.arange(mels)
    if random.random() < 0.8:
        place = np.clip(bands * (1 + random.uniform(-0.08, 0.08)) + random.uniform(-2.5, 2.5), 0, mels - 1)
        low = place.astype(int)
        share = (place - low).astype(np.float32)
        log_mel = log_mel[:, low] * (1 - share) + log_mel[:, np.minimum(low + 1, mels - 1)] * share
    log_mel = log_mel + smooth_curve(random, mels, 6, 0.25)
    if random.random() < 0.6:
        # From where noise covers all but the vowels' first formants (white noise at 8 dB) to where it is faint.
        level = np.quantile(log_mel.mean(1), 0.8) - random.uniform(-0.8, 3)
        noise = level + smooth_curve(random, mels, 5, 0.4) + random.normal(0, 0.25, log_mel.shape)
        log_mel = np.log10(10**log_mel + 10**noise)
    if random.random() < 0.2:
        cut = random.integers(mels * 9 // 16, mels - 2)
        log_mel = log_mel.copy()
        log_mel[:, cut:] = np.minimum(log_mel[:, cut:], log_mel.min() + 0.3)
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
