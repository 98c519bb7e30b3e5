"""Frames and sound -> files that every browser plays, and back.

moviepy drives the ffmpeg that comes with imageio-ffmpeg, so nothing has to be installed on the system. Frames are
passed on one by one: memory does not grow with the length of a video. Files are made under a temporary name beside
their destination and renamed when they are whole, so that a failure leaves nothing behind.
"""

import errno
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from talking_face.audio import read_sound
from talking_face.errors import OutputError, RecordingError, shown
from talking_face.limits import VIDEO_PIXELS, is_file
from talking_face.media import content_credentials, ffmpeg
from talking_face.media.frame_rate import FPS
from talking_face.media.signing import Signer
from talking_face.media.temporary_folders import scratch_folder

# x264's effort and constant rate factor: visually lossless. The next slower preset takes a third longer for a picture
# that is 1 dB further from the frames and half the size.
PRESET, CRF = "superfast", 21
THREADS = 1  # of x264: rendering keeps the other cores busy, and each further one holds a frame back
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


def check_destination(path, suffix=".mp4", seconds=0.0, signer=None):
    """Make sure, before anything slow begins, that a result can be written.

    Parameters
    ----------
    path : path
        File to be written; an existing file will be replaced.
    suffix : str
        Ending that its name must have.
    seconds : float
        Length of the video to come, to compare with the free disk space.
    signer : signing.Signer, optional
        Who will sign it; by default one made anew.

    Raises
    ------
    OutputError
        If the ending is another, the path is a folder, its folder is missing or unwritable, or the disk is full.
    SettingError
        If ffmpeg is missing, or the host's certificate cannot be used.
    """
    ffmpeg.executable()
    (signer or Signer()).identity()
    path = Path(path)
    folder = path.absolute().parent
    if not _can_name_a_file(path):
        raise OutputError(f"“{shown(path)}” cannot be the name of a file: please choose a shorter and plainer one.")
    if path.is_dir():
        raise OutputError(f"“{shown(path)}” is a folder: please add the name of a file ending in {suffix}.")
    if path.suffix.lower() != suffix:
        raise OutputError(f"“{shown(path.name)}” does not end in {suffix}: please choose a name that does.")
    if not folder.is_dir():
        raise OutputError(f"The folder “{shown(folder)}” does not exist: please create it or choose another.")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"Nothing can be written to the folder “{shown(folder)}”: please choose another.") from error
    if shutil.disk_usage(folder).free < ROOM_PER_SECOND * seconds:
        raise OutputError(
            f"The disk that holds “{shown(folder)}” is full: please free some space or choose another folder."
        )


def write_video(path, frames, sound, rate, *, fps=FPS, comment=COMMENT, segments=None, signer=None):
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
    segments : streaming.Segments, optional
        Where to write the video in parts as well, while it is being made.
    signer : signing.Signer, optional
        Who signs it; by default one made anew.

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
    options += ["-threads:v", str(THREADS)]
    metadata = {"title": "Talking Face (AI-generated)", "comment": comment, "description": comment}
    for key, text in metadata.items():
        options += ["-metadata", f"{key}={text}"]
    with _destination(path, ".mp4", len(sound) / rate, signer) as part:
        from talking_face.media.yuv import PlanarWriter  # not before it is sure that there is an ffmpeg

        wav = part.with_name("sound.wav")
        try:
            soundfile.write(wav, sound, rate, subtype="PCM_16")
        except soundfile.SoundFileError as error:
            raise OutputError(INCOMPLETE.format(DISK_FULL)) from error
        sound_options = {"audiofile": str(wav), "audio_codec": "aac"}
        count = _encode(PlanarWriter, part, frames, fps, options, segments, preset=PRESET, **sound_options)
    return Written(count, count / fps)


def write_gif(path, frames, fps=12.5, max_side=320, signer=None):
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
    signer : signing.Signer, optional
        As for `write_video`.

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
    with _destination(path, ".gif", 0.0, signer) as part:
        from moviepy.video.io.ffmpeg_writer import FFMPEG_VideoWriter  # not before it is sure that there is an ffmpeg

        count = _encode(FFMPEG_VideoWriter, part, frames, FPS, options, codec="gif")
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
    frames = np.stack(list(stream_frames(path, max_seconds)))
    try:
        rate, samples, _ = read_sound(path, max_seconds)
    except RecordingError:
        return frames, None
    return frames, (rate, samples if max_seconds is None else samples[: round(max_seconds * rate)])


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


def _can_name_a_file(path):
    """Whether the file system takes such a name, if nothing else is in the way."""
    try:
        os.lstat(path)
    except ValueError:  # a zero in it
        return False
    except OSError as error:
        return error.errno != errno.ENAMETOOLONG
    return True


@contextmanager
def _destination(path, suffix, seconds, signer):
    """Yield a path to write to; what is there at the end is moved to `path`, unless an exception came."""
    signer = signer or Signer()
    check_destination(path, suffix, seconds, signer)
    identity = signer.identity()
    path = Path(path).absolute()
    with scratch_folder(path.parent) as folder:
        part = folder / f"part{suffix}"
        yield part
        try:
            content_credentials.mark(part, identity)
            os.replace(part, path)
        except OSError as error:
            advice = DISK_FULL if error.errno == errno.ENOSPC else "please choose another folder"
            raise OutputError(INCOMPLETE.format(advice)) from error


def _encode(make_writer, part, frames, fps, options, segments=None, **writer_options):
    """Stream chunks of frames through one of moviepy's writers; returns their number."""
    chunks = iter(frames)
    first = next(chunks, np.empty((0, 0, 0, 3)))
    if first.size == 0:
        raise ValueError("There are no frames to write.")
    shape = first.shape[1:]
    output = str(part)
    if segments:
        options, output = [*options, *segments.encoder_options()], segments.output(part)
    count = 0
    with open(part.with_name("log.txt"), "w+") as log:
        try:
            writer = make_writer(output, shape[1::-1], fps, logfile=log, ffmpeg_params=options, **writer_options)
        except OSError as error:
            raise OutputError("ffmpeg cannot be started: please install the package imageio-ffmpeg again.") from error
        process = writer.proc
        try:
            with writer, _killed_if_interrupted(process):
                for chunk in chain([first], chunks):
                    if chunk.shape[1:] != shape or chunk.dtype != np.uint8:
                        raise ValueError(f"Frames of {shape} uint8 are followed by {chunk.shape[1:]} {chunk.dtype}.")
                    for frame in chunk:
                        writer.write_frame(frame)
                    count += len(chunk)
            if process.returncode:
                raise OSError(f"ffmpeg ended with code {process.returncode}")
        except OSError as error:
            broken = any(isinstance(reason, BrokenPipeError) for reason in (error, error.__context__))
            if not (process.returncode or broken):
                raise  # from the frames, not from ffmpeg
            log.seek(0)
            said = log.read()
            error.add_note(said)
            advice = DISK_FULL if "No space left on device" in said else "please choose another folder"
            raise OutputError(INCOMPLETE.format(advice)) from error
    return count


@contextmanager
def _killed_if_interrupted(process):
    """End ffmpeg at once where frames end by an exception; otherwise it would go on encoding the sound that is left."""
    try:
        yield
    except OSError:  # ffmpeg's own, which has ended by itself and said why
        raise
    except BaseException:
        process.kill()
        with suppress(BrokenPipeError):
            process.stdin.close()  # with what of a frame it has not taken
        raise
