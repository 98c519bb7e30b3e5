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
        Emotion, intensity, liveliness and seed with which it was made.
    """

    path: Path
    poster: Path
    label: str
    kind: str
    seconds: float
    six: bool
    captions: list
    settings: tuple
    made: float = field(default_factory=time.monotonic)

    def shown(self):
        """It as the player shows it."""
        return Shown(self.seconds, self.kind, whole=self.path, six=self.six, captions=self.captions)


class Takes:
    """The takes of all visitors, by names that nobody can guess; browsers remember the names of their own."""

    def __init__(self):
        self._folder, self._takes = TemporaryDirectory(prefix="takes-"), OrderedDict()

    def add(self, path, shown, settings):
        """Keep a copy of a finished video; returns its name."""
        self._forget_old()
        name = secrets.token_urlsafe(12)
        folder = Path(self._folder.name) / name
        folder.mkdir()
        shutil.copy(path, folder)
        emotion, seed = settings[0], settings[-1]
        label = LABEL.format("All six" if shown.six else emotion.capitalize(), seed + 1)
        poster = _picture(path, shown.seconds * MOMENT, folder / "poster.jpg")
        self._takes[name] = Take(
            folder / path.name, poster, label, shown.kind, shown.seconds, shown.six, shown.captions, settings
        )
        return name

    def __getitem__(self, name):
        return self._takes[name]

    def keep(self, session, strip):
        """The strip with what the page has just made, and its pictures; both stay as they are where it made nothing."""
        if session.take is None or session.take in strip:
            return gr.skip(), gr.skip()
        strip = [*self._known(strip), session.take][-SHOWN:]
        return strip, self.pictures(strip)

    def pictures(self, strip):
        """The strip as a gr.Gallery shows it; after a reload, as far as it is still there."""
        known = [self._takes[name] for name in self._known(strip)]
        return gr.Gallery([(str(take.poster), take.label) for take in known], visible=bool(known))

    def choose(self, session, strip, which: gr.SelectData):
        """Go back to the take that was clicked; returns what `back` does."""
        return self._back(session, self._known(strip)[which.index])

    def undo(self, session, strip):
        """Go back to the take before the one that is shown."""
        known = self._known(strip)
        before = known[: known.index(session.take)] if session.take in known and session.finished else known
        if not before:
            gr.Info(NOTHING)
            return [gr.skip()] * 7
        return self._back(session, before[-1])

    def forget(self):
        """Forget all."""
        for name in list(self._takes):
            self._drop(name)

    def _back(self, session, name):
        take = self._takes[name]
        interrupt(session, BACK.format(take.label))  # what is being made is no longer wanted
        session.take, session.shown = name, take.shown()
        file = gr.update(value=take.path, interactive=True)
        return session.shown, session.said, file, *take.settings

    def _known(self, strip):
        return [name for name in strip or () if name in self._takes]

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
