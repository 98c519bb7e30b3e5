"""What all tabs and endpoints work with: the engine, what it has found in photos and recordings, and jobs.

Photos and recordings come as files named by their content, so remembering the last few by their paths spares finding a
face twice: after the first video, another emotion only renders.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr

from talking_face.concurrency.once import Once
from talking_face.errors import PhotoError
from talking_face.face.framing import TALL, extended, square
from talking_face.face.portrait import with_smile
from talking_face.media.streaming import stream_video
from talking_face.ui.jobs import Job, begin, logged
from talking_face.ui.typed import Typed

FIRST_A_PHOTO = "There is no photo yet: please take or choose one first."
WHOLE, SQUARE, UPRIGHT = "Whole photo", "Square", "Tall, 9:16"
REMEMBERED = 16  # photos, and as many recordings; some megabytes each
TIME_LIMIT = 300  # seconds


class Studio:
    """What is remembered, and made of it.

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

    Attributes
    ----------
    forgets : list of callable
        What else is to be called when all is forgotten.
    """

    def __init__(self, engine, max_seconds=60, mark=True, time_limit=TIME_LIMIT):
        self._engine, self.max_seconds, self.mark, self.time_limit = engine, max_seconds, mark, time_limit
        self._closing, self._visitors, self.forgets = threading.Event(), set(), []
        self._ahead, self._later = ThreadPoolExecutor(1, "ahead"), []
        self.faces = _once(lambda path: self.engine.faces(path))
        self.portrait = _once(lambda path, face: self.faces(path).portrait(face))
        self.speech = _once(self._hear)
        self._framed = _once(lambda *given: _frame(self.smiling(*given[:3]), given[3]))

    @property
    def engine(self):
        """The engine; waits until it is loaded."""
        return self._engine.result()

    def get_ready(self, portrait=None, voice=None):
        """Do ahead, in the background, what a video of a portrait, or of recorded or typed words, needs: a future."""

        def work():
            self.engine.get_ready(portrait, voice and self.speech(voice))

        return self._ahead.submit(work)

    def hear_ahead(self, voices):
        """Get recordings and typed words ready, one by one, until anybody asks for a video; returns futures."""
        self._later = [self.get_ready(voice=voice) for voice in voices]
        return self._later

    def warm_up(self, photo, voice):
        """Begin a video of files in the background, since what is done first takes longest; returns a future."""
        return self._ahead.submit(self._begin, photo, voice)

    def _begin(self, photo, voice):
        portrait, speech = self.portrait(photo, 1), self.speech(voice)
        frames = self.job().watch(self.engine.render(portrait, speech, mark=self.mark))
        with TemporaryDirectory() as folder:
            path, size = Path(folder) / "first.mp4", portrait.image.shape[:2]
            with closing(stream_video(path, frames, speech, self.engine.signer, 0, size)) as parts:
                next(parts)

    def smiling(self, photo, face, smile=None):
        """The portrait of a face in a photo, with the teeth that a smile photo shows, if there is one; from paths."""
        portrait = self.portrait(photo, face)
        return with_smile(portrait, self.portrait(smile, 1)) if smile else portrait

    def framed(self, photo, face, smile, shape):
        """As `smiling`, of a photo which may be None, in one of the shapes."""
        if photo is None:
            raise PhotoError(FIRST_A_PHOTO)
        return self._framed(photo, face, smile, shape)

    def forget(self):
        """Forget all photos and recordings."""
        for remembered in (self.faces, self.portrait, self.speech, self._framed):
            remembered.clear()
        for forget in (self.engine.forget, *self.forgets):
            forget()

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
        for future in self._later:
            future.cancel()
        visitor = request and request.session_hash
        self._visitors.add(visitor)
        if session is not None:
            begin(session, turn)

        def wanted():
            in_turn = session is None or session.turn == turn
            return in_turn and visitor in self._visitors and not self._closing.is_set()

        return Job(self.time_limit, wanted)

    def leave(self, request: gr.Request):
        """Make all work end at once that was asked for by a page or program which is gone."""
        self._visitors.discard(request.session_hash)

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
            portrait, speech = self.framed(photo, face, smile, shape), self.speech(voice)
            frames = job.watch(
                self.engine.render(portrait, speech, emotion, intensity, take, False, self.mark, liveliness)
            )
            with closing(stream_video(path, frames, speech, self.engine.signer)) as parts:
                for _ in parts:
                    yield

    def _hear(self, voice):
        """The speech of a recording, given by its path, or of a `typed.Typed`."""
        from talking_face.audio.synthesis import say

        return self.engine.speech(say(*voice) if isinstance(voice, Typed) else voice, self.max_seconds)


def _once(function):
    """Remember the last few results of a function, which is called where it is asked for, as it may wait for files."""
    return Once(function, REMEMBERED, lambda work: work())


def _frame(portrait, shape):
    if shape == UPRIGHT:
        return extended(portrait, TALL)
    return square(portrait) if shape == SQUARE else portrait
