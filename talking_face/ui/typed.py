"""A text in place of a recording: said by a voice that is nobody's, in a mood."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from talking_face.audio.synthesis.mood import Mood, mood_of


class Typed(NamedTuple):
    """A text that was said, and how; arguments of `audio.synthesis.say`."""

    text: str
    language: str
    mood: Mood
    low: bool

    @property
    def file_name(self):
        """Of the recording of it."""
        return f"said-{hash(self) & 0xFFFFFFFF:08x}.wav"

    def in_mood(self, emotion, intensity):
        """The same in another mood, at the same pace, so that every word stays where it is."""
        return self._replace(mood=replace(mood_of(emotion, intensity), pace=self.mood.pace))


def recorded(typed):
    """Record what was typed; yields (share that is done, None, captions), and at the end (1, path, captions).

    The file lasts until then. Captions are when each sentence so far begins and ends, seconds, and its words.
    """
    import numpy as np
    import soundfile

    from talking_face.audio.synthesis import speak
    from talking_face.audio.synthesis.text import check_text, sentences

    sounds, captions, end = [], [], 0.0
    for words, (share, sound) in zip(sentences(check_text(typed.text)), speak(*typed)):
        sounds.append(sound)
        begin, end = end, end + len(sound[1]) / sound[0]
        captions.append((begin, end, words))
        yield share, None, captions
    with TemporaryDirectory() as folder:
        path = Path(folder) / typed.file_name
        soundfile.write(path, np.concatenate([samples for _, samples in sounds]), sounds[0][0])
        yield 1.0, path, captions
