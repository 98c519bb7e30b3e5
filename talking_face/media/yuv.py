"""Frames as H.264 takes them: brightness at full resolution, colour at half (YUV 4:2:0, ITU-R BT.709, limited range).

moviepy's writer takes RGB alone and leaves the conversion to ffmpeg, where it takes longer than the encoding. Here it
is one matrix product and one halving, to the same values within a rounding.
"""

import subprocess
from contextlib import suppress

import cv2
import numpy as np
from moviepy.config import FFMPEG_BINARY
from moviepy.tools import cross_platform_popen_params
from moviepy.video.io.ffmpeg_writer import FFMPEG_VideoWriter

from talking_face.concurrency.scratch import scratch

RED, BLUE = 0.2126, 0.0722  # BT.709's shares of brightness; green has the rest
LABEL = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"  # ffmpeg's filter
PIPE = 1 << 20  # bytes on their way to ffmpeg, where the system lets that be chosen: both sides wait less often


def bt709():
    """From RGB, 0 to 255, to Y, 16 to 235, and Cb and Cr, 16 to 240: (3, 4), the last column an offset."""
    brightness = np.array([RED, 1 - RED - BLUE, BLUE])
    blue = (np.array([0, 0, 1]) - brightness) / (2 * (1 - BLUE))
    red = (np.array([1, 0, 0]) - brightness) / (2 * (1 - RED))
    linear = np.stack([219 * brightness, 224 * blue, 224 * red]) / 255
    return np.column_stack([linear, [16, 128, 128]])


MATRIX = bt709()


def to_yuv420(frames):
    """Convert pictures.

    Parameters
    ----------
    frames : ndarray, (T, H, W, 3) uint8
        RGB, H and W even.

    Returns
    -------
    ndarray, (T, 3 * H * W / 2) uint8
        Y, Cb and Cr, one plane after the other; good until the same thread converts other pictures.
    """
    count, height, width = frames.shape[:3]
    # As one picture, since each call hands over the interpreter, and has to wait until it is given back.
    tall = np.ascontiguousarray(frames).reshape(-1, width, 3)
    yuv, halved = scratch("yuv", tall.shape, np.uint8), scratch("halved", (len(tall) // 2, width // 2, 3), np.uint8)
    cv2.transform(tall, MATRIX, dst=yuv)
    cv2.resize(yuv, halved.shape[1::-1], dst=halved, interpolation=cv2.INTER_AREA)
    planes = scratch("planes", (count, 3 * height * width // 2), np.uint8)
    ends = np.cumsum([0, height * width, *2 * [height * width // 4]])
    for channel, (source, first, last) in enumerate(zip((yuv, halved, halved), ends, ends[1:])):
        plane = cv2.extractChannel(source, channel, dst=scratch("plane", source.shape[:2], np.uint8))
        planes[:, first:last] = plane.reshape(count, -1)
    return planes


class PlanarWriter(FFMPEG_VideoWriter):
    """moviepy's writer of H.264 with sound, fed planes.

    Parameters
    ----------
    filename : str
    size : (int, int)
        Width and height of the frames to come; an odd last row or column is left out.
    fps : float
    logfile : file
        For what ffmpeg says.
    audiofile : str
    audio_codec : str
    preset : str
        Of x264.
    ffmpeg_params : list of str
        Further options.
    """

    def __init__(self, filename, size, fps, logfile, audiofile, audio_codec, preset, ffmpeg_params):
        self.filename, self.codec, self.logfile = filename, "libx264", logfile
        self.ext = filename.split(".")[-1]
        self.width, self.height = (side - side % 2 for side in size)
        command = [FFMPEG_BINARY, "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{self.width}x{self.height}"]
        command += ["-r", str(fps), "-i", "-", "-i", audiofile, "-acodec", audio_codec]
        command += ["-vf", LABEL, "-vcodec", self.codec, "-preset", preset, *ffmpeg_params, filename]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": logfile}
        self.proc = subprocess.Popen(command, **cross_platform_popen_params(streams))
        with suppress(ImportError, AttributeError, OSError):
            import fcntl

            fcntl.fcntl(self.proc.stdin, fcntl.F_SETPIPE_SZ, PIPE)

    def write_frames(self, frames):
        """Write frames, (T, H, W, 3) uint8 RGB; raises OSError where ffmpeg has ended."""
        try:
            self.proc.stdin.write(to_yuv420(frames[:, : self.height, : self.width]))
        except OSError:
            self.proc.communicate()
            raise
