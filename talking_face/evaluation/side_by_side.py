"""Several models given the same face and voice: videos in step, measures, and how far the lips open.

Examples
--------
>>> comparison = compare(portrait, speech, "happiness", ["deformable", "baseline"])
>>> comparison = compare_clip("speaker.mp4")  # first frame and sound of a real talking clip
>>> comparison.write("side-by-side.mp4")
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from talking_face.audio import FPS, Speech, load_speech, read_sound
from talking_face.engine import TalkingFace, available_models
from talking_face.errors import ChoiceError, PhotoError
from talking_face.evaluation.scores import FACE, FRAME_STEP, PICTURE, Measure, RealClip
from talking_face.face.geometry import CROP_SIZE
from talking_face.face.portrait import Portrait

MAX_SECONDS = 20
CUT = f"Only the first {MAX_SECONDS} seconds were compared."
STILL, REAL = "Still photo", "Real speaker"
NAMES = {"deformable": "Deformable (ours)", "baseline": "Baseline", "baseline-deform": "Baseline, deformable layer"}
LONGEST_NAME = 24  # letters above a face
CHUNK = 25  # frames put together at a time
JPEG_QUALITY = 95
LOADED = 4  # models kept in memory

_BY_KEY = {measure.key: measure for measure in (*PICTURE, *FACE)}
GENERAL = (
    Measure("fps", "frames a second", 1, "up"),
    _BY_KEY["sharpness"],
    _BY_KEY["identity"],
    Measure("lip_motion", "lip motion, % of the eyes' distance", 1, "up"),
)
AGAINST_REAL = tuple(_BY_KEY[key] for key in ("psnr", "ssim", "landmarks", "landmarks_mouth", "lip_correlation"))


@dataclass(frozen=True)
class Comparison:
    """What came of it.

    Attributes
    ----------
    portrait : Portrait
    speech : Speech
        No longer than `MAX_SECONDS`.
    takes : dict of str to ndarray, (T, 256, 256, 3) uint8
        Name -> frames of the canonical crop, RGB: `STILL`, then `REAL` if there is a real speaker, then the models.
    scores : dict of str to dict of str to float
        Name -> measure's key -> value, of `measures`; what does not apply is left out.
    openings : dict of str to ndarray, (T,)
        Name -> lip opening in eye distances; not of the still photo.
    notes : tuple of str
        What should be known about it, a sentence each.
    """

    portrait: Portrait
    speech: Speech
    takes: dict
    scores: dict
    openings: dict
    notes: tuple = ()

    @property
    def generated(self):
        """Names of what models made."""
        return [name for name in self.takes if name not in (STILL, REAL)]

    @property
    def measures(self):
        """Columns of the table: tuple of `evaluation.scores.Measure`."""
        return GENERAL + AGAINST_REAL if REAL in self.takes else GENERAL

    @property
    def moment(self):
        """Index of the frame in which the first model's lips are furthest open."""
        return int(self.openings[self.generated[0]].argmax())

    def write(self, path, mark=True):
        """Write the videos side by side, each under its name, as an MP4 with the sound; not the still photo.

        Parameters
        ----------
        path : path
        mark : bool
            Whether the picture shows that it is AI-generated.

        Raises
        ------
        OutputError
            The file cannot be written; nothing is left behind.
        """
        from talking_face.media.montage import side_by_side
        from talking_face.media.video import write_video
        from talking_face.media.watermark import marked

        frames = side_by_side({name: _chunks(take) for name, take in self.takes.items() if name != STILL})
        write_video(path, marked(frames) if mark else frames, self.speech.sound, self.speech.rate)

    def stills(self, mark=True):
        """All frames, small enough to be kept: dict of str to list of bytes, JPEG; of the still photo, which is all alike, one.

        Models' frames show the sign of AI unless `mark` is False.
        """
        from talking_face.media.watermark import marked

        kept = {}
        for name, take in self.takes.items():
            take = take[:1] if name == STILL else take
            frames = next(marked([take])) if mark and name in self.generated else take
            kept[name] = [_to_jpeg(frame) for frame in frames]
        return kept

    def table(self):
        """Markdown with a row a measure and a column a video."""
        from talking_face.evaluation.report import markdown

        rows = [
            [measure.title, *(_cell(scores, measure) for scores in self.scores.values())] for measure in self.measures
        ]
        return markdown(["", *self.scores], rows)

    def curves(self):
        """The lips' opening over the sound, for a plot in long form.

        Returns
        -------
        dict of str to list
            Columns "seconds", "opening" (% of the eyes' distance) and "curve", whose name it is; the sound comes first, its
            peaks below and above drawn over the height of the plot.
        """
        highest = 100 * max(opening.max() for opening in self.openings.values())
        frames = len(next(iter(self.openings.values())))
        low, high = _envelope(self.speech, frames)
        seconds = np.arange(frames) / FPS
        parts = [("Sound", seconds, low), ("Sound", seconds + 0.5 / FPS, high)]
        peak = max(np.abs([low, high]).max(), 1e-6)
        rows = [
            (float(x), float(highest * (0.5 + 0.5 * y / peak)), name) for name, xs, ys in parts for x, y in zip(xs, ys)
        ]
        rows.sort()
        for name, opening in self.openings.items():
            rows += [(float(x), float(100 * y), name) for x, y in zip(seconds, opening)]
        return dict(zip(("seconds", "opening", "curve"), map(list, zip(*rows))))


def compare(portrait, speech, emotion="neutral", models=None, progress=None):
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
        Called often, with the share of the work that is done, 0 to 1, and a few words on what is; what it raises ends it.

    Returns
    -------
    Comparison
        Sharpness and identity are measured against the photo.

    Raises
    ------
    ChoiceError, CheckpointError
        A model or the emotion is not known, or a model's weights are of no use.
    PhotoError
        The face cannot be followed.
    """
    speech, notes = _shortened(speech)
    return _compare(portrait, speech, emotion, models, progress, None, notes)


def compare_clip(path, emotion="neutral", models=None, progress=None):
    """Let models say what a real speaker says, and measure them against the real frames.

    Parameters
    ----------
    path : path
        A video whose first frame shows the speaker; its first `MAX_SECONDS` are used.
    emotion, models, progress
        As for `compare`.

    Returns
    -------
    Comparison
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
    portrait, frames = _read_clip(path)
    rate, samples, seconds = read_sound(path, MAX_SECONDS)
    long = max(seconds or 0, len(samples) / rate) > MAX_SECONDS
    speech = load_speech((rate, samples[: MAX_SECONDS * rate]))
    count = min(len(frames), speech.frames)
    if count < speech.frames:  # pictures end before the sound
        speech = load_speech((rate, samples[: count * rate // FPS]))
    return _compare(portrait, speech, emotion, models, progress, frames[: speech.frames], (CUT,) if long else ())


def model_name(model):
    """What a model is called above its video: a name, or the end of a checkpoint's path."""
    if model in NAMES:
        return NAMES[model]
    name = "/".join(Path(model).parts[-2:])
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"


@lru_cache(maxsize=LOADED)
def load_model(model):
    """A model's `engine.TalkingFace`, kept once loaded."""
    return TalkingFace.load(model)


class _Photo:
    """What a video is measured against where there is no real speaker; as `evaluation.scores.RealClip`."""

    def __init__(self, crop):
        from talking_face.evaluation import metrics
        from talking_face.evaluation.tracking import first_face, track
        from talking_face.face.geometry import eye_centres

        self.face = first_face(crop)
        landmarks, _ = track(crop[None], self.face)
        self.distance = np.linalg.norm(np.diff(eye_centres(landmarks[0]), axis=0))
        self.identity = metrics.face_descriptor(crop, landmarks[0])
        self.sharpness = metrics.sharpness(crop)

    def score(self, frames):
        """Sharpness and identity of frames, as `RealClip.score` defines them, and their lip opening."""
        from talking_face.evaluation import metrics
        from talking_face.evaluation.tracking import track
        from talking_face.face.geometry import lip_opening

        landmarks, _ = track(frames, self.face)
        who = [metrics.face_descriptor(*pair) for pair in zip(frames[::FRAME_STEP], landmarks[::FRAME_STEP])]
        scores = {
            "sharpness": np.mean([metrics.sharpness(frame) for frame in frames]) / max(self.sharpness, 1e-6),
            "identity": np.linalg.norm(np.stack(who) - self.identity, axis=1).mean(),
        }
        return {key: float(value) for key, value in scores.items()}, lip_opening(landmarks) / self.distance


def _compare(portrait, speech, emotion, models, progress, real, notes):
    """As `compare`; `real` are the speaker's frames, (speech.frames, 256, 256, 3), or None."""
    models = list(dict.fromkeys(available_models() if models is None else models))
    if not models:
        raise ChoiceError("There is nothing to compare: please choose at least one model.")
    steps = _Steps(progress, 2 * len(models) + 1)
    still = np.broadcast_to(portrait.crop, (speech.frames, *portrait.crop.shape))
    takes, speeds = {STILL: still} | ({} if real is None else {REAL: real}), {}
    for model in models:
        name = model_name(model)
        steps.next(f"{name} renders")
        takes[name], speeds[name] = _render(load_model(model), portrait, speech, emotion, steps.within)
    steps.next("Faces are measured")
    reference = _Photo(portrait.crop) if real is None else RealClip(real)
    scores, openings = {}, {}
    if real is not None:
        scores[STILL], _ = reference.score(still)
        scores[REAL], openings[REAL] = {"lip_motion": 100 * float(reference.opening.std())}, reference.opening
    for name, speed in speeds.items():
        steps.next(f"{name} is measured")
        found, openings[name] = reference.score(takes[name])
        scores[name] = found | {"fps": speed, "lip_motion": 100 * float(openings[name].std())}
    return Comparison(portrait, speech, takes, scores, openings, notes)


class _Steps:
    """Tells how far the work is, step by step and within the long ones."""

    def __init__(self, progress, count):
        self.progress, self.count, self.done, self.words = progress, count, -1, ""

    def next(self, words):
        self.done, self.words = self.done + 1, words
        self.within(0)

    def within(self, share):
        if self.progress is not None:  # Gradio's own counts as false
            self.progress((self.done + share) / self.count, self.words)


def _render(engine, portrait, speech, emotion, report):
    """Frames of the canonical crop, and how many were made a second, from a portrait and a speech at hand."""
    start, chunks, done = time.perf_counter(), [], 0
    try:
        for chunk in engine.render(portrait, speech, emotion, crop=True):
            chunks.append(chunk)
            done += len(chunk)
            report(done / speech.frames)
    finally:
        engine.forget()
    return np.concatenate(chunks), done / (time.perf_counter() - start)


def _shortened(speech):
    """A speech's first `MAX_SECONDS`, and what is to be said about it."""
    if speech.duration <= MAX_SECONDS:
        return speech, ()
    return load_speech((speech.rate, speech.sound[: MAX_SECONDS * speech.rate])), (CUT,)


def _read_clip(path):
    """Portrait of a video's first frame, and the frames brought to its crop: (T, 256, 256, 3) uint8."""
    from talking_face.face.images import warp
    from talking_face.face.portrait import find_portrait
    from talking_face.media.video import stream_frames

    portrait, frames = None, []
    for frame in stream_frames(path, MAX_SECONDS):
        if portrait is None:
            portrait = find_portrait(frame, max(frame.shape))
            height, width = portrait.image.shape[:2]
            if not np.array_equal(portrait.image, frame[:height, :width]):
                raise PhotoError(
                    "The face lies on its side in this video: please turn the video upright and try again."
                )
        frames.append(warp(frame, portrait.matrix, (CROP_SIZE, CROP_SIZE)))
    return portrait, np.stack(frames)


def _cell(scores, measure):
    return f"{scores[measure.key]:.{measure.digits}f}" if measure.key in scores else "–"


def _chunks(frames):
    return (frames[first : first + CHUNK] for first in range(0, len(frames), CHUNK))


def _to_jpeg(frame):
    """(H, W, 3) uint8, RGB -> bytes."""
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        JPEG_QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    return cv2.imencode(".jpg", frame[..., ::-1], options)[1].tobytes()


def _envelope(speech, frames):
    """Lowest and highest sample of the sound within each frame: (T,), (T,)."""
    length = speech.rate // FPS
    sound = np.zeros(frames * length, np.float32)
    heard = speech.sound[: len(sound)]
    sound[: len(heard)] = heard
    pieces = sound.reshape(frames, length)
    return pieces.min(1), pieces.max(1)
