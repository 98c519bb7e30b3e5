"""The emotions, once: all that the program knows of each by itself; their movements are in the weights."""

from collections.abc import Sequence
from dataclasses import dataclass

from talking_face.errors import CheckpointError, ChoiceError, shown


@dataclass(frozen=True)
class Emotion:
    """One emotion.

    Attributes
    ----------
    name : str
    aliases : tuple of str
        What else people call it.
    code : str
        CREMA-D's three letters (Cao et al. 2014).
    sign : str
        Emoji before its name on the page.
    order : int
        Its place on the page, from 0.
    speech_gain : float
        Liveliness of articulation at intensity 1, over neutral speech.
    head_speed, head_range : float
        How fast and how far the head moves, likewise.
    bearing : tuple of float
        How it is held: chin up in degrees, down in eye distances, nearer as a logarithm of size.
    """

    name: str
    aliases: tuple[str, ...]
    code: str
    sign: str
    order: int
    speech_gain: float = 1.0
    head_speed: float = 1.0
    head_range: float = 1.0
    bearing: tuple[float, float, float] = (0.0, 0.0, 0.0)


TABLE = (
    Emotion("anger", ("angry",), "ANG", "😠", 3, 1.1, 1.25, 1.0, (-1.3, 0.01, 0.02)),
    Emotion("disgust", ("disgusted",), "DIS", "🤢", 5, 1.0, 0.95, 0.9, (1.2, -0.01, -0.015)),
    Emotion("fear", ("afraid", "fearful", "scared"), "FEA", "😨", 4, 1.05, 1.2, 0.85, (0.5, -0.01, -0.02)),
    Emotion("happiness", ("happy", "joy"), "HAP", "😊", 0, 1.05, 1.15, 1.0, (0.6, 0.0, 0.0)),
    Emotion("neutral", ("calm",), "NEU", "😐", 1),
    Emotion("sadness", ("sad",), "SAD", "😢", 2, 0.85, 0.65, 0.75, (-2.1, 0.02, 0.0)),
)
EMOTIONS = tuple(emotion.name for emotion in TABLE)  # in the order of the networks' inputs
IN_ORDER = tuple(emotion.name for emotion in sorted(TABLE, key=lambda emotion: emotion.order))  # in that of the page
_NAMES = {word.lower(): emotion.name for emotion in TABLE for word in (emotion.name, emotion.code, *emotion.aliases)}


def parse_emotion(name: object) -> str:
    """The emotion meant by a name: its own, its adjective, or CREMA-D's three letters.

    Parameters
    ----------
    name : str
        Upper or lower case.

    Returns
    -------
    str
        One of `EMOTIONS`.

    Raises
    ------
    ChoiceError
        Nothing is known by that name.
    """
    try:
        return _NAMES[str(name).strip().lower()]
    except KeyError:
        raise ChoiceError(
            f"The emotion {shown(name)!r} is not known; please choose one of {', '.join(EMOTIONS)}."
        ) from None


def check_trained_emotions(trained: Sequence[str] | None, count: int, weights: str) -> None:
    """Make sure that a network knows the emotions of the table, in its order.

    Parameters
    ----------
    trained : sequence of str or None
        The emotions that it was trained on; None where its weights do not say.
    count : int
        For how many it has room.
    weights : str
        Name of its weights, for the message.

    Raises
    ------
    CheckpointError
        It knows others, fewer or more.
    """
    if trained is None and count != len(EMOTIONS):
        raise CheckpointError(
            f"The weights {weights} know {count} emotions, not {len(EMOTIONS)}; please choose others."
        )
    if trained is not None and tuple(trained) != EMOTIONS:
        raise CheckpointError(
            f"The weights {weights} know the emotions {shown(', '.join(trained))}, not {', '.join(EMOTIONS)}; "
            "please choose others, or train them anew."
        )
