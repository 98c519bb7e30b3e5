"""Several models given the same face and speech: videos in step, and what they measure.

Examples
--------
>>> comparison = compare(portrait, speech, "happiness", ["deformable", "baseline"])
>>> comparison = compare_clip("speaker.mp4")  # first frame and sound of a real talking clip
>>> comparison.write("side-by-side.mp4")
"""

import time
from typing import NamedTuple

import numpy as np

from talking_face.audio import load_speech, read_sound
from talking_face.engine import TalkingFace, available_models
from talking_face.errors import ChoiceError, PhotoError
from talking_face.evaluation.compared import REAL, STILL, Comparison
from talking_face.evaluation.scores import Photo, RealClip
from talking_face.face.geometry import CROP_SIZE
from talking_face.face.images import warp
from talking_face.face.portrait import find_portrait
from talking_face.generators.registry import model_title
from talking_face.media.frame_rate import FPS

MAX_SECONDS = 20
GIVEN = "The models were told the emotion “{}”, whatever the speaker shows: choose another if it is wrong."
CUT = f"Only the first {MAX_SECONDS} seconds were compared."


class Take(NamedTuple):
    """What one of the compared shows.

    Attributes
    ----------
    name : str
    frames : ndarray, (T, 256, 256, 3) uint8
        Of the canonical crop, RGB.
    scores : dict of str to float
        Measure's key -> value; what does not apply is left out.
    opening : ndarray, (T,)
        Of the lips, eye distances.
    """

    name: str
    frames: np.ndarray
    scores: dict
    opening: np.ndarray


def compare(portrait, speech, emotion="neutral", models=None, progress=None, load=TalkingFace.load):
    """Let models say the same with the same face.

    Parameters
    ----------
    portrait : Portrait
    speech : Speech
        Cut to its first `MAX_SECONDS`.
    emotion : str
        As for `engine.TalkingFace.render`.
    models : sequence of str or path, optional
        As for `engine.TalkingFace.load`; by default all whose weights are here.
    progress : callable, optional
        Called often, with the share of the work that is done, 0 to 1, and a few words on what is; what it raises ends
        it.
    load : callable
        Takes a model and returns its engine.

    Returns
    -------
    compared.Comparison
        Sharpness and identity are measured against the photo.

    Raises
    ------
    ChoiceError, CheckpointError
        A model or the emotion is not known, or a model's weights are of no use.
    PhotoError
        The face cannot be followed.
    """
    notes = ()
    if speech.duration > MAX_SECONDS:
        speech, notes = load_speech((speech.rate, speech.sound[: round(MAX_SECONDS * speech.rate)])), (CUT,)
    return _compare(portrait, speech, emotion, models, progress, load, None, notes)


def compare_clip(path, emotion="neutral", models=None, progress=None, load=TalkingFace.load, finder=None):
    """Let models say what a real speaker says, and measure them against the real frames.

    Parameters
    ----------
    path : path
        A video whose first frame shows the speaker; its first `MAX_SECONDS` are used.
    emotion, models, progress, load
        As for `compare`.
    finder : FaceFinder, optional
        As for `find_portrait`.

    Returns
    -------
    compared.Comparison
        With the real speaker, and with measures of the still photo.

    Raises
    ------
    RecordingError
        The video cannot be read, or its sound cannot be used.
    PhotoError
        Its first frame cannot be used as the photo.
    ChoiceError, CheckpointError
        As for `compare`.
    """
    portrait, frames = _read_clip(path, finder)
    rate, samples, seconds = read_sound(path, MAX_SECONDS)
    long = max(seconds or 0, len(samples) / rate) > MAX_SECONDS
    speech = load_speech((rate, samples[: MAX_SECONDS * rate]))
    count = min(len(frames), speech.frames)
    if count < speech.frames:  # pictures end before the sound
        speech = load_speech((rate, samples[: count * rate // FPS]))
    real = frames[: speech.frames]
    notes = (GIVEN.format(emotion), *((CUT,) if long else ()))
    return _compare(portrait, speech, emotion, models, progress, load, real, notes)


def take_still(portrait, reference, count):
    """The `Take` of a photo that stands still for `count` frames, measured against a real clip."""
    frames = np.broadcast_to(portrait.crop, (count, *portrait.crop.shape))
    return Take(STILL, frames, *reference.score(frames))


def take_model(name, engine, portrait, speech, emotion, reference, count=None, report=lambda share, words: None):
    """Let a model speak, and measure it.

    Parameters
    ----------
    name : str
        What to call it.
    engine : engine.TalkingFace
    portrait : Portrait
    speech : Speech
    emotion : str
        As for `engine.TalkingFace.render`.
    reference : scores.Photo or scores.RealClip
        What to measure it against.
    count : int, optional
        Frames to keep; by default all.
    report : callable
        Called with the share of the work that is done, 0 to 1, and words on what is.

    Returns
    -------
    Take
        With the measures of the reference and of `compared.GENERAL`.
    """
    chunks, done, start = [], 0, time.perf_counter()
    report(0, f"{name} renders")
    for chunk in engine.render(portrait, speech, emotion, crop=True, liveliness=0):
        chunks.append(chunk)
        done += len(chunk)
        report(0.5 * done / speech.frames, f"{name} renders")
    speed = done / (time.perf_counter() - start)
    frames = np.concatenate(chunks)[:count]
    report(0.5, f"{name} is measured")
    scores, opening = reference.score(frames)
    return Take(name, frames, scores | {"fps": speed} | lip_motion(opening), opening)


def lip_motion(opening):
    """How much lips move: standard deviation of their opening, % of the eyes' distance, by the measure's key."""
    return {"lip_motion": 100 * float(opening.std())}


def _compare(portrait, speech, emotion, models, progress, load, real, notes):
    """As `compare`; `real` are the speaker's frames, (speech.frames, 256, 256, 3), or None."""
    models = list(dict.fromkeys(available_models() if models is None else models))
    if not models:
        raise ChoiceError("There is nothing to compare: please choose at least one model.")

    def reporting(step):
        def report(share, words):
            if progress is not None:  # Gradio's own counts as false
                progress((step + share) / (len(models) + 1), words)

        return report

    reporting(0)(0, "Faces are measured")
    if real is None:
        reference = Photo(portrait.crop)
        takes = [Take(STILL, np.broadcast_to(portrait.crop, (speech.frames, *portrait.crop.shape)), {}, None)]
    else:
        reference = RealClip(real)
        takes = [
            take_still(portrait, reference, len(real)),
            Take(REAL, real, lip_motion(reference.opening), reference.opening),
        ]
    for step, model in enumerate(models, 1):
        name = model_title(model)
        takes.append(take_model(name, load(model), portrait, speech, emotion, reference, report=reporting(step)))
    return Comparison(
        portrait,
        speech,
        {take.name: take.frames for take in takes},
        {take.name: take.scores for take in takes if take.scores},
        {take.name: take.opening for take in takes if take.name != STILL},
        notes,
    )


def _read_clip(path, finder):
    """Portrait of a video's first frame, and the frames brought to its crop: (T, 256, 256, 3) uint8."""
    from talking_face.media.reading import stream_frames

    portrait, frames = None, []
    for frame in stream_frames(path, MAX_SECONDS):
        if portrait is None:
            portrait = find_portrait(frame, max(frame.shape), finder)
            height, width = portrait.image.shape[:2]
            if not np.array_equal(portrait.image, frame[:height, :width]):
                raise PhotoError(
                    "The face lies on its side in this video: please turn the video upright and try again."
                )
        frames.append(warp(frame, portrait.matrix, (CROP_SIZE, CROP_SIZE)))
    return portrait, np.stack(frames)
