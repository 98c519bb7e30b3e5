"""What the server remembers of one open page."""

from dataclasses import dataclass, field
from pathlib import Path

from talking_face.emotions import EMOTIONS
from talking_face.ui.jobs import Visit
from talking_face.ui.talk.player import Shown
from talking_face.ui.typed import Typed


@dataclass
class Session(Visit):
    """A visit to the Talk tab.

    Attributes
    ----------
    asked : bool
        Whether a video has been asked for.
    shown : player.Shown or None
        What the player shows.
    take : str or None
        Name of the last take that was finished or gone back to.
    visitor : str
        A name that nobody can guess, the same in all visits of a browser.
    strip : list of str
        Names of the takes that the page shows.
    chosen : dict of str to int
        A photo, by its content and name -> number of the face in it that was chosen; the largest, 1, in all others.
    typed : dict of str to typed.Typed
        Name of a recording -> the text of which it was made.
    captions : dict of str to list of (float, float, str)
        The same -> when each sentence of it begins and ends, seconds, and its words.
    """

    asked: bool = False
    shown: Shown | None = None
    take: str | None = None
    visitor: str = ""
    strip: list[str] = field(default_factory=list)
    chosen: dict[str, int] = field(default_factory=dict)
    typed: dict[str, Typed] = field(default_factory=dict)
    captions: dict[str, list] = field(default_factory=dict)

    @property
    def finished(self):
        """Whether the player shows a video that is whole."""
        return self.shown is not None and self.shown.whole is not None

    def face(self, photo):
        """Number of the face in a photo, given by its path, that is to talk."""
        return self.chosen.get(_known_as(photo), 1)

    def choose(self, photo, number):
        """It is another one from now on."""
        self.chosen[_known_as(photo)] = number

    def words(self, voice, emotion, intensity):
        """What is to be heard for a recording, given by its path: itself, or the text it was made of in a new mood."""
        typed = voice and self.typed.get(Path(voice).name)
        return typed.in_mood(emotion, intensity) if typed and emotion in EMOTIONS else voice

    def captions_of(self, voice):
        """Captions of a recording, given by its path; none where nobody typed it."""
        return self.captions.get(Path(voice).name, []) if voice else []


def _known_as(path):
    """What a file is known as on any server: Gradio names its folder by its content."""
    return path and "/".join(Path(path).parts[-2:])
