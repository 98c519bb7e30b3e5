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
    turn : int
        Counts requests to do something else; work begun in an earlier turn is no longer wanted.
    place : float
        Where the video that plays was at the last request, seconds; 0 if it was over, or there was none.
    said : str
        What was said at the last request, if no work comes of it.
    """

    turn: int = 0
    place: float = 0.0
    said: str = ""


def interrupt(visit, place=0.0):
    """End what a tab is waiting for at once; returns the number of the turn that begins, and a sentence.

    With a place, in seconds, in the video that plays, the next one goes on there.
    """
    visit.turn += 1
    visit.place, visit.said = place, ""
    return visit.turn, GETTING_READY


def stop(visit):
    """As `interrupt`, when nothing comes next; returns the sentence."""
    interrupt(visit)
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
