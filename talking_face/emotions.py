"""The six emotions, by all the names people give them."""

from talking_face.errors import ChoiceError, shown

EMOTIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness")

_ALIASES = {
    "angry": "anger",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "scared": "fear",
    "happy": "happiness",
    "joy": "happiness",
    "calm": "neutral",
    "sad": "sadness",
}


def parse_emotion(name):
    """The emotion meant by a name: its own, its adjective, or CREMA-D's three letters (Cao et al. 2014).

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
    word = str(name).strip().lower()
    word = _ALIASES.get(word, word)
    for emotion in EMOTIONS:
        if word in (emotion, emotion[:3]):
            return emotion
    raise ChoiceError(f"The emotion {shown(name)!r} is not known; please choose one of {', '.join(EMOTIONS)}.")
