"""Phones by what lips do: classes of the International Phonetic Alphabet, and how each opens and widens the mouth."""

from dataclasses import dataclass

import numpy as np

from talking_face.media.frame_rate import FPS


@dataclass(frozen=True)
class PhoneClass:
    """Phones that look alike on the lips.

    Attributes
    ----------
    name : str
    symbols : str
        Of the alphabet; diacritics and length are passed over.
    opening : float
        Of the lips, 0 (closed) to 1 (an open vowel).
    width : float
        Of the mouth, -1 (rounded) to 1 (spread).
    """

    name: str
    symbols: str
    opening: float
    width: float = 0.0


# Openings and widths after the vowel chart and Fisher's visemes (1968); each speaker's own scale is free.
CLASSES = (
    PhoneClass("silence", "", 0.0),
    PhoneClass("bilabial stop or nasal", "pbmɓʙ", 0.0),
    PhoneClass("labiodental", "fvɱʋ", 0.12),
    PhoneClass("bilabial fricative", "βɸ", 0.12),
    PhoneClass("dental", "θð", 0.3),
    PhoneClass("alveolar", "tdnɗʈɖɳ", 0.3),
    PhoneClass("sibilant", "szʦʣ", 0.22, 0.3),
    PhoneClass("postalveolar", "ʃʒɕʑʂʐ", 0.3, -0.5),
    PhoneClass("lateral", "lɭɫɬɮʎ", 0.4),
    PhoneClass("rhotic", "rɾɽɹɻʀʁ", 0.35),
    PhoneClass("palatal", "jɟcçɲʝ", 0.3, 0.3),
    PhoneClass("velar", "kɡgŋxɣqɢɴχ", 0.4),
    PhoneClass("glottal", "hɦʔħʕ", 0.45),
    PhoneClass("labial glide", "wɥʍ", 0.15, -1.0),
    PhoneClass("close front vowel", "iɪɨ", 0.4, 0.6),
    PhoneClass("rounded front vowel", "yʏøœ", 0.3, -0.8),
    PhoneClass("mid front vowel", "e", 0.55, 0.5),
    PhoneClass("open-mid front vowel", "ɛæε", 0.8, 0.4),
    PhoneClass("open vowel", "aɑɐ", 1.0, 0.1),
    PhoneClass("open-mid back vowel", "ɔɒʌ", 0.75, -0.2),
    PhoneClass("mid back vowel", "oɵɤ", 0.5, -0.7),
    PhoneClass("close back vowel", "uʊʉɯ", 0.25, -0.9),
    PhoneClass("central vowel", "əɜɚɘ", 0.55),
)
SILENCE, BILABIAL, LABIODENTAL = 0, 1, 2
OPENING = np.array([c.opening for c in CLASSES], np.float32)
WIDTH = np.array([c.width for c in CLASSES], np.float32)
CLASS_OF = {symbol: number for number, c in enumerate(CLASSES) for symbol in c.symbols}
LEAST_SHARE = 0.5  # of a frame that a closure fills for its lips to be closed, besides the frame that has most of it


def phone_classes(name):
    """Classes that a phone runs through, in order: "aɪ" -> those of a and ɪ; the glottals' where nothing is known."""
    if not name:
        return [SILENCE]
    return [CLASS_OF[symbol] for symbol in name if symbol in CLASS_OF] or [CLASS_OF["h"]]


def frame_classes(phones, frames):
    """How much of each video frame each class fills.

    Parameters
    ----------
    phones : list of (float, float, str)
        Start and end in seconds, and name, one after another.
    frames : int

    Returns
    -------
    ndarray, (frames, len(CLASSES)) float32
        Rows sum to 1; what no phone covers is silence.
    """
    shares = np.zeros((frames, len(CLASSES)), np.float32)
    edges = np.arange(frames + 1)
    for start, end, name in phones:
        classes = phone_classes(name)
        bounds = np.linspace(start, end, len(classes) + 1) * FPS
        for number, low, high in zip(classes, bounds, bounds[1:]):
            shares[:, number] += np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None)
    shares[:, SILENCE] += np.clip(1 - shares.sum(1), 0, None)
    return shares / shares.sum(1, keepdims=True)


def closures(phones, frames):
    """Frames in which lips are closed for p, b or m, as sampled 25 times a second: (frames,) bool."""
    closed = np.zeros(frames, bool)
    for phone in phones:
        share = frame_classes([phone], frames)[:, BILABIAL]
        closed |= (share >= LEAST_SHARE) | ((share > 0) & (share == share.max()))
    return closed
