"""Frames and sound -> files that every browser plays.

moviepy drives the ffmpeg that comes with imageio-ffmpeg, so nothing has to be installed on the system. Frames are
passed on one by one: memory does not grow with the length of a video.
"""

import threading
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import chain
from typing import NamedTuple

import numpy as np

from talking_face.errors import OutputError
from talking_face.media.destination import DISK_FULL, INCOMPLETE, destination
from talking_face.media.frame_rate import FPS

# x264's effort and constant rate factor: visually lossless. The next slower preset takes a third longer for a picture
# that is 1 dB further from the frames and half the size.
PRESET, CRF = "superfast", 20.5
# Without looking ahead where to put which kind of frame, or how long one lasts, as nothing here is cut; nor spending
# more on flat blocks, which at this quality show no steps.
DECISIONS = "b-adapt=0:weightp=0:scenecut=0:force-cfr=1:aq-mode=0"
THREADS = 1  # of x264: rendering keeps the other cores busy, and each further one holds a frame back
SOUND_RATE = 48000  # Hz; at this rate the encoder's lead-in is shortest, should a player not skip it
SOUND_CODER = "fast"  # no further from the recording than the default, in half the time
SOUND = "-ar", str(SOUND_RATE), "-b:a", "160k", "-aac_coder", SOUND_CODER
PLANAR = "talking_face.media.yuv"
COMMENT = "AI-generated video: the face was animated by Talking Face and did not speak these words."


class Written(NamedTuple):
    """What went into the file: number of frames taken in, and their length in seconds."""

    frames: int
    seconds: float


def write_video(path, frames, sound, rate, *, fps=FPS, comment=COMMENT, segments=None, signer=None, size=None):
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
    size : (int, int), optional
        Height and width of the frames, where they are known: the encoder starts while the first are being made.

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

    options = [*SOUND, "-movflags", "+faststart", "-crf", str(CRF), "-x264-params", DECISIONS]
    options += ["-threads:v", str(THREADS), *metadata(comment)]
    with destination(path, ".mp4", len(sound) / rate, signer) as part:
        # Not before it is sure that there is an ffmpeg, and while the first frames are made: it takes 0.1 s.
        threading.Thread(target=import_module, args=(PLANAR,), daemon=True).start()
        wav = part.with_name("sound.wav")
        heard = segments.heard(sound, rate) if segments else sound
        try:
            soundfile.write(wav, heard, rate, subtype="PCM_24")
            sound_options = {"audiofile": str(wav), "audio_codec": "aac"}
            count = _encode(
                lambda *settings, **names: import_module(PLANAR).PlanarWriter(*settings, **names),
                lambda writer, chunk: writer.write_frames(chunk),
                part,
                frames,
                fps,
                options,
                segments,
                size,
                preset=PRESET,
                **sound_options,
            )
            if segments and segments.first:
                soundfile.write(wav, sound, rate, subtype="PCM_24")
                segments.put_in_order(part, wav, options)
        except soundfile.SoundFileError as error:
            raise OutputError(INCOMPLETE.format(DISK_FULL)) from error
    return Written(count, count / fps)


def metadata(comment=COMMENT):
    """ffmpeg's options for what a file says of itself: list of str."""
    texts = {"title": "Talking Face (AI-generated)", "comment": comment, "description": comment}
    return [option for key, text in texts.items() for option in ("-metadata", f"{key}={text}")]


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
    with destination(path, ".gif", 0.0, signer) as part:
        from moviepy.video.io.ffmpeg_writer import FFMPEG_VideoWriter  # not before it is sure that there is an ffmpeg

        count = _encode(FFMPEG_VideoWriter, _write_each, part, frames, FPS, options, codec="gif")
    return Written(count, count / FPS)


def _write_each(writer, frames):
    for frame in frames:
        writer.write_frame(frame)


def _encode(make_writer, write, part, frames, fps, options, segments=None, size=None, **writer_options):
    """Stream chunks of frames through one of moviepy's writers by `write(writer, chunk)`; returns their number."""
    chunks = iter(frames)
    first = [] if size else [next(chunks, np.empty(0))]
    shape = first[0].shape[1:] if first else (*size, 3)
    if first and not first[0].size:
        raise ValueError("There are no frames to write.")
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
                for chunk in chain(first, chunks):
                    if chunk.shape[1:] != shape or chunk.dtype != np.uint8:
                        raise ValueError(f"Frames of {shape} uint8 are followed by {chunk.shape[1:]} {chunk.dtype}.")
                    write(writer, chunk)
                    count += len(chunk)
            if process.returncode:
                raise OSError(f"ffmpeg ended with code {process.returncode}")
        except OSError as error:
            broken = any(isinstance(reason, BrokenPipeError) for reason in (error, error.__context__))
            if not (process.returncode or broken):
                raise  # from the frames, not from ffmpeg
            log.seek(0)
            said = log.read()
            advice = DISK_FULL if "No space left on device" in said else "please choose another folder"
            raise OutputError(INCOMPLETE.format(advice)) from OSError(f"{error}\n{said}")
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
