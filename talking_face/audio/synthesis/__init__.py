"""From written words to a recording, without a network.

    rate, samples = say("Good news!", "en", mood_of("happiness"))
    for share, sound in speak(text, "de"):      # sentence by sentence, for whoever shows progress
        ...

- `text`: what may be said, in which language, cut into sentences;
- `mood`: how an emotion sounds;
- `hibari`, `pico`, `espeak`: the voices, the best for a language first.
"""

import numpy as np

from talking_face.audio.synthesis import espeak, hibari, pico
from talking_face.audio.synthesis.mood import Mood, mood_of
from talking_face.audio.synthesis.text import check_text, language_of, sentences
from talking_face.errors import SettingError

__all__ = ["Mood", "mood_of", "say", "speak"]

VOICES = hibari, pico, espeak
NEUTRAL = Mood()
PAUSE = 0.22  # seconds between two sentences
LOUDNESS, PEAK = 0.09, 0.9  # root mean square and largest value of a sentence


def speak(text, language="en", mood=NEUTRAL, low=False):
    """Say a text sentence by sentence.

    Parameters
    ----------
    text : str
        At most `limits.TEXT_LENGTH` characters.
    language : str
        One of `limits.LANGUAGES`, by its code; a text in another's script is read in that one.
    mood : Mood
        As far as the voice can: eSpeak NG and hibari wholly, Pico in pace and pitch.
    low : bool
        In a man's pitch rather than a woman's.

    Yields
    ------
    share : float
        How much of the text has been said, 0 to 1.
    sound : (int, ndarray)
        Rate in Hz and samples, (N,) float32 from -1 to 1, with a pause before each sentence but the first. The rate is
        the same for all.

    Raises
    ------
    ChoiceError
        There is nothing to say, too much or what no voice can read, or the language is not known.
    SettingError
        No voice for the language is on this machine.
    """
    text = check_text(text)
    language, parts = language_of(text, language), sentences(text)
    voice = _voice(language)
    total, done = sum(map(len, parts)), 0
    for part in parts:
        samples = _level(voice.read(language, part, mood, low))
        pause = np.zeros(round(PAUSE * voice.RATE) if done else 0, np.float32)
        done += len(part)
        yield done / total, (voice.RATE, np.concatenate([pause, samples]))


def say(text, language="en", mood=NEUTRAL, low=False):
    """As `speak`, the whole text: (rate in Hz, samples), as `audio.load_speech` takes it."""
    sounds = [sound for _, sound in speak(text, language, mood, low)]
    return sounds[0][0], np.concatenate([samples for _, samples in sounds])


def _voice(language):
    """The best voice for a language that is here."""
    for voice in VOICES:
        if language in voice.NAMES and voice.is_here():
            return voice
    raise SettingError("There is no voice for this language here: please record the words, or install espeak-ng.")


def _level(samples):
    """A sentence as loud as the others: (N,) float32."""
    loud = np.sqrt(np.mean(np.square(samples))) if len(samples) else 0
    return samples * min(LOUDNESS / loud, PEAK / np.abs(samples).max()) if loud else samples
