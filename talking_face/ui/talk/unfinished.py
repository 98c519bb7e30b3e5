"""What there is of a video that was stopped, or with which something went wrong: it can be saved, too."""

import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr

from talking_face.errors import OutputError
from talking_face.media import ffmpeg
from talking_face.media.destination import DISK_FULL, INCOMPLETE, destination
from talking_face.media.frame_rate import FPS
from talking_face.media.streaming import START
from talking_face.media.writing import SOUND, metadata
from talking_face.ui.jobs import STOPPED

HEADERS = b"ftyp", b"moov"  # of each part; those of the first have all that the others need
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
        over = shown.over if shown.over and shown.over.exists() else None
        ahead = [part for part in shown.lasting if part.start > shown.first - 0.5 / FPS]
        begin, end = 0.0 if over else shown.first, ahead[-1].start + ahead[-1].seconds
        kind = shown.kind if begin == 0 else ""  # its times are not the recording's
        with TemporaryDirectory() as folder:
            path = Path(folder) / shown.name
            try:
                _join(path, ahead, over, self.studio.engine.signer)
            except OutputError:
                return stays
            if session.shown is not shown or session.said != said:
                return stays
            session.take = self.takes.add(session, path, replace(shown, seconds=end - begin, kind=kind))
        take = self.takes[session.take]
        if begin == 0 and ahead == shown.lasting:
            shown.whole, shown.seconds = take.path, take.seconds
        else:  # the player shows something else
            session.shown = replace(take.shown(), first=begin, still=True)
        sentence = SAVED.format(take.seconds) if said == STOPPED else gr.skip()
        return session.shown, sentence, gr.update(value=take.path, interactive=True)


def _join(path, parts, over, signer):
    """Write an MP4 of parts that follow each other, and of what is to be seen of another one before them, if any."""
    with destination(path, ".mp4", 0.0, signer) as whole:
        made, listing = whole.with_name("made.mp4"), whole.with_name("order.txt")
        first, *others = (part.path.read_bytes() for part in parts)
        boxes = (box for part in others for name, box in _boxes(part) if name not in HEADERS)
        made.write_bytes(b"".join([first, *boxes]))
        before = f"file '{over}'\ninpoint 0\noutpoint {parts[0].start:.3f}\n" if over else ""
        listing.write_text(f"{before}file '{made}'\ninpoint {START:.3f}\n")
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
