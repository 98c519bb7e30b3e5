"""A video is made: part by part, from the playhead on where one of its kind plays, until nobody wants it any more."""

import hashlib
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr

from talking_face.emotions import EMOTIONS
from talking_face.media.frame_rate import FPS
from talking_face.media.streaming import stream_video
from talking_face.paths import ASSETS
from talking_face.ui.jobs import Interrupted, logged
from talking_face.ui.problems import problem
from talking_face.ui.studio import WHOLE
from talking_face.ui.talk.player import Shown
from talking_face.ui.typed import Typed

VIDEO_HINT = "Your video will play here while it is being made."
PROGRESS = "Making the video: {:.1f} of {:.1f} seconds are ready."
SIX = "all-six"  # in the names of files
REST = 0.4  # seconds; with less left to play, a video in another emotion begins anew
EXAMPLE = str(ASSETS / "london_portrait.jpg"), str(ASSETS / "good_news.wav")  # speaks until anything is given


class Making:
    """The handlers.

    Parameters
    ----------
    studio : ui.studio.Studio
        Finds faces, reads recordings, has the engine.
    takes : ui.talk.takes.Takes
        Keeps what is finished.
    """

    def __init__(self, studio, takes):
        self.studio, self.takes = studio, takes

    def talk(
        self, session, turn, place, photo, voice, emotion, intensity, liveliness, take, over_time, shape, smile=None
    ):
        """Yield a new video part by part, each with a sentence on its progress, and at the end its file.

        If there is none, say why and leave the last one where it is. The turn is that in which it was asked for, the
        place, in seconds, where in the video that plays it goes on, if that is one of its kind.
        """
        settings, captions = (emotion, intensity, liveliness, take), session.captions_of(voice)
        emotion, name = (over_time, "emotions") if over_time else (emotion, emotion)
        voice = session.words(voice, emotion, intensity)
        how = {"emotion": emotion, "intensity": intensity, "seed": take, "liveliness": liveliness}
        asked = session, turn, place
        yield from self._perform(*asked, name, photo, voice, captions, shape, smile, how, settings)
        if isinstance(voice, Typed) and session.finished:  # it sounds another way in each emotion
            self.studio.hear_ahead(voice.in_mood(another, intensity) for another in EMOTIONS)

    def talk_again(self, session, turn, place, photo, voice, *choices):
        """As `talk`, once a first video has been asked for; before anything is given, the example speaks."""
        if photo is None and voice is None:
            photo, voice = EXAMPLE
        elif not session.asked:
            yield gr.skip(), VIDEO_HINT if session.turn <= turn else gr.skip(), gr.skip()
            return
        yield from self.talk(session, turn, place, photo, voice, *choices)

    def all_six(self, session, turn, place, photo, voice, emotion, intensity, liveliness, take, smile=None):
        """As `talk`, with all emotions side by side."""
        how, captions = {"intensity": intensity, "seed": take, "liveliness": liveliness}, session.captions_of(voice)
        settings, asked = (emotion, intensity, liveliness, take), (session, turn, place)
        yield from self._perform(*asked, SIX, photo, voice, captions, WHOLE, smile, how, settings)

    def _perform(self, session, turn, place, name, photo, voice, captions, shape, smile, how, settings):
        """Stream what the engine makes, from the playhead on where such a video plays."""
        session.asked, now, studio = True, gr.skip(), self.studio
        try:
            job = studio.job(session, turn)
            job.check()  # it may have waited in line
            with logged(), TemporaryDirectory() as folder:
                portrait = studio.framed(photo, session.face(photo), smile, shape)
                speech = studio.speech(voice)
                words = voice._replace(mood=None) if isinstance(voice, Typed) else voice  # at the same pace in any mood
                kind = _digest(photo, session.face(photo), words, shape, name == SIX)
                first = _first_frame(session, place, kind, speech.frames)
                render = studio.engine.all_emotions if name == SIX else studio.engine.render
                frames = _from(first, partial(render, portrait, speech, mark=studio.mark, **how))
                path = Path(folder) / f"talking-face-{name}.mp4"
                shown = Shown(
                    speech.frames / FPS,
                    kind,
                    first / FPS,
                    six=name == SIX,
                    captions=captions,
                    name=path.name,
                    settings=settings,
                    over=session.shown if first else None,
                )
                size = None if name == SIX else portrait.image.shape[:2]
                streamed = stream_video(path, job.watch(frames), speech, studio.engine.signer, first, size)
                with closing(streamed) as parts:
                    for part in parts:
                        job.check()
                        shown.parts.append(part)
                        now = session.shown = shown
                        ready = sum(part.seconds for part in shown.parts)
                        yield now, PROGRESS.format(ready, shown.seconds), gr.update(interactive=False)
                session.take = self.takes.add(session, path, shown)
                shown.whole, shown.over = self.takes[session.take].path, None
                file = gr.update(value=shown.whole, interactive=True)
                yield now, f"✅ {speech.duration:.1f} seconds of video.", file
        except Interrupted:  # whoever did it has said so, but what was on its way from here may have come later
            yield session.shown if session.finished else now, session.said or gr.skip(), gr.skip()
        except Exception as error:
            said = problem(error)
            if session.turn == turn:
                session.said = said
            yield now, said, gr.skip()


def _digest(*what):
    """A short name of what a video is made of."""
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def _first_frame(session, place, kind, frames):
    """Index of the frame that the player needs next, where it shows a video of that kind; else 0."""
    frame = round(place * FPS)
    goes_on = session.shown is not None and session.shown.kind == kind
    return frame if goes_on and 0 < frame < frames - REST * FPS else 0


def _from(first, render):
    """All frames of a video, from one of them on; those before it come last. Nothing is done before it is asked for."""
    yield from render(first=first)
    for chunk in render() if first else ():
        yield chunk[:first]
        first -= len(chunk)
        if first <= 0:
            return
