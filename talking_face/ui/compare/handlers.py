"""What the controls of the Compare tab and its endpoint do."""

from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr

from talking_face.engine import TalkingFace, available_models, parse_emotions
from talking_face.errors import PhotoError
from talking_face.generators.registry import DEFAULT_MODEL, model_title
from talking_face.media.frame_rate import FPS
from talking_face.paths import DOCS
from talking_face.ui.jobs import Interrupted, logged
from talking_face.ui.problems import problem
from talking_face.ui.studio import FIRST_A_PHOTO

HINT = "Choose a photo and a voice, or drop in a real talking clip."
DONE = "✅ {:.1f} seconds compared."
MISSING = "The weights of “{}” are not here: it joins in once they are in `checkpoints/{}.safetensors`."
UNPUBLISHED = "*This table appears once the models have been evaluated on held-out clips.*"
EXPECTED = ("deformable", "baseline")  # models without which the tab misses its point
KEPT = 4  # models kept in memory beside the page's own
INSIDE = ("coarse", "middle", "attention")
SOUND_COLOUR = "#cbd5e1"
COLOURS = ("#4f46e5", "#d97706", "#059669", "#db2777", "#0891b2", "#7c3aed")


class Comparer:
    """The handlers.

    Parameters
    ----------
    studio : ui.studio.Studio
        Finds faces and reads recordings.
    checkpoints : sequence of path
        Weights to offer beside the models that have names.
    """

    def __init__(self, studio, checkpoints=()):
        self.studio, self.checkpoints = studio, [str(path) for path in checkpoints]
        self._loaded = {}  # model -> engine, beside the page's own; the oldest first

    def models(self):
        """What can be compared: list of (name to show, model)."""
        return [(model_title(model), model) for model in (*available_models(), *self.checkpoints)]

    def usual(self):
        """The models that are compared unless others are chosen: the two that the tab is about, or what there is."""
        models = [model for _, model in self.models()]
        return [model for model in models if model in EXPECTED] or models

    def missing(self):
        """Sentence on weights, of ours or of the baseline, that are not here; "" if both are."""
        absent = [model for model in EXPECTED if model not in available_models()]
        return MISSING.format(model_title(absent[0]), absent[0]) if absent else ""

    def compare(self, job, photo, voice, clip, emotion, models, progress=None, face=1):
        """Set models side by side; a clip, if there is one, takes the place of photo and voice.

        Parameters
        ----------
        job : jobs.Job
            Which this is the work on.
        photo, voice, clip : str
            Paths, or None.
        emotion, models, progress
            As for `comparison.compare`.
        face : int
            Which face of the photo, as for `engine.TalkingFace.portrait`.

        Returns
        -------
        evaluation.compared.Comparison

        Raises
        ------
        TalkingFaceError
            There is something wrong with what was given, or it takes too long.
        Interrupted
            There is no use in going on.
        """
        from talking_face.evaluation import comparison

        def report(*how_far):
            job.check()
            if progress is not None:  # a gr.Progress is false
                progress(*how_far)

        job.check()  # it may have waited in line
        try:
            if clip:
                finder = self.studio.engine.finder
                return comparison.compare_clip(clip, emotion, models, report, self._engine, finder)
            if photo is None:
                raise PhotoError(FIRST_A_PHOTO)
            portrait, speech = self.studio.portrait(photo, face), self.studio.speech(voice)
            return comparison.compare(portrait, speech, emotion, models, report, self._engine)
        finally:
            for engine in self._loaded.values():
                engine.forget()

    def show(self, session, turn, photo, voice, clip, emotion, models, request: gr.Request, progress=gr.Progress()):
        """Yield what the tab shows: video, sentence, frames to wipe between, their controls, table, curves, pictures.

        If nothing comes of it, say why and leave the rest as it is. The turn is that of the `jobs.Visit` in which
        it was asked for; the request is Gradio's.
        """
        unchanged = [gr.skip() for _ in range(7 + len(INSIDE))]
        try:
            if photo and models and not clip:
                preview = self._first_frame(photo, voice, emotion)
                yield gr.skip(), gr.skip(), gr.skip(), preview, *unchanged[2:]
            with logged(), TemporaryDirectory() as folder:
                result = self.compare(
                    self.studio.job(session, turn, request), photo, voice, clip, emotion, models, progress
                )
                path = Path(folder) / "talking-face-comparison.mp4"
                result.write(path, self.studio.mark, self.studio.engine.signer)
                stills = result.stills(self.studio.mark)
                status = " ".join((DONE.format(len(result.takes[result.generated[0]]) / FPS), *result.notes))
                wipe = _wipe_controls(result, stills)
                yield path, status, stills, *wipe, result.table(), _plot(result), *self._inside(result, models, emotion)
        except Interrupted:  # whoever did it has said so
            yield gr.skip(), gr.skip(), *unchanged
        except Exception as error:
            yield gr.skip(), problem(error), *unchanged

    def report(self, request, photo, voice, clip, emotion, models, face=1):
        """Yield the path of a video side by side and what was measured: name -> measure -> value."""
        with logged(), TemporaryDirectory() as folder:
            job = self.studio.job(request=request)
            result = self.compare(job, photo, voice, clip, emotion, models or None, face=face)
            path = Path(folder) / "talking-face-comparison.mp4"
            result.write(path, self.studio.mark, self.studio.engine.signer)
            yield path, result.scores

    def _first_frame(self, photo, voice, emotion):
        """The photo beside a first frame of the page's own model, to see while the rest is made."""
        portrait, speech = self.studio.portrait(photo, 1), self.studio.speech(voice)
        frames = self.studio.engine.render(portrait, speech, emotion, crop=True, mark=self.studio.mark, liveliness=0)
        return portrait.crop, next(iter(frames))[-1]

    def _engine(self, model):
        """A model's engine: the page's own, if it is that one's, or another that is kept once loaded."""
        if model == self.studio.engine.model:
            return self.studio.engine
        if model not in self._loaded:
            self._loaded = dict(list(self._loaded.items())[1 - KEPT :]) | {model: TalkingFace.load(model)}
        return self._loaded[model]

    def _inside(self, result, models, emotion):
        """Pictures of what our painter does, where it is among the models."""
        from talking_face.figures.painter_inside import look_inside

        if DEFAULT_MODEL not in models:
            return [None] * len(INSIDE)
        generator = self._engine(DEFAULT_MODEL).generator
        pictures = look_inside(generator, result.portrait, result.speech, parse_emotions(emotion), result.moment)
        return [pictures[name] for name in INSIDE]


def wipe(stills, left, right, frame):
    """The two pictures of a frame, counted from 1, or None where there are none."""
    if not stills:
        return None
    return tuple(_picture(stills[name], int(frame) - 1) for name in (left, right))


def published():
    """The evaluation's table as Markdown, or a sentence that there is none."""
    path = DOCS / "comparison.md"
    return path.read_text(encoding="utf-8") if path.is_file() else UNPUBLISHED


def _wipe_controls(result, stills):
    """Value of the wipe, its two names and its frame: at first the last model's widest smile against the first's."""
    from talking_face.evaluation.compared import STILL

    names, generated = list(stills), result.generated
    left, right = generated[1] if generated[1:] else STILL, generated[0]
    frame = result.moment + 1
    count = len(stills[right])
    return (
        wipe(stills, left, right, frame),
        gr.Dropdown(names, value=left, interactive=True),
        gr.Dropdown(names, value=right, interactive=True),
        gr.Slider(maximum=count, value=frame, interactive=True),
    )


def _picture(frames, index):
    """One of a video's frames, (H, W, 3) uint8; a still photo has but one."""
    import cv2
    import numpy as np

    data = frames[min(index, len(frames) - 1)]
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def _plot(result):
    """The curves; a gr.LinePlot with a map of colours leaves out what is not in it."""
    import pandas

    colours = dict(zip(result.openings, cycle(COLOURS)))
    return gr.LinePlot(pandas.DataFrame(result.curves()), color_map={"Sound": SOUND_COLOUR} | colours)
