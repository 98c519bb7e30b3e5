"""What other voices, rooms and microphones do to a log-mel, at random."""

import numpy as np
import scipy.signal

LOUDEST, FAINTEST = 0.0, 24.0  # noise, dB below the speech
CUT = 6.0  # log10 power that a telephone takes away


def augment_log_mel(log_mel, random, others):
    """Another voice, another microphone, some noise.

    Parameters
    ----------
    log_mel : ndarray, (T, mels) float32
        log10 mel power.
    random : numpy.random.Generator
    others : callable
        Random generator -> the log-mel (S, mels) of somebody who speaks in the background.

    Returns
    -------
    ndarray, (T, mels) float32
        With formants and pitch shifted, the spectrum coloured, echo, noise, music or other voices added, the highest
        and the lowest bands cut, each by chance.
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
    if random.random() < 0.35:
        power = power + scipy.signal.lfilter([0, random.uniform(0.05, 0.2)], [1, -random.uniform(0.7, 0.92)], power, 0)
    if random.random() < 0.92:
        below = random.uniform(LOUDEST, FAINTEST)
        loud = power.sum(1)
        speech = power[loud > np.median(loud)].mean()
        kind, columns = random.random(), len(power)
        if kind < 0.7:
            noise = steady_noise(random, columns, mels)
        else:
            noise = music(random, columns, mels) if kind < 0.85 else babble(random, columns, others)
        power = power + noise * (speech / 10 ** (below / 10) / max(noise.mean(), 1e-12))
    log_mel = np.log10(np.maximum(power, 1e-10))
    if random.random() < 0.2:
        log_mel[:, random.integers(mels * 9 // 16, mels - 2) :] -= CUT
    if random.random() < 0.1:
        log_mel[:, : random.integers(2, 8)] -= CUT
    return np.ascontiguousarray(log_mel, np.float32)


def steady_noise(random, columns, mels):
    """Power of noise of some colour, white among them: (columns, mels)."""
    colour = smooth_curve(random, mels, 5, random.uniform(0, 0.5))
    fluctuation = random.uniform(1.5, 8)
    return 10**colour * random.gamma(fluctuation, 1 / fluctuation, (columns, mels))


def music(random, columns, mels):
    """Power of chords that are struck and die away: (columns, mels)."""
    power = np.full((columns, mels), 1e-4)
    first = 0
    while first < columns:
        last = first + random.integers(12, 70)
        notes = random.integers(0, mels, random.integers(4, 16))
        fading = np.exp(-np.arange(last - first) / random.uniform(15, 90))[: columns - first, None]
        power[first:last, notes] += fading * random.exponential(1, len(notes)) * 10 ** (-notes / 40)
        first = last
    return power


def babble(random, columns, others):
    """Power of up to four who speak in the background: (columns, mels)."""
    voices = [10 ** others(random).astype(np.float32) for _ in range(random.integers(1, 5))]
    starts = [random.integers(len(voice)) for voice in voices]
    turns = [voice[(start + np.arange(columns)) % len(voice)] for voice, start in zip(voices, starts)]
    return sum(turn / max(turn.mean(), 1e-10) for turn in turns)


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
