"""How an emotion sounds in a voice: faster or slower, higher or lower, livelier or flatter."""

from dataclasses import dataclass

from talking_face.limits import MAX_INTENSITY, check_number
from talking_face.timeline import parse_emotions


@dataclass(frozen=True)
class Mood:
    """What is asked of a voice.

    Attributes
    ----------
    pace : float
        Over that of neutral speech.
    pitch : float
        Above it, semitones.
    melody : float
        The pitch's excursions, over its.
    """

    pace: float = 1.0
    pitch: float = 0.0
    melody: float = 1.0


# In the directions that Scherer (2003, Table 2) and Burkhardt and Sendlmeier (2000) report, at half the size or less: a
# voice that only shifts its pitch sounds like a toy before it sounds moved.
MOODS = {
    "anger": Mood(1.08, 1.0, 1.35),
    "disgust": Mood(0.92, -1.2, 0.9),
    "fear": Mood(1.12, 2.5, 1.1),
    "happiness": Mood(1.05, 1.8, 1.4),
    "neutral": Mood(),
    "sadness": Mood(0.86, -1.5, 0.65),
}


def mood_of(emotion, intensity=1.0):
    """The `Mood` of an emotion, at an intensity from 0 to `MAX_INTENSITY`.

    The emotion is given as `timeline.parse_emotions` takes it; of several over time, it is the first that counts.
    """
    check_number(intensity, 0, MAX_INTENSITY, "intensity")
    emotions = parse_emotions(emotion)
    full = MOODS[emotions if isinstance(emotions, str) else emotions[0][1]]
    return Mood(full.pace**intensity, full.pitch * intensity, full.melody**intensity)
