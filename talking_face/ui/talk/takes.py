"""The strip of what was made during this visit: to see again, to save again, to go back to."""

import secrets
import shutil
import subprocess
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr

from talking_face.media import ffmpeg
from talking_face.ui.jobs import interrupt
from talking_face.ui.talk.player import Shown

SHOWN = 12  # takes in a strip
KEPT, SECONDS = 200, 3000  # takes of all visitors that are kept at most, and how long
SIDE, MOMENT = 240, 0.6  # a take's picture: its longer side, pixels, and where in the video it is
LABEL = "{}, take {:.0f}"
BACK = "✅ Back to “{}”."
NOTHING = "There is nothing to go back to yet."


@dataclass(frozen=True)
class Take:
    """A video that is finished.

    Attributes
    ----------
    path, poster : Path
        The MP4, and a picture out of it.
    label : str
        What it is called.
    kind, seconds, six
        As in `player.Shown`.
    captions : list
        As in `player.Shown`.
    settings : tuple
        As in `player.Shown`.
    visitor : str
        Whose it is.
    """

    path: Path
    poster: Path
    label: str
    kind: str
    seconds: float
    six: bool
    captions: list
    settings: tuple
    visitor: str
    made: float = field(default_factory=time.monotonic)

    def shown(self):
        """It as the player shows it."""
        return Shown(self.seconds, self.kind, whole=self.path, six=self.six, captions=self.captions)


class Takes:
    """The takes of all visitors, whose names nobody can guess: a browser remembers its visitor's."""

    def __init__(self):
        self._folder, self._takes = TemporaryDirectory(prefix="takes-"), OrderedDict()

    def add(self, session, path, shown):
        """Keep a copy of a finished video; returns its name."""
        self._forget_old()
        name = secrets.token_urlsafe(12)
        folder = Path(self._folder.name) / name
        folder.mkdir()
        shutil.copy(path, folder)
        emotion, seed = shown.settings[0], shown.settings[-1]
        label = LABEL.format("All six" if shown.six else emotion.capitalize(), seed + 1)
        poster = _picture(path, shown.seconds * MOMENT, folder / "poster.jpg")
        how = shown.kind, shown.seconds, shown.six, shown.captions, shown.settings
        self._takes[name] = Take(folder / path.name, poster, label, *how, session.visitor)
        return name

    def __getitem__(self, name):
        return self._takes[name]

    def welcome(self, session, visitor):
        """A visitor, who may have been here before, as their browser remembers them: their name, and their strip."""
        session.visitor = visitor or secrets.token_urlsafe(12)
        return session.visitor, self.strip(session)

    def strip(self, session):
        """What a visitor has made, as a gr.Gallery shows it, where that is not what their page shows already."""
        names = [name for name, take in self._takes.items() if session.visitor == take.visitor != ""][-SHOWN:]
        if names == session.strip:
            return gr.skip()
        session.strip, takes = names, [self._takes[name] for name in names]
        return gr.Gallery([(str(take.poster), take.label) for take in takes], visible=bool(takes))

    def choose(self, session, which: gr.SelectData):
        """Go back to the take that was clicked."""
        return self._back(session, session.strip[which.index : which.index + 1])

    def undo(self, session):
        """Go back to the take before the one that is shown."""
        names = session.strip
        before = names[: names.index(session.take)] if session.take in names and session.finished else names
        return self._back(session, before)

    def forget(self):
        """Forget all."""
        for name in list(self._takes):
            self._drop(name)

    def _back(self, session, names):
        """Go back to the last of some takes that is still there."""
        names = [name for name in names if name in self._takes]
        if not names:
            return gr.skip(), NOTHING, *[gr.skip()] * 5
        name, take = names[-1], self._takes[names[-1]]
        interrupt(session, BACK.format(take.label))  # what is being made is no longer wanted
        session.take, session.shown = name, take.shown()
        file = gr.update(value=take.path, interactive=True)
        return session.shown, session.said, file, *take.settings

    def _forget_old(self):
        while self._takes:
            name, take = next(iter(self._takes.items()))
            if len(self._takes) < KEPT and time.monotonic() - take.made < SECONDS:
                break
            self._drop(name)

    def _drop(self, name):
        shutil.rmtree(self._takes.pop(name).path.parent, ignore_errors=True)


def _picture(video, seconds, path):
    """Write a picture out of a video; its path."""
    scale = f"scale='min({SIDE},iw)':-2"
    command = [ffmpeg.executable(), "-v", "error", "-y", "-ss", f"{seconds:.2f}", "-i", str(video)]
    subprocess.run([*command, "-frames:v", "1", "-vf", scale, str(path)], check=True, capture_output=True)
    return path
