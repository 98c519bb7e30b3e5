"""Work ahead: one thread renders while another encodes."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

Item = TypeVar("Item")

END = object()


def ahead(items: Iterable[Item], depth: int = 1) -> Iterator[Item]:
    """Iterate in a thread of its own, up to `depth` items ahead of whoever takes them.

    Parameters
    ----------
    items : iterable
        Consumed in the thread; its exceptions are raised here, in order.
    depth : int
        Finished items that may wait, which bounds the memory.

    Yields
    ------
    object
        The items. Closing this generator early ends the thread at its next item.
    """
    waiting: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(depth)
    stop = threading.Event()

    def put(item: tuple[Any, BaseException | None]) -> None:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def work() -> None:
        try:
            for item in items:
                put((item, None))
                if stop.is_set():
                    return
            put((END, None))
        except BaseException as error:  # raised again where it is noticed
            put((END, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if error is not None:
                raise error
            if item is END:
                return
            yield item
    finally:
        stop.set()
        thread.join()
