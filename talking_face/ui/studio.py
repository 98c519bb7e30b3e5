"""What the controls of the Talk tab do.

Photos and recordings come as files named by their content, so remembering the last few by their paths spares finding a
face twice: after the first video, another emotion only renders. Whatever goes wrong, every error ends as a sentence,
because Gradio would cover the last video with an error sign.
"""

import hashlib
import logging
import threading
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr

from talking_face.audio.synthesis.mood import mood_of
from talking_face.emotions import EMOTIONS
from talking_face.errors import PhotoError, TalkingFaceError
from talking_face.face.framing import TALL, extended, square
from talking_face.face.outline import face_at, outline
from talking_face.face.portrait import with_smile
from talking_face.logs import without_words
from talking_face.media.frame_rate import FPS
from talking_face.media.streaming import stream_video
from talking_face.paths import ASSETS
from talking_face.ui.jobs import Interrupted, Job, logged
from talking_face.ui.player import Shown
from talking_face.ui.takes import Takes
from talking_face.ui.text import LOWER, SAYING, Typed, recorded

PHOTO_HINT = "One face, looking at the camera in good light."
CONSENT = "*Use your own face, or one you may use.*"
VOICE_HINT = "Up to {:.0f} seconds of one person speaking."
NO_SPEECH = "⚠️ {:.1f} seconds of sound, but nothing in it is like speech: lips will hardly follow it."
FACES_HINT = "Click on another face to choose it."
VIDEO_HINT = "Your video will play here while it is being made."
FIRST_A_PHOTO = "There is no photo yet: please take or choose one first."
UNREADABLE = "This photo cannot be read: please save it as JPEG, PNG or WebP and try again."
UNFORESEEN = "That did not work, and it is not your fault: please try once more."
STOPPED = "Stopped."
GETTING_READY = "Getting ready …"
PROGRESS = "Making the video: {:.1f} of {:.1f} seconds are ready."
WHOLE, SQUARE, UPRIGHT = "Whole photo", "Square", "Tall, 9:16"
GIF, GIF_SIDE = "Making the GIF", 480  # pixels
SIX = "all-six"  # in the names of files

REMEMBERED = 16  # photos, and as many recordings; some megabytes each
TIME_LIMIT = 300  # seconds
REST = 0.4  # seconds; with less left to play, a video in another emotion begins anew
EXAMPLE = str(ASSETS / "london_portrait.jpg"), str(ASSETS / "good_news.wav")  # speaks until anything is given

logger = logging.getLogger(__name__)


@dataclass
class Session:
    """What the server remembers of one open page.

    Attributes
    ----------
    turn : int
        Counts requests to do something else; work begun in an earlier turn is no longer wanted.
    place : float
        Where the video that plays was at the last request, seconds; 0 if it was over, or there was none.
    asked : bool
        Whether a video has been asked for.
    shown : player.Shown or None
        What the player shows.
    take : str or None
        Name of the last take that was finished or gone back to.
    chosen : dict of str to int
        Path of a photo -> number of the face in it that was chosen; the largest, 1, in all others.
    typed : dict of str to text.Typed
        Name of a recording -> the text of which it was made.
    captions : dict of str to list of (float, float, str)
        The same -> when each sentence of it begins and ends, seconds, and its words.
    """

    turn: int = 0
    place: float = 0.0
    asked: bool = False
    shown: Shown | None = None
    take: str | None = None
    chosen: dict[str, int] = field(default_factory=dict)
    typed: dict[str, Typed] = field(default_factory=dict)
    captions: dict[str, list] = field(default_factory=dict)

    @property
    def finished(self):
        """Whether the player shows a video that is whole."""
        return self.shown is not None and self.shown.whole is not None

    def face(self, photo):
        """Number of the face in a photo, given by its path, that is to talk."""
        return self.chosen.get(photo, 1)

    def words(self, voice, emotion, intensity):
        """What is to be heard for a recording, given by its path: itself, or the text it was made of in a new mood."""
        typed = voice and self.typed.get(Path(voice).name)
        return typed.in_mood(emotion, intensity) if typed and emotion in EMOTIONS else voice

    def captions_of(self, voice):
        """Captions of a recording, given by its path; none where nobody typed it."""
        return self.captions.get(Path(voice).name, []) if voice else []


class Studio:
    """The handlers.

    Parameters
    ----------
    engine : concurrent.futures.Future of engine.TalkingFace
        May still be loading while the page is already up; the first photo waits for it.
    max_seconds : float
        Longest recording to accept.
    mark : bool
        Whether videos show that they are AI-generated.
    time_limit : float
        Seconds that the work on one video may take.
    """

    def __init__(self, engine, max_seconds=60, mark=True, time_limit=TIME_LIMIT):
        self._engine, self.max_seconds, self.mark, self.time_limit = engine, max_seconds, mark, time_limit
        self._closing, self._visitors, self.takes = threading.Event(), set(), Takes()
        self.faces = lru_cache(REMEMBERED)(lambda path: self.engine.faces(path))
        self.portrait = lru_cache(REMEMBERED)(lambda path, face: self.faces(path).portrait(face))
        self.speech = lru_cache(REMEMBERED)(self._hear)
        self._framed = lru_cache(REMEMBERED)(lambda *given: _frame(self.smiling(*given[:3]), given[3]))

    @property
    def engine(self):
        """The engine; waits until it is loaded."""
        return self._engine.result()

    def smiling(self, photo, face, smile=None):
        """The portrait of a face in a photo, with the teeth that a smile photo shows, if there is one; from paths."""
        portrait = self.portrait(photo, face)
        return with_smile(portrait, self.portrait(smile, 1)) if smile else portrait

    def forget(self):
        """Forget all photos and recordings."""
        for remembered in (self.faces, self.portrait, self.speech, self._framed):
            remembered.cache_clear()
        self.engine.forget()
        self.takes.forget()

    def forget_every(self, seconds):
        """Forget from time to time, for as long as the program runs."""

        def again():
            self.forget()
            self.forget_every(seconds)

        timer = threading.Timer(seconds, again)
        timer.daemon = True
        timer.start()

    def close(self):
        """Make all work end at once, because the program does."""
        self._closing.set()

    def job(self, session=None, turn=0, request=None):
        """A job that begins now: of an open page, in one of its turns, or of a program, which has none.

        With Gradio's request, it is no longer wanted once the page or program that sent it is gone (`leave`).
        """
        visitor = request and request.session_hash
        self._visitors.add(visitor)

        def wanted():
            in_turn = session is None or session.turn == turn
            return in_turn and visitor in self._visitors and not self._closing.is_set()

        return Job(self.time_limit, wanted)

    def leave(self, request: gr.Request):
        """Make all work end at once that was asked for by a page or program which is gone."""
        self._visitors.discard(request.session_hash)

    def look(self, session, photo):
        """Path of a photo -> (picture of the faces found in it, sentences on the one that is to talk)."""
        if photo is None:
            return None, f"{PHOTO_HINT} {CONSENT}"
        picture, hint, number = None, [], session.face(photo)
        try:
            found = self.faces(photo)
            if len(found.faces) > 1:  # whatever may be wrong with this one
                picture, hint = outline(found, number), [FACES_HINT]
            portrait = self.portrait(photo, number)
        except Exception as error:
            return picture, " ".join((problem(error), *hint, CONSENT))
        notes = (*portrait.notes[:1], *hint, *portrait.notes[1:])
        return outline(found, number, portrait), " ".join(("✅ Face found.", *notes, CONSENT))

    def choose(self, session, photo, point: gr.SelectData):
        """As `look`, once somebody has clicked on the picture; on a face there, it is the one to talk from now on."""
        number = session.face(photo)
        face = face_at(self.faces(photo).upright(number), point.index) if photo else None
        if face in (None, number):
            return gr.skip(), gr.skip()
        session.chosen[photo] = face
        return self.look(session, photo)

    def refuse(self):
        """Clear a photo that Gradio itself could not open."""
        gr.Warning(UNREADABLE)

    def listen(self, voice):
        """Path of a recording -> sentence on it, and the button that cuts it, which shows where it is too long."""
        cut = gr.Button(visible=False)
        if voice is None:
            return VOICE_HINT.format(self.max_seconds), cut
        try:
            speech = self.speech(voice)
        except Exception as error:
            return problem(error), gr.Button(visible=_lasts(voice) > self.max_seconds)
        if speech.steady:
            return " ".join((NO_SPEECH.format(speech.duration), *speech.notes)), cut
        level = f"at {speech.level:.0f} dB" if speech.notes else f"at a good level ({speech.level:.0f} dB)"
        return " ".join((f"✅ {speech.duration:.1f} seconds of speech {level}.", *speech.notes)), cut

    def say(self, session, text, language, pitch, emotion, intensity):
        """Yield what was typed as a recording, once it is whole, each time with a sentence on how far it is."""
        try:
            typed = Typed(text, language, mood_of(emotion, intensity), pitch == LOWER)
            for share, path, captions in recorded(typed):
                if path:
                    session.typed[path.name], session.captions[path.name] = typed, captions
                    yield path, ""
                else:
                    yield gr.skip(), SAYING.format(100 * share)
        except Exception as error:
            yield gr.skip(), problem(error)

    def interrupt(self, session, place=0.0):
        """End what this page is waiting for at once; returns the number of the turn that begins, and a sentence.

        With a place, in seconds, in the video that plays, the next one goes on there.
        """
        session.turn += 1
        session.place = place
        return session.turn, GETTING_READY

    def stop(self, session):
        """As `interrupt`, when nothing comes next; returns the sentence."""
        self.interrupt(session)
        return STOPPED

    def talk(self, session, turn, photo, voice, emotion, intensity, liveliness, take, over_time, shape, smile=None):
        """Yield a new video part by part, each with a sentence on its progress, and at the end its file.

        If there is none, say why and leave the last one where it is. The turn is that in which it was asked for.
        """
        settings, captions = (emotion, intensity, liveliness, take), session.captions_of(voice)
        emotion, name = (over_time, "emotions") if over_time else (emotion, emotion)
        voice = session.words(voice, emotion, intensity)
        how = {"emotion": emotion, "intensity": intensity, "seed": take, "liveliness": liveliness, "mark": self.mark}
        render, given = partial(self.engine.render, **how), (photo, voice, captions, shape, smile)
        yield from self._perform(session, turn, name, *given, render, settings)

    def talk_again(self, session, turn, photo, voice, *choices):
        """As `talk`, once a first video has been asked for; before anything is given, the example speaks."""
        if photo is None and voice is None:
            photo, voice = EXAMPLE
        elif not session.asked:
            yield gr.skip(), VIDEO_HINT, gr.skip()
            return
        yield from self.talk(session, turn, photo, voice, *choices)

    def all_six(self, session, turn, photo, voice, emotion, intensity, liveliness, take, smile=None):
        """As `talk`, with all emotions side by side."""
        how = {"intensity": intensity, "seed": take, "liveliness": liveliness, "mark": self.mark}
        render, settings = partial(self.engine.all_emotions, **how), (emotion, intensity, liveliness, take)
        given = photo, voice, session.captions_of(voice)
        yield from self._perform(session, turn, SIX, *given, WHOLE, smile, render, settings)

    def write(self, path, photo, voice, emotion, intensity, shape, face=1, liveliness=1.0, take=0, smile=None):
        """Write a video as a whole; a generator, which yields from time to time, so that it can be closed.

        Parameters
        ----------
        path : Path
            Of the MP4, which is there at the end.
        photo, voice : str
            Paths; None raises an error that says so.
        emotion, intensity
            As for `engine.TalkingFace.render`.
        shape : str
            `WHOLE`, `SQUARE` or `UPRIGHT`.
        face : int
            Which face, as for `engine.TalkingFace.portrait`.
        liveliness, take
            As for `engine.TalkingFace.render`, where the take is the seed.
        smile : str, optional
            Path of a photo that shows the person's teeth.

        Yields
        ------
        None

        Raises
        ------
        TalkingFaceError
            There is something wrong with what was given, or it takes too long.
        """
        job = self.job()
        with logged():
            portrait, speech = self._photo(photo, face, smile, shape), self.speech(voice)
            frames = job.watch(
                self.engine.render(portrait, speech, emotion, intensity, take, False, self.mark, liveliness)
            )
            with closing(stream_video(path, frames, speech, self.engine.signer)) as parts:
                for _ in parts:
                    yield

    def gif(self, session, video, progress=gr.Progress()):
        """Yield the path of a GIF of the video that is shown, which is given as Gradio's description of a file."""
        from talking_face.media.reading import stream_frames
        from talking_face.media.writing import write_gif

        def counted(frames):
            for number, frame in enumerate(frames, 1):
                progress(min(1.0, number / FPS / session.shown.seconds), GIF)
                yield frame[None]

        with TemporaryDirectory() as folder:
            path = Path(folder) / Path(video["path"]).with_suffix(".gif").name
            try:
                write_gif(path, counted(stream_frames(video["path"])), max_side=GIF_SIDE, signer=self.engine.signer)
            except Exception as error:
                problem(error)
                yield gr.skip()
            else:
                yield path  # which Gradio copies to its own folder before it comes back here

    def _hear(self, voice):
        """The speech of a recording, given by its path, or of a `text.Typed`."""
        from talking_face.audio.synthesis import say

        return self.engine.speech(say(*voice) if isinstance(voice, Typed) else voice, self.max_seconds)

    def _photo(self, photo, face, smile, shape):
        """As `smiling`, of a photo which may be None, in one of the shapes."""
        if photo is None:
            raise PhotoError(FIRST_A_PHOTO)
        return self._framed(photo, face, smile, shape)

    def _perform(self, session, turn, name, photo, voice, captions, shape, smile, render, settings):
        """Stream what `render` makes of a portrait and a speech, from the playhead on where such a video plays."""
        session.asked, now = True, gr.skip()
        try:
            job = self.job(session, turn)
            job.check()  # it may have waited in line
            with logged(), TemporaryDirectory() as folder:
                portrait = self._photo(photo, session.face(photo), smile, shape)
                speech = self.speech(voice)
                words = voice._replace(mood=None) if isinstance(voice, Typed) else voice  # at the same pace in any mood
                kind = _digest(photo, session.face(photo), words, shape, name == SIX)
                first = _first_frame(session, kind, speech.frames)
                frames = _from(first, partial(render, portrait, speech))
                path = Path(folder) / f"talking-face-{name}.mp4"
                shown = Shown(speech.frames / FPS, kind, first / FPS, six=name == SIX, captions=captions)
                with closing(stream_video(path, job.watch(frames), speech, self.engine.signer, first)) as parts:
                    for part in parts:
                        job.check()
                        shown.parts.append(part)
                        now = session.shown = shown
                        ready = sum(part.seconds for part in shown.parts)
                        yield now, PROGRESS.format(ready, shown.seconds), gr.update(interactive=False)
                session.take = self.takes.add(path, shown, settings)
                shown.whole = self.takes[session.take].path
                file = gr.update(value=shown.whole, interactive=True)
                yield now, f"✅ {speech.duration:.1f} seconds of video.", file
        except Interrupted:  # whoever did it has said so
            yield now, gr.skip(), gr.skip()
        except Exception as error:
            yield now, problem(error), gr.skip()


def sentence(error):
    """What went wrong, for people; where it came from, if nobody foresaw it, goes into the log."""
    if isinstance(error, Interrupted):
        return STOPPED
    if isinstance(error, TalkingFaceError):
        return str(error)
    logger.error(without_words(error))
    return UNFORESEEN


def problem(error):
    """Show in passing what went wrong; returns it, to stay on the page."""
    message = sentence(error)
    gr.Warning(message)
    return f"⚠️ {message}"


def _frame(portrait, shape):
    if shape == UPRIGHT:
        return extended(portrait, TALL)
    return square(portrait) if shape == SQUARE else portrait


def _lasts(recording):
    """Seconds of a recording, given by its path; 0 where it is none."""
    import soundfile

    try:
        return soundfile.info(recording).duration
    except soundfile.SoundFileError:
        return 0.0


def _digest(*what):
    """A short name of what a video is made of."""
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def _first_frame(session, kind, frames):
    """Index of the frame that the player needs next, where it shows a video of that kind; else 0."""
    frame = round(session.place * FPS)
    goes_on = session.shown is not None and session.shown.kind == kind
    return frame if goes_on and 0 < frame < frames - REST * FPS else 0


def _from(first, render):
    """All frames of a video, from one of them on; those before it come last."""
    return chain(render(first=first), _until(first, render()) if first else ())


def _until(end, chunks):
    """The first frames of a video, as many as that."""
    for chunk in chunks:
        yield chunk[:end]
        end -= len(chunk)
        if end <= 0:
            return
