"""Results that are worked out once, whoever asks for them, and however many at a time."""

import threading
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Generic, TypeVar

from talking_face.concurrency.thread_pool import alone

Result = TypeVar("Result")


class Once(Generic[Result]):
    """A function that remembers its last few results.

    Who asks for one that is being computed waits for it.

    Parameters
    ----------
    function : callable
        Of hashable arguments. What it raises is not remembered.
    size : int
        How many results are.
    run : callable, optional
        Runs a computation, or the wait for it: in one of the threads of `thread_pool` by default.
    """

    def __init__(
        self, function: Callable[..., Result], size: int, run: Callable[[Callable[[], Result]], Result] = alone
    ) -> None:
        self._run, self._lock = run, threading.Lock()
        self._begun = lru_cache(size)(lambda *given: _Work(partial(function, *given)))

    def __call__(self, *given: Any) -> Result:
        with self._lock:
            work = self._begun(*given)
        return work.results[0] if work.results else self._run(work.result)

    def clear(self) -> None:
        """Forget all results."""
        self._begun.cache_clear()


class _Work:
    def __init__(self, make: Callable[[], Any]) -> None:
        self.results: list[Any] = []
        self._make, self._lock = make, threading.Lock()

    def result(self) -> Any:
        with self._lock:
            if not self.results:
                self.results.append(self._make())
            return self.results[0]
