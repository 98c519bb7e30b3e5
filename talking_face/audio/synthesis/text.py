"""What may be said, in which language, and where its sentences end."""

import re
import unicodedata

from talking_face.errors import ChoiceError, shown
from talking_face.limits import LANGUAGES, TEXT_LENGTH

SCRIPTS = {"DEVANAGARI": "hi", "ARABIC": "ar", "CJK": "zh"}  # first word of a letter's Unicode name -> its language
LONGEST = 200  # characters said in one breath; longer sentences are cut where they pause

_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[।。！？؟])|\n+")
_CLAUSE = re.compile(r"(?<=[,;:—،])\s+|(?<=[，、；：])")


def check_text(text):
    """The text without what cannot be said; raises ChoiceError where nothing is left, or too much."""
    kept = "".join(letter for letter in str(text or "") if letter in "\n\t" or letter.isprintable()).strip()
    if not any(letter.isalnum() for letter in kept):
        raise ChoiceError("There is nothing to say yet: please type a sentence.")
    if len(kept) > TEXT_LENGTH:
        raise ChoiceError(
            f"The text has {len(kept)} characters, and at most {TEXT_LENGTH} can be said at once: please shorten it."
        )
    return kept


def language_of(text, language):
    """The code of the language to read a text in: that of its script, where only one is written in it."""
    if language not in list(LANGUAGES):  # whatever it is: a list could not be looked up
        raise ChoiceError(f"The language {shown(language)!r} is not known; please choose {', '.join(LANGUAGES)}.")
    scripts = [SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0]) for letter in text if letter.isalpha()]
    written = max(set(scripts), key=scripts.count, default=None)  # numbers are in no script
    if written:
        return written
    return "en" if language in SCRIPTS.values() else language


def sentences(text):
    """A text's sentences, those longer than `LONGEST` in parts: list of str, none of them blank."""
    parts = []
    for sentence in _pieces(_END, text):
        if len(sentence) <= LONGEST:
            parts.append(sentence)
            continue
        for clause in _pieces(_CLAUSE, sentence):
            if parts and parts[-1] in sentence and len(parts[-1]) + len(clause) < LONGEST:
                parts[-1] += f" {clause}"
            else:
                parts.append(clause)
    return parts


def _pieces(ends, text):
    return [piece.strip() for piece in ends.split(text) if any(letter.isalnum() for letter in piece)]


def unspeakable(sentence):
    """The error that a voice raises where it cannot read a sentence."""
    return ChoiceError(f"“{shown(sentence, 40)}” cannot be spoken: please write it in plain words.")
