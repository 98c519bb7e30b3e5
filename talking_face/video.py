"""Frames and sound -> files that every browser plays, and back.

moviepy drives the ffmpeg that comes with imageio-ffmpeg, so nothing has to be installed on the system. Frames are
passed on one by one: memory does not grow with the length of a video. Files are made under a temporary name beside
their destination and renamed when they are whole, so that a failure leaves nothing behind.
"""

import os
import shutil
import tempfile
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from talking_face.audio import FPS, read_sound
from talking_face.errors import OutputError, RecordingError

CRF = 18  # x264's constant rate factor: visually lossless
PRESET = "veryfast"
SOUND_RATE = 48000  # Hz; at this rate the encoder's lead-in is shortest, should a player not skip it
SOUND_BITRATE = "160k"
COMMENT = "AI-generated video: the face was animated by Talking Face and did not speak these words."
ROOM_PER_SECOND = 1_000_000  # bytes of free disk to ask for before a second of video is made
INCOMPLETE = "The video could not be written to the end: {} and try again."
DISK_FULL = "the disk is full, please free some space"


class Written(NamedTuple):
    """What went into the file: number of frames taken in, and their length in seconds."""

    frames: int
    seconds: float


def check_destination(path, suffix=".mp4", seconds=0.0):
    """Make sure, before anything slow begins, that a result can be written.

    Parameters
    ----------
    path : path
        File to be written; an existing file will be replaced.
    suffix : str
        Ending that its name must have.
    seconds : float
        Length of the video to come, to compare with the free disk space.

    Raises
    ------
    OutputError
        If the ending is another, the path is a folder, its folder is missing or unwritable, or the disk is full.
    """
    path = Path(path)
    folder = path.absolute().parent
    if path.is_dir():
        raise OutputError(f"“{path}” is a folder: please add the name of a file ending in {suffix}.")
    if path.suffix.lower() != suffix:
        raise OutputError(f"“{path.name}” does not end in {suffix}: please choose a name that does.")
    if not folder.is_dir():
        raise OutputError(f"The folder “{folder}” does not exist: please create it or choose another.")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"Nothing can be written to the folder “{folder}”: please choose another.") from error
    if shutil.disk_usage(folder).free < ROOM_PER_SECOND * seconds:
        raise OutputError(f"The disk that holds “{folder}” is full: please free some space or choose another folder.")


def write_video(path, frames, sound, rate, *, fps=FPS, comment=COMMENT):
    """Write frames and sound as an MP4 (H.264, AAC) that says that it is AI-generated.

    Parameters
    ----------
    path : path
        Destination, ending in ".mp4"; an existing file is replaced.
    frames : iterable of ndarray, (T, H, W, 3) uint8
        Chunks of RGB frames of one size; an odd last row or column is left out. Read only after `path` is checked.
    sound : ndarray, (N,) or (N, C) float
        Full scale is -1 to 1; begins with the first frame.
    rate : int
        Samples a second of `sound`.
    fps : float
        Frames a second.
    comment : str
        Goes into the file's metadata, as comment and description.

    Returns
    -------
    Written

    Raises
    ------
    OutputError
        If the video cannot be written to `path`; nothing is left there then, nor after an error from `frames`.
    ValueError
        If `frames` is empty or has frames of another size or type.
    """
    import soundfile

    options = ["-ar", str(SOUND_RATE), "-b:a", SOUND_BITRATE, "-crf", str(CRF), "-movflags", "+faststart"]
    # Without the conversion ffmpeg uses BT.601, and without the labels players guess which it was.
    even = "crop=trunc(iw/2)*2:trunc(ih/2)*2"  # yuv420p halves the colours' resolution
    convert = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p"
    label = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    options += ["-vf", f"{even},{convert},{label}"]
    metadata = {"title": "Talking Face (AI-generated)", "comment": comment, "description": comment}
    for key, text in metadata.items():
        options += ["-metadata", f"{key}={text}"]
    with _destination(path, ".mp4", len(sound) / rate) as part:
        wav = part.with_name("sound.wav")
        try:
            soundfile.write(wav, sound, rate, subtype="PCM_16")
        except soundfile.SoundFileError as error:
            raise OutputError(INCOMPLETE.format(DISK_FULL)) from error
        sound_options = {"audiofile": str(wav), "audio_codec": "aac"}
        count = _encode(part, frames, fps, options, codec="libx264", preset=PRESET, **sound_options)
    return Written(count, count / fps)


def write_gif(path, frames, fps=12.5, max_side=320):
    """Write frames as a GIF that loops, small enough for a web page.

    One palette serves all frames and the dither pattern stands still, so that nothing flickers. For clips of seconds:
    ffmpeg keeps the small frames until it has seen all their colours.

    Parameters
    ----------
    path : path
        Destination, ending in ".gif"; an existing file is replaced.
    frames : iterable of ndarray, (T, H, W, 3) uint8
        Chunks of RGB frames at `FPS`.
    fps : float
        Frames a second of the GIF. The format counts in hundredths of a second, so 12.5 and 25 are exact.
    max_side : int
        Longer side of the GIF in pixels, unless the frames are smaller.

    Returns
    -------
    Written

    Raises
    ------
    OutputError, ValueError
        As `write_video`.
    """
    smaller = f"scale='min({max_side},iw)':'min({max_side},ih)':force_original_aspect_ratio=decrease:flags=lanczos"
    palette = "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=bayer:bayer_scale=4"
    options = ["-filter_complex", f"fps={fps},{smaller},{palette}", "-loop", "0"]
    with _destination(path, ".gif") as part:
        count = _encode(part, frames, FPS, options, codec="gif")
    return Written(count, count / FPS)


def read_video(path, max_seconds=None):
    """Read a whole video into memory, for evaluation and tests.

    Parameters
    ----------
    path : path
        Video of any format that ffmpeg reads.
    max_seconds : float, optional
        Read no more than this length.

    Returns
    -------
    frames : ndarray, (T, H, W, 3) uint8
        RGB, brought to `FPS` frames a second by leaving out or repeating frames.
    sound : (int, ndarray (N, C) float32) or None
        Rate in Hz and samples; None if the video has no sound.

    Raises
    ------
    RecordingError
        If the file is missing or not a video.
    """
    from imageio_ffmpeg import read_frames

    options = ["-vf", f"fps={FPS}:start_time=0"] + ([] if max_seconds is None else ["-t", str(max_seconds)])
    reader = read_frames(str(Path(path).absolute()), output_params=options)
    try:
        width, height = next(reader)["size"]
        frames = [np.frombuffer(data, np.uint8).reshape(height, width, 3) for data in reader]
    except (OSError, RuntimeError) as error:
        raise RecordingError(f"“{path}” cannot be read as a video: please choose another file.") from error
    try:
        rate, samples, _ = read_sound(path, max_seconds)
    except RecordingError:
        return np.stack(frames), None
    return np.stack(frames), (rate, samples if max_seconds is None else samples[: round(max_seconds * rate)])


@contextmanager
def _destination(path, suffix, seconds=0.0):
    """Yield a path to write to; what is there at the end is moved to `path`, unless an exception came."""
    check_destination(path, suffix, seconds)
    path = Path(path).absolute()
    with tempfile.TemporaryDirectory(prefix=".talking-face-", dir=path.parent) as folder:
        part = Path(folder) / f"part{suffix}"
        yield part
        os.replace(part, path)


def _encode(part, frames, fps, options, **writer_options):
    """Stream chunks of frames through moviepy's writer; returns their number."""
    from moviepy.video.io.ffmpeg_writer import FFMPEG_VideoWriter

    chunks = iter(frames)
    first = next(chunks, np.empty((0, 0, 0, 3)))
    if first.size == 0:
        raise ValueError("There are no frames to write.")
    shape = first.shape[1:]
    count = 0
    with open(part.with_name("log.txt"), "w+") as log:
        writer = FFMPEG_VideoWriter(str(part), shape[1::-1], fps, logfile=log, ffmpeg_params=options, **writer_options)
        process = writer.proc
        try:
            with writer:
                for chunk in chain([first], chunks):
                    if chunk.shape[1:] != shape or chunk.dtype != np.uint8:
                        raise ValueError(f"Frames of {shape} uint8 are followed by {chunk.shape[1:]} {chunk.dtype}.")
                    for frame in chunk:
                        writer.write_frame(frame)
                    count += len(chunk)
            if process.returncode:
                raise OSError(f"ffmpeg ended with code {process.returncode}")
        except OSError as error:
            if not process.returncode:
                raise  # from the frames, not from ffmpeg
            log.seek(0)
            said = log.read()
            error.add_note(said)
            advice = DISK_FULL if "No space left on device" in said else "please choose another folder"
            raise OutputError(INCOMPLETE.format(advice)) from error
    return count
