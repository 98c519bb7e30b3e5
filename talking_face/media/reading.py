"""Videos of any kind -> frames at `FPS`."""

import re
import subprocess
import threading

import numpy as np

from talking_face.errors import RecordingError, shown
from talking_face.limits import VIDEO_PIXELS, VIDEO_SECONDS, is_file
from talking_face.media import ffmpeg
from talking_face.media.frame_rate import FPS


def read_video(path, max_seconds=None):
    """Read all frames of a video into memory.

    Parameters
    ----------
    path : path
        Video of any format that ffmpeg reads.
    max_seconds : float, optional
        Read no more than this length.

    Returns
    -------
    ndarray, (T, H, W, 3) uint8
        RGB, brought to `FPS` frames a second by leaving out or repeating frames.

    Raises
    ------
    RecordingError
        If the file is missing or not a video.
    """
    return np.stack(list(stream_frames(path, max_seconds)))


def stream_frames(path, max_seconds=None):
    """Decode a video frame by frame, so that its length does not matter.

    Parameters
    ----------
    path, max_seconds
        As for `read_video`.

    Yields
    ------
    ndarray, (H, W, 3) uint8
        RGB, at `FPS` frames a second; at least one.

    Raises
    ------
    RecordingError
        If the file is missing or not a video.
    """
    if not is_file(path):
        raise RecordingError(f"There is no file “{shown(path)}”: please check the name of the video.")
    options = ["-vf", f"fps={FPS}:start_time=0"] + ([] if max_seconds is None else ["-t", str(max_seconds)])
    # The file comes in as an open descriptor, and each picture states its size (PPM, of the Netpbm formats).
    command = [ffmpeg.executable(), *ffmpeg.input_options("fd"), "-i", "fd:", *options]
    command += ["-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "-"]
    count, unreadable = 0, f"“{shown(path)}” cannot be read as a video: please choose another file."
    try:
        with open(path, "rb") as file:
            process = subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise RecordingError(unreadable) from error
    watch = threading.Timer(VIDEO_SECONDS, process.kill)
    watch.start()
    try:
        while header := b"".join(process.stdout.readline() for _ in range(3)):
            watch.cancel()
            if not (size := re.fullmatch(rb"P6\n(\d+) (\d+)\n255\n", header)):
                raise RecordingError(unreadable)
            width, height = map(int, size.groups())
            if width * height > VIDEO_PIXELS:
                raise RecordingError(f"The pictures of “{shown(path)}” are too large: please scale the video down.")
            data = process.stdout.read(height * width * 3)
            if len(data) < height * width * 3:
                raise RecordingError(unreadable)
            count += 1
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
        if not count:
            holds_none = f"“{shown(path)}” holds no pictures: please choose another file."
            raise RecordingError(unreadable if process.wait() else holds_none)
    finally:
        watch.cancel()
        process.kill()
        process.stdout.close()
        process.wait()
