"""English by hibari (Williams 2026): 6 M parameters distilled from Kokoro-82M, within its package, Apache-2.0.

Its network predicts a pitch curve and a filter for each 12.5 ms, so a mood is a matter of bending the curve, and a
lower voice one of stretching the filters as a longer throat would.
"""

import threading
from functools import cache
from importlib.util import find_spec

import numpy as np

NAMES = {"en": "heart"}
RATE = 24_000  # Hz
VOICED = 40.0  # Hz, below which the network means that there is no pitch
PITCHES = 55.0, 600.0  # Hz, lowest and highest
LOWER, THROAT = -9.0, 0.86  # of a low voice: semitones, and its resonances over the network's own
SEED = 0  # of breath and hiss: the same words sound the same

_one_at_a_time = threading.Lock()


def is_here():
    """Whether the package is installed."""
    return find_spec("hibari") is not None


def read(_, sentence, mood, low=False):
    """Say an English sentence in a `Mood`: (N,) float32, -1 to 1, at `RATE`."""
    from hibari import dsp

    voice, spoken = _load(), []
    with _one_at_a_time:
        phrases = [voice.ids(phonemes) for phonemes in voice.phonemize(sentence)]
    for ids in phrases:
        given = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([mood.pace], np.float32)}
        *filters, pitch = (output[0] for output in voice.sess.run(None, given))
        if low:
            filters = [_stretched(values, THROAT) for values in filters]
        pitch = _bent(pitch, mood.pitch + (LOWER if low else 0), mood.melody)
        spoken.append(dsp.synth(*filters, pitch, np.random.default_rng(SEED)))
    return np.clip(np.concatenate(spoken), -1, 1) if spoken else np.zeros(0, np.float32)


@cache
def _load():
    from hibari import Hibari

    return Hibari()


def _bent(pitch, semitones, melody):
    """A curve of pitches, (F,) Hz, moved by semitones, its excursions from its median times `melody`."""
    voiced = pitch > VOICED
    if not voiced.any():
        return pitch
    centre = np.median(pitch[voiced])
    moved = centre * 2 ** (semitones / 12) * (np.maximum(pitch, VOICED) / centre) ** melody
    return np.where(voiced, np.clip(moved, *PITCHES), pitch).astype(np.float32)


def _stretched(values, factor):
    """Values over frequency, (bins, F), with what was at a frequency f now at f times `factor`."""
    places = np.minimum(np.arange(len(values)) / factor, len(values) - 1)
    below = places.astype(int)
    above = np.minimum(below + 1, len(values) - 1)
    share = (places - below).astype(np.float32)[:, None]
    return values[below] * (1 - share) + values[above] * share
