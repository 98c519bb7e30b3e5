"""One request for a video: how long it may take, when it is no longer wanted, and what the log says of it."""

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass

from talking_face.errors import TalkingFaceError, TimeLimitError

TOO_LONG = "This took longer than the {:.0f} seconds that a video may take here: please try a shorter recording."
STOPPED = "Stopped."
GETTING_READY = "Getting ready …"

OUTCOMES = ("made", "stopped", "abandoned", "refused", "failed")

logger = logging.getLogger(__name__)
observers = []  # called with a video's outcome and its seconds


class Interrupted(Exception):
    """Nobody wants the video any more, or the program ends."""


@dataclass
class Visit:
    """What the server remembers of one open tab.

    Attributes
    ----------
    turn : float
        When something was last asked for, milliseconds by the page's clock; what was asked for earlier is no longer
        wanted.
    said : str
        What was said when work was ended, if none comes of it.
    """

    turn: float = 0
    said: str = ""


def begin(visit, turn):
    """Something was asked for in a turn: end what a tab is waiting for at once, if that was asked for before.

    A page says so beside asking for it, since what it asks for waits in line behind what it is waiting for.
    """
    if turn > visit.turn:
        visit.turn, visit.said = turn, ""


def interrupt(visit, said=""):
    """End what a tab is waiting for at once, as nothing comes next; what is said of it is remembered."""
    begin(visit, visit.turn + 1)
    visit.said = said


def stop(visit, turn=None):
    """As `interrupt`, because somebody wants it so, in a turn of a page which counts them; returns the sentence."""
    begin(visit, turn or visit.turn + 1)
    visit.said = STOPPED
    return STOPPED


class Job:
    """A request, from the moment at which the work on it begins.

    Parameters
    ----------
    seconds : float
        How long the work may take.
    wanted : callable
        Whether somebody still wants the video.
    """

    def __init__(self, seconds, wanted):
        self._seconds, self._wanted = seconds, wanted
        self._end = time.monotonic() + seconds

    def check(self):
        """To be called from time to time while working.

        Raises
        ------
        Interrupted
            There is no use in going on.
        TimeLimitError
            It has taken too long.
        """
        if not self._wanted():
            raise Interrupted
        if time.monotonic() > self._end:
            raise TimeLimitError(TOO_LONG.format(self._seconds))

    def watch(self, chunks):
        """Pass chunks of frames on for as long as there is use in it; raises as `check`."""
        for chunk in chunks:
            self.check()
            yield chunk


@contextmanager
def logged():
    """Log how making a video went and how long it took, and nothing else."""
    started, outcome = time.perf_counter(), "abandoned"
    try:
        yield
        outcome = "made"
    except Interrupted:
        outcome = "stopped"
        raise
    except TalkingFaceError:
        outcome = "refused"
        raise
    except Exception:
        outcome = "failed"
        raise
    finally:
        seconds = time.perf_counter() - started
        figures = {"outcome": outcome, "seconds": round(seconds, 3)}
        logger.info("A video was %s after %.1f s.", outcome, seconds, extra={"figures": figures})
        for note in observers:
            note(outcome, seconds)
