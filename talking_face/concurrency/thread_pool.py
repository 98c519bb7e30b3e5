"""Work on several cores: pieces of it side by side, each on one core.

Frames are so small that sharing out the work within one of them costs more than it gains. What is asked for in one of
the threads is done right there.
"""

import functools
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_WORKERS = 4  # each holds a piece of the result in memory

_thread = threading.local()  # has `works` in the threads themselves, which must not wait for each other


def in_order(function: Callable[[Item], Result], items: Iterable[Item], depth: int | None = None) -> Iterator[Result]:
    """Apply a function to items side by side, a few items ahead of whoever takes the results.

    Parameters
    ----------
    function : callable
        Works mostly in code that releases the interpreter's lock, as torch and cv2 do.
    items : iterable
        Read as needed.
    depth : int, optional
        How many items ahead; by default as many as there are threads.

    Yields
    ------
    object
        Results in the order of the items. Closing the generator early gives up the rest.
    """
    if hasattr(_thread, "works"):
        yield from map(function, items)
        return
    pool, count = _pool()
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > (count if depth is None else depth):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def alone(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function in one of the threads, wait, and return its result.

    For work of milliseconds, torch's own threads lose more waiting for each other than they gain, above all where
    others want the cores as well.
    """
    return beside(function, *arguments)()


def beside(function: Callable[..., Result], *arguments: Any) -> Callable[[], Result]:
    """Begin to call a function in one of the threads; what is returned waits for its result."""
    if hasattr(_thread, "works"):
        result = function(*arguments)
        return lambda: result
    return _pool()[0].submit(function, *arguments).result


def worker_count() -> int:
    """How many threads there are."""
    return _pool()[1]


@functools.cache
def _pool() -> tuple[ThreadPoolExecutor, int]:
    """The threads, shared by everyone, and their number."""
    import cv2
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = min(MAX_WORKERS, cores)
    pool = ThreadPoolExecutor(count, "render", _compute_alone)
    # What a thread sets becomes the default of threads that start later; so all start now, and then it is put back.
    threads = torch.get_num_threads()
    started = threading.Barrier(count + 1)
    for _ in range(count):
        pool.submit(started.wait)
    started.wait()
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    return pool, count


def _compute_alone() -> None:
    """Let torch use this thread alone for what it is asked to do here."""
    import torch

    _thread.works = True
    torch.get_num_threads()  # before the first question, the thread takes over the default, whatever was set
    torch.set_num_threads(1)
