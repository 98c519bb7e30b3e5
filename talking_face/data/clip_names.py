"""What a clip's file name says of it: speaker, sentence, emotion and intensity.

CREMA-D (Cao et al. 2014) calls a clip 1005_DFA_HAP_XX: speaker, sentence, emotion, intensity; prepared clips are named
so too. GRID (Cooke et al. 2006) names a file by its sentence alone, as bbaf2n, in a folder a speaker, s1; it is neutral
speech.
"""

import re
from pathlib import Path
from typing import NamedTuple

from talking_face.emotions import parse_emotion

INTENSITIES = ("XX", "LO", "MD", "HI")  # not stated, low, medium, high

_CREMA = re.compile(r"([^_]+)_([^_]+)_(ANG|DIS|FEA|HAP|NEU|SAD)_(XX|X|LO|MD|HI)")
_GRID = re.compile(r"[bpls][bgrw][abiw][a-z][0-9z][anps]")


class Labels(NamedTuple):
    """Who says what, and how: emotion is one of `emotions.EMOTIONS` or "", intensity one of `INTENSITIES`."""

    speaker: str
    sentence: str
    emotion: str = ""
    intensity: str = "XX"


def labels_from_name(path, folder=""):
    """Labels that a file's name gives.

    Parameters
    ----------
    path : path
        The file need not exist.
    folder : str
        Speaker of a file whose name does not say; "" for a speaker of its own.

    Returns
    -------
    Labels
    """
    path = Path(path)
    stem = path.stem
    if match := _CREMA.fullmatch(stem):
        speaker, sentence, emotion, intensity = match.groups()
        # One file of CREMA-D itself lacks an X.
        return Labels(speaker, sentence, parse_emotion(emotion), "XX" if intensity == "X" else intensity)
    if _GRID.fullmatch(stem):
        return Labels(path.absolute().parent.name, stem, "neutral")
    return Labels(folder or stem, stem)


def clip_name(labels):
    """The stem of a prepared clip, such as 1005_DFA_HAP_XX, or 1005_DFA where the emotion is not known."""
    parts = [re.sub(r"[^\w.-]|_", "-", part) for part in (labels.speaker, labels.sentence)]
    if labels.emotion:
        parts += [labels.emotion[:3].upper(), labels.intensity]
    return "_".join(parts)
