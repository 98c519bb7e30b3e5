"""A video in parts while it is being made: its beginning plays before its end exists.

One encoder writes the MP4 and, from the same compressed pictures and sound, the media segments
of an HTTP live stream (RFC 8216), here called parts.
"""

import re
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from talking_face.concurrency.prefetch import ahead
from talking_face.media.frame_rate import FPS
from talking_face.media.writing import write_video

# A player shows the first part as soon as it is there, and asks for the next when that has lasted: by then it has to be
# made.
FIRST_SECONDS, GROWTH, PART_SECONDS = 0.48, 2, 1.92  # length of the first part, of the next over it, at most
SHORTEST = 0.5  # seconds; a shorter rest goes with the part before
START = 10.0  # seconds: MPEG-TS has no times below 0, where H.264 puts the frame that is decoded first
LIST = "parts.csv"
POLL = 0.02  # seconds


@dataclass(frozen=True)
class Part:
    """One part of a stream: an MPEG-TS file, its seconds, and whether it is the last."""

    path: Path
    seconds: float
    last: bool = False

    @classmethod
    def joined(cls, parts):
        """Several parts that follow each other, as one; its file lies beside theirs and lasts as long."""
        if len(parts) == 1:
            return parts[0]
        first, final = parts[0].path, parts[-1]
        path = first.with_name(f"{first.stem}-{final.path.stem}{first.suffix}")
        path.write_bytes(b"".join(part.path.read_bytes() for part in parts))  # as MPEG-TS allows
        return cls(path, sum(part.seconds for part in parts), final.last)


class Segments(NamedTuple):
    """What `writing.write_video` needs to know to write parts: their folder, and where they end (seconds)."""

    folder: Path
    ends: list

    def encoder_options(self):
        """Options of ffmpeg's encoders: a part begins with a frame that needs no other."""
        cuts = ["-force_key_frames", self._cuts()] if self.ends[1:] else []
        return [*cuts, "-flags", "+global_header", "-map", "0:v", "-map", "1:a", "-f", "tee"]

    def output(self, path):
        """ffmpeg's name for an output that is both the MP4 at `path` and the parts."""
        options = {
            "f": "segment",
            "segment_format": "mpegts",
            "segment_times": self._cuts() or str(self.ends[-1] + 1),
            "segment_list": self.folder / LIST,
            "initial_offset": START,
        }
        options = ":".join(f"{name}={_escaped(_escaped(value))}" for name, value in options.items())
        return f"[{options}]{_escaped(self.folder / '%d.ts')}|[movflags=+faststart]{_escaped(path)}"

    def finished(self):
        """The parts that are whole, in order."""
        listed = self.folder / LIST
        count = listed.read_text().count("\n") if listed.exists() else 0
        starts, last = [0.0, *self.ends], len(self.ends) - 1
        lengths = [end - start for start, end in zip(starts, self.ends[:count])]
        return [Part(self.folder / f"{i}.ts", seconds, i == last) for i, seconds in enumerate(lengths)]

    def _cuts(self):
        return ",".join(f"{end:.3f}" for end in self.ends[:-1])


def stream_video(path, frames, speech, signer=None):
    """Write a video, handing over each part as soon as it is whole.

    Parameters
    ----------
    path : path
        The whole video's destination, ending in ".mp4"; it is there when the generator ends by itself.
    frames : iterable of ndarray, (T, H, W, 3) uint8
        Chunks of RGB frames, `speech.frames` in all; consumed in a thread of its own.
    speech : audio.Speech
        What is heard; of it are read `sound`, `rate` and `frames`.
    signer : signing.Signer, optional
        As for `write_video`.

    Yields
    ------
    Part
        Its file lasts until the generator ends. Closing the generator stops the work and leaves nothing behind.

    Raises
    ------
    OutputError
        The video cannot be written.
    """
    stopping = threading.Event()
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        segments = Segments(Path(folder), part_ends(speech.frames))
        work = thread.submit(
            write_video, path, _until(stopping, frames), speech.sound, speech.rate, segments=segments, signer=signer
        )
        done = 0
        try:
            while done < len(segments.ends):
                wait([work], POLL)
                ended = work.done()
                if ended:
                    work.result()
                for part in segments.finished()[done:]:
                    yield part
                    done += 1
                if ended:
                    break
            work.result()
        finally:
            stopping.set()


def part_ends(frames):
    """Where the parts of a video of so many frames end: list of float, seconds."""
    total = frames / FPS
    ends, end, length = [], FIRST_SECONDS, FIRST_SECONDS
    while end <= total - SHORTEST:
        ends.append(end)
        length = min(GROWTH * length, PART_SECONDS)
        end += length
    return [*ends, total]


class _Stopped(Exception):
    """Nobody wants the rest of the video."""


def _until(stopping, frames):
    """Pass frames on, rendering ahead of the encoder, until asked to stop."""
    with closing(ahead(frames)) as chunks:
        for chunk in chunks:
            if stopping.is_set():
                raise _Stopped
            yield chunk


def _escaped(text):
    """Escape what has a meaning in ffmpeg's lists of outputs."""
    return re.sub(r"([\\'\[\]|:,=])", r"\\\1", str(text))
