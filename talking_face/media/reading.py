"""Videos of any kind -> frames at `FPS`."""

from pathlib import Path

import numpy as np

from talking_face.errors import RecordingError, shown
from talking_face.limits import VIDEO_PIXELS, is_file
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
    from imageio_ffmpeg import read_frames

    options = ["-vf", f"fps={FPS}:start_time=0"] + ([] if max_seconds is None else ["-t", str(max_seconds)])
    safely = ffmpeg.input_options("file")
    ffmpeg.executable()  # or say that there is none
    if not is_file(path):
        raise RecordingError(f"There is no file “{shown(path)}”: please check the name of the video.")
    reader = read_frames(str(Path(path).absolute()), input_params=safely, output_params=options)
    frame = None
    try:
        width, height = next(reader)["size"]
        if width * height > VIDEO_PIXELS:
            raise RecordingError(f"The pictures of “{shown(path)}” are too large: please scale the video down.")
        for data in reader:
            frame = np.frombuffer(data, np.uint8).reshape(height, width, 3)
            yield frame
    except RecordingError:
        raise
    except Exception as error:  # imageio stumbles in many ways over what ffmpeg says of damaged files
        raise RecordingError(f"“{shown(path)}” cannot be read as a video: please choose another file.") from error
    if frame is None:
        raise RecordingError(f"“{shown(path)}” holds no pictures: please choose another file.")
