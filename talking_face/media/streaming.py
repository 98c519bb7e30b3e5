"""A video in parts while it is being made: its beginning plays before its end exists.

One encoder writes the MP4 and, from the same compressed pictures and sound, parts for a player that puts them together
(W3C Media Source Extensions): each is a fragmented MP4 (ISO/IEC 14496-12) with a header of its own. The video may be
made from its middle on, where somebody is watching, and what comes before it last.
"""

import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate, chain, repeat, takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from talking_face.concurrency.prefetch import ahead
from talking_face.errors import OutputError
from talking_face.media import ffmpeg
from talking_face.media.frame_rate import FPS
from talking_face.media.writing import write_video

# A player shows the first part as soon as it is there, and the next is made while it plays.
LENGTHS = 0.24, 0.32, 0.48, 0.96, 1.92  # seconds of the first parts, and of all others; browsers begin with 0.2
SHORTEST = 0.5  # seconds; a shorter rest goes with the part before
START = 10.0  # seconds: fragments have no times below 0, where the encoder of the sound begins
LIST = "parts.csv"
FRAGMENTED = "+frag_keyframe+empty_moov+default_base_moof+frag_discont+negative_cts_offsets"
POLL = 0.005  # seconds


@dataclass(frozen=True)
class Part:
    """One part of a video.

    Attributes
    ----------
    path : Path
        A fragmented MP4.
    start, seconds : float
        Where in the video it belongs, and its length.
    offset : float
        What is to be added to the times in the file, seconds, so that they are the video's.
    """

    path: Path
    start: float
    seconds: float
    offset: float


class Segments(NamedTuple):
    """What `writing.write_video` needs to know to write parts.

    Attributes
    ----------
    folder : Path
        For them.
    ends : list of float
        Where they end, seconds from the first frame that is made.
    first : float
        Where in the video that frame belongs, seconds; what comes before it is made last.
    """

    folder: Path
    ends: list
    first: float = 0.0

    @property
    def turn(self):
        """Seconds from the first frame that is made to the one that begins the video."""
        return self.ends[-1] - self.first

    def encoder_options(self):
        """Options of ffmpeg's encoders: a part begins with a frame that needs no other."""
        cuts = ["-force_key_frames", self._cuts()] if self.ends[1:] else []
        # Frames in order can be cut anywhere, and are there two frames earlier; files grow by a seventh.
        return [*cuts, "-bf", "0", "-flags", "+global_header", "-map", "0:v", "-map", "1:a", "-f", "tee"]

    def output(self, path):
        """ffmpeg's name for an output that is both the MP4 at `path` and the parts."""
        options = {
            "f": "segment",
            "segment_format": "mp4",
            "segment_format_options": f"movflags={FRAGMENTED}",
            "segment_times": self._cuts() or str(self.ends[-1] + 1),
            "segment_list": self.folder / LIST,
            "initial_offset": START,
            "avoid_negative_ts": "disabled",
        }
        options = ":".join(f"{name}={_escaped(_escaped(value))}" for name, value in options.items())
        return f"[{options}]{_escaped(self.folder / '%d.mp4')}|[movflags=+faststart]{_escaped(path)}"

    def finished(self):
        """The parts that are whole, in the order in which they are made."""
        listed = self.folder / LIST
        count = listed.read_text().count("\n") if listed.exists() else 0
        parts = []
        for i, (begin, end) in enumerate(zip([0.0, *self.ends], self.ends[:count])):
            shift = self.first if begin < self.turn - 0.5 / FPS else -self.turn
            parts.append(Part(self.folder / f"{i}.mp4", begin + shift, end - begin, shift - START))
        return parts

    def heard(self, sound, rate):
        """Samples (N,) or (N, C) in the order in which frames are made; whole frames long where that is not theirs."""
        if not self.first:
            return sound
        length = round(self.ends[-1] * rate)
        padded = np.pad(sound, [(0, max(0, length - len(sound)))] + [(0, 0)] * (sound.ndim - 1))
        return np.roll(padded[:length], -round(self.first * rate), axis=0)

    def put_in_order(self, path, wav, options):
        """Let the MP4 at `path` begin with what was made last, and have the sound at `wav`.

        `options` are those of the encoders.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        listing, ordered = self.folder / "order.txt", self.folder / "ordered.mp4"
        name = str(path).replace("'", "'\\''")
        listing.write_text(f"file '{name}'\ninpoint {self.turn:.3f}\nfile '{name}'\noutpoint {self.turn:.3f}\n")
        command = [ffmpeg.executable(), "-y", "-v", "error", "-f", "concat", "-safe", "0", "-i", str(listing)]
        command += ["-i", str(wav), "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", *options, str(ordered)]
        if subprocess.run(command, capture_output=True).returncode:
            raise OutputError("The video could not be put in order: please free some space on the disk and try again.")
        ordered.replace(path)

    def _cuts(self):
        return ",".join(f"{end:.3f}" for end in self.ends[:-1])


def stream_video(path, frames, speech, signer=None, first=0, size=None):
    """Write a video, handing over each part as soon as it is whole.

    Parameters
    ----------
    path : path
        The whole video's destination, ending in ".mp4"; it is there when the generator ends by itself.
    frames : iterable of ndarray, (T, H, W, 3) uint8
        Chunks of RGB frames, `speech.frames` in all, from the frame `first` on and then those before it; consumed in a
        thread of its own.
    speech : audio.Speech
        What is heard; of it are read `sound`, `rate` and `frames`.
    signer : signing.Signer, optional
        As for `write_video`.
    first : int
        Index of the frame with which the work begins.
    size : (int, int), optional
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
        segments = Segments(Path(folder), part_ends(speech.frames, first), first / FPS)
        options = {"segments": segments, "signer": signer, "size": size}
        work = thread.submit(write_video, path, _until(stopping, frames), speech.sound, speech.rate, **options)
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


def part_ends(frames, first=0):
    """Where the parts of a video of so many frames end that is made from its frame `first` on: list of float, seconds.

    They count from there; one of them is the end of the video, and what follows it is the video's beginning.
    """
    ends, begin = [], 0.0
    for length in (frames - first, first) if first else (frames,):
        seconds, all_ends = length / FPS, accumulate(chain(LENGTHS, repeat(LENGTHS[-1])))
        inside = takewhile((seconds - SHORTEST).__ge__, all_ends)
        ends += [begin + end for end in (*inside, seconds)]
        begin += seconds
    return ends


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
