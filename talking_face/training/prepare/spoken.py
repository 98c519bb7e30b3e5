"""Synthetic speech with its phones, in many languages and voices, from which the motion networks learn to hear."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.signal

from talking_face.audio.mel import SAMPLE_RATE, log_mel
from talking_face.audio.speech import NETWORK_LEVEL, loudness
from talking_face.data.phones import closures, frame_classes
from talking_face.data.spoken import FLITE_VOICES, espeak, flite
from talking_face.media.frame_rate import FPS

# Voices of espeak-ng for languages that wordfreq calls otherwise.
VOICES = {"en": "en-us", "fr": "fr", "sh": "hr", "zh": "cmn-latn-pinyin", "fil": None, "ja": None}
VARIANTS = [f"+{sex}{number}" for sex, most in (("m", 8), ("f", 5)) for number in range(1, most + 1)]
COMMON = 3000  # words of each language
SECONDS = 12.0  # longest
BY_FLITE = 0.25  # share of what is made, in English
PAUSES = 0.15  # chance of one after a word
ROOMS, TELEPHONES = 0.35, 0.15  # share of what is recorded so
TELEPHONE = (300, 3400)  # Hz


def prepare_spoken(output, count, seed=0):
    """Speak and write `spoken.npz`.

    Parameters
    ----------
    output : path
        The file.
    count : int
        How many utterances, of about four seconds.
    seed : int

    Returns
    -------
    float
        Minutes of speech.
    """
    parts, number = {"mel": [], "classes": [], "closed": []}, 0
    while len(parts["mel"]) < count:
        for part, array in zip(parts.values(), utterance(seed, number) or ()):
            part.append(array)
        number += 1
    lengths = np.array([len(closed) for closed in parts["closed"]])
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    np.savez(output, lengths=lengths, **{name: np.concatenate(part) for name, part in parts.items()})
    return lengths.sum() / FPS / 60


def utterance(seed, number):
    """One of the set: log-mel (4 T, 80), classes (T, C) and closed (T,); None where it is too short or too long."""
    random = np.random.default_rng([seed, number])
    samples, phones = _say(_words(), random)
    frames = int(len(samples) * FPS / SAMPLE_RATE)
    if not 1 < frames / FPS < SECONDS or len(phones) < 8:
        return None
    samples = _room(samples * 10 ** ((NETWORK_LEVEL - loudness(samples, SAMPLE_RATE)) / 20), random)
    shares = frame_classes(phones, frames).astype(np.float16)
    return log_mel(samples, frames).astype(np.float16), shares, closures(phones, frames)


@lru_cache(maxsize=1)
def _words():
    """The commonest words of each language: dict of lists."""
    import wordfreq

    languages = [language for language in wordfreq.available_languages("small") if VOICES.get(language, language)]
    return {language: wordfreq.top_n_list(language, COMMON, "small") for language in languages}


def _say(words, random):
    """An utterance of words drawn at random: samples at `SAMPLE_RATE` and phones."""
    by_flite = random.random() < BY_FLITE
    languages = sorted(words)
    language = "en" if by_flite else languages[random.integers(len(languages))]
    # Half of the words are common, half rare, and some sentences are of few.
    ranks = (len(words[language]) ** random.uniform(0.3, 1, random.integers(6, 16))).astype(int) - 1
    text = "".join(words[language][rank] + (", " if random.random() < PAUSES else " ") for rank in ranks)
    if by_flite:
        return flite(FLITE_VOICES[random.integers(len(FLITE_VOICES))], text, random.uniform(0.75, 1.2))
    voice = VOICES.get(language, language) + VARIANTS[random.integers(len(VARIANTS))]
    return espeak().say(voice, text, random.uniform(110, 230), random.uniform(10, 90), random.uniform(20, 90))


def _room(samples, random):
    """The same in a room, over a telephone, or as it was."""
    if random.random() < ROOMS:
        seconds = random.uniform(0.1, 0.6)
        echo = random.normal(size=int(seconds * SAMPLE_RATE)) * np.logspace(0, -3, int(seconds * SAMPLE_RATE))
        echo *= random.uniform(0.1, 0.6) / np.linalg.norm(echo)
        samples = samples + scipy.signal.oaconvolve(samples, echo)[: len(samples)]
    if random.random() < TELEPHONES:
        band = scipy.signal.butter(4, TELEPHONE, "bandpass", fs=SAMPLE_RATE, output="sos")
        samples = scipy.signal.sosfilt(band, samples)
    return samples.astype(np.float32)
