"""What there is of a video that was stopped, or with which something went wrong: it can be saved, too."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import gradio as gr

from talking_face.errors import OutputError
from talking_face.media import ffmpeg
from talking_face.media.destination import DISK_FULL, INCOMPLETE, destination
from talking_face.media.frame_rate import FPS
from talking_face.media.streaming import START
from talking_face.media.writing import SOUND, metadata
from talking_face.ui.jobs import STOPPED

FRAME = 1 / FPS  # seconds
HEADERS = b"ftyp", b"moov"  # of each part; those of the first have all that the others need
PAUSE = 0.5  # seconds, in which most who stop a video to ask for another one have done so
SAVED = "Stopped. Save gives the {:.1f} seconds that were made."


class Unfinished:
    """The handler.

    Parameters
    ----------
    studio : ui.studio.Studio
        Whose engine signs files.
    takes : ui.talk.takes.Takes
        Keeps what can be saved.
    """

    def __init__(self, studio, takes):
        self.studio, self.takes = studio, takes

    def keep(self, session):
        """What the player shows of a video that nobody goes on making, a sentence, and the file to be saved.

        Where there is none, or something else has been asked for since, all stays as it is.
        """
        shown, said, stays = session.shown, session.said, [gr.skip()] * 3
        if not said or session.finished or not shown or not shown.lasting:
            return stays
        time.sleep(PAUSE)
        if session.said != said:
            return stays
        runs = _runs(shown)
        begin, end = runs[0].begin, runs[-1].end
        kind = shown.kind if begin == 0 else ""  # its times are not the recording's
        with TemporaryDirectory() as folder:
            path = Path(folder) / shown.name
            try:
                _join(path, runs, self.studio.engine.signer)
            except OutputError:
                return stays
            if session.said != said:
                return stays
            name = self.takes.add(session, path, replace(shown, seconds=end - begin, kind=kind))
        if session.said != said:
            return stays
        session.take, take = name, self.takes[name]
        if begin == 0 and runs[-1].parts == shown.lasting and _is_in_player(shown):
            shown.whole, shown.over, shown.seconds = take.path, None, take.seconds
        else:  # the player shows something else
            session.shown = replace(take.shown(), first=begin, still=True)
        sentence = SAVED.format(take.seconds) if said == STOPPED else gr.skip()
        return session.shown, sentence, gr.update(value=take.path, interactive=True)


class Run(NamedTuple):
    """What was made at a stretch: a whole file, or parts that follow each other; where it begins and ends, seconds."""

    file: Path | None
    parts: list
    begin: float
    end: float


def _runs(shown, until=float("inf")):
    """What there is of a video from the place on where making it began, and before that of those it is laid over."""
    if shown.whole:
        return [Run(shown.whole, [], 0.0, min(until, shown.seconds))]
    ahead = [part for part in shown.lasting if part.start > shown.first - FRAME / 2]
    end = ahead[-1].start + ahead[-1].seconds if ahead else shown.first
    before = _runs(shown.over, shown.first) if shown.over else []
    if before and before[-1].end < shown.first - FRAME / 2:
        before = []  # times would be others behind a gap
    return [*before, Run(None, ahead, shown.first, min(until, end))] if ahead else before


def _is_in_player(shown):
    """Whether the player has all that a video is laid over, and shows no file instead."""
    alone = shown.whole or not shown.first
    return bool(shown.parts and (alone or shown.over and _is_in_player(shown.over)))


def _join(path, runs, signer):
    """Write an MP4 of runs, one after the other."""
    with destination(path, ".mp4", 0.0, signer) as whole:
        order = []
        for number, run in enumerate(runs):
            file, begin = run.file or whole.with_name(f"{number}.mp4"), 0.0 if run.file else START
            if run.parts:
                first, *others = (part.path.read_bytes() for part in run.parts)
                boxes = (box for part in others for name, box in _boxes(part) if name not in HEADERS)
                file.write_bytes(b"".join([first, *boxes]))
            order.append(f"file '{file}'\ninpoint {begin:.3f}\noutpoint {begin + run.end - run.begin:.3f}\n")
        listing = whole.with_name("order.txt")
        listing.write_text("".join(order))
        command = [ffmpeg.executable(), "-y", "-v", "error", "-f", "concat", "-safe", "0", "-i", str(listing)]
        command += ["-c:v", "copy", "-c:a", "aac", *SOUND, *metadata(), "-movflags", "+faststart", str(whole)]
        if subprocess.run(command, capture_output=True).returncode:
            raise OutputError(INCOMPLETE.format(DISK_FULL))


def _boxes(data):
    """An MP4's outermost boxes: yields (name, all of it)."""
    while data:
        size = int.from_bytes(data[:4], "big")
        yield data[4:8], data[:size]
        data = data[size:]
