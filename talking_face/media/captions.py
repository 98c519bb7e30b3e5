"""Words in the picture of a finished video, for where nobody turns a track of captions on."""

import subprocess
from typing import NamedTuple

from talking_face.errors import OutputError
from talking_face.media import ffmpeg
from talking_face.media.destination import DISK_FULL, INCOMPLETE, destination
from talking_face.media.writing import CRF, PRESET, THREADS

PERIOD = 0.2  # seconds between two notes on progress


class Caption(NamedTuple):
    """Words as a picture.

    Attributes
    ----------
    start, end : float
        When they show, seconds.
    picture : PIL.Image.Image
        As wide as the video, with an opacity; it lies at the video's lower edge.
    """

    start: float
    end: float
    picture: object


def burn_in(path, video, captions, signer=None, progress=None):
    """Write a video with pictures laid over it.

    Parameters
    ----------
    path : path
        Destination, ending in ".mp4"; an existing file is replaced.
    video : path
        An MP4 of ours; its sound and what it says of itself stay as they are.
    captions : sequence of Caption
        In any order; at least one.
    signer : signing.Signer, optional
        As for `writing.write_video`.
    progress : callable, optional
        Called with how much of the video is written, seconds, from time to time.

    Raises
    ------
    OutputError
        If the video cannot be written to `path`.
    """
    with destination(path, ".mp4", 0.0, signer) as part:
        inputs, filters, last = [], [], "0:v"
        for number, (start, end, picture) in enumerate(captions, 1):
            file = part.with_name(f"{number}.png")
            picture.save(file)
            inputs += ["-i", str(file)]
            shown = f"enable='gte(t,{start:.3f})*lt(t,{end:.3f})'"
            filters.append(f"[{last}][{number}:v]overlay=0:H-h:{shown}[v{number}]")
            last = f"v{number}"
        command = [ffmpeg.executable(), "-v", "error", "-y", "-i", str(video), *inputs]
        command += ["-filter_complex", ";".join(filters), "-map", f"[{last}]", "-map", "0:a", "-c:a", "copy"]
        command += ["-c:v", "libx264", "-preset", PRESET, "-crf", str(CRF), "-pix_fmt", "yuv420p"]
        command += ["-threads:v", str(THREADS), "-map_metadata", "0", "-movflags", "+faststart", str(part)]
        command += ["-stats_period", str(PERIOD), "-progress", "pipe:1"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            for line in process.stdout:
                microseconds = line.removeprefix("out_time_us=").strip()
                if progress and microseconds.isdigit():  # the other lines are of something else
                    progress(int(microseconds) / 1e6)
        if process.returncode:
            raise OutputError(INCOMPLETE.format(DISK_FULL))
