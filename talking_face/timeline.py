"""Different emotions for parts of a recording.

Examples
--------
>>> parse_emotions("0-2 s happiness, then sadness")
((0.0, 'happiness'), (2.0, 'sadness'))
"""

import math
import re
from collections.abc import Iterable

from talking_face.emotions import parse_emotion
from talking_face.errors import ChoiceError, shown
from talking_face.limits import REQUEST_LENGTH

Changes = tuple[tuple[float, str], ...]  # starts in seconds, ascending from 0, each with an emotion
EXAMPLE = "0-2 s happiness, then sadness"

_SECONDS = r"(\d+(?:\.\d+)?)\s*(?:(?:s|sec|seconds?)\b)?"
_PART = re.compile(rf"(?:(?:from\s+|at\s+)?{_SECONDS}\s*(?:(?:-|–|to|until)\s*{_SECONDS}\s*)?:?\s*)?([a-z]+)")
_BETWEEN = re.compile(r"[,;\n]\s*(?:and\s+)?(?:then\s+)?|\s+(?:and\s+)?then\s+")


def parse_emotions(value: str | Iterable[tuple[float, str]]) -> str | Changes:
    """One emotion, or which begins when.

    Parameters
    ----------
    value : str or sequence of (float, str)
        A name that `emotions.parse_emotion` knows; or parts in their order, each as "START-END s EMOTION" with the end
        left out where the next part begins anyway, or the times where it follows on the one before ("then"); or pairs
        of start in seconds and name.

    Returns
    -------
    str or tuple of (float, str)
        One of `EMOTIONS`; or starts in seconds, ascending from 0, each with one of `EMOTIONS`. Times for which nothing
        is said are neutral.

    Raises
    ------
    ChoiceError
        An emotion is not known, or it is not clear when one begins.
    """
    if not isinstance(value, str):
        try:
            return _ordered([(float(start), parse_emotion(name)) for start, name in value])
        except (TypeError, ValueError):
            raise ChoiceError(f"The emotions cannot be read; please write them like “{EXAMPLE}”.") from None
    if len(value) > REQUEST_LENGTH:
        raise ChoiceError(f"The emotions take more than {REQUEST_LENGTH} letters; please write them like “{EXAMPLE}”.")
    parts = [part for part in _BETWEEN.split(value.strip().lower()) if part]
    if len(parts) <= 1 and not re.search(r"\d", value):
        return parse_emotion(value)
    return _ordered(_read(parts))


def _read(parts: Iterable[str]) -> list[tuple[float, str]]:
    """Starts and emotions that the parts of a request say; times that they leave out are neutral."""
    changes: list[tuple[float, str]] = []
    free: float | None = 0.0  # where the next part begins if it does not say; None where it has to
    for part in parts:
        match = _PART.fullmatch(part.strip())
        if not match:
            raise ChoiceError(
                f"The emotions “{shown(part.strip())}” cannot be read; please write them like “{EXAMPLE}”."
            )
        start, end, name = match.groups()
        if start is not None:
            begin = float(start)
        elif free is not None:
            begin = free
        else:
            raise ChoiceError(
                f"It is not said when “{shown(name)}” begins; please write the emotions like “{EXAMPLE}”."
            )
        if end is not None and float(end) <= begin:
            raise ChoiceError(
                f"“{shown(part.strip())}” ends before it begins; please write the emotions like “{EXAMPLE}”."
            )
        if free is not None and free < begin:
            changes.append((free, "neutral"))
        free = None if end is None else float(end)
        changes.append((begin, parse_emotion(name)))
    return changes if free is None else [*changes, (free, "neutral")]


def _ordered(changes: list[tuple[float, str]]) -> Changes:
    """Changes checked to be in order, from 0 on."""
    if not changes:
        raise ChoiceError(f"There is no emotion; please name one, or write several like “{EXAMPLE}”.")
    starts = [start for start, _ in changes]
    if not all(map(math.isfinite, starts)) or starts[0] < 0 or starts != sorted(starts):
        raise ChoiceError(f"The emotions are not in the order of time; please write them like “{EXAMPLE}”.")
    return tuple(changes if starts[0] == 0 else [(0.0, "neutral"), *changes])
