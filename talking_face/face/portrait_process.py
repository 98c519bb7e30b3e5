"""A portrait found in a process of its own, while this one still loads what makes the frames.

In a fresh process, reading dlib's 100 MB of landmark weights and importing torch take about a second each, and both
hold the interpreter's lock: two threads would take turns.
"""

import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context

from talking_face.face.portrait import find_portrait


@contextmanager
def portrait_ahead(image, max_side):
    """Begin to look for the face in a photo.

    Parameters
    ----------
    image, max_side
        As for `TalkingFace.portrait`.

    Yields
    ------
    callable
        Takes the engine; waits for the portrait and returns it, or raises what `TalkingFace.portrait` does. Where torch
        is here already, there is nothing to gain, and the engine finds the portrait itself.
    """
    if "torch" in sys.modules:
        yield lambda engine: engine.portrait(image, max_side)
        return
    # Ctrl-C reaches both processes; this one answers it.
    with ProcessPoolExecutor(1, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)) as process:
        yield partial(_wait, process.submit(find_portrait, image, max_side), image, max_side)


def _wait(future, image, max_side, engine):
    try:
        return future.result()
    except BrokenProcessPool:  # ended from outside, for want of memory perhaps
        return engine.portrait(image, max_side)
