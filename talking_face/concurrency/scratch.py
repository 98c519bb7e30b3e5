"""Memory that is written anew for every frame: asking the system for it each time costs more than filling it."""

import math
import threading

import numpy as np


class Scratch(threading.local):
    """Arrays by name, of each thread its own, as large as the largest that was asked for."""

    def __init__(self) -> None:
        self._kept: dict[str, np.ndarray] = {}

    def __call__(self, name: str, shape: tuple[int, ...], dtype: type = np.float32) -> np.ndarray:
        """An array of any content, (*shape); good until the same thread asks for that name again."""
        size = math.prod(shape)
        if name not in self._kept or len(self._kept[name]) < size:
            self._kept[name] = np.empty(size, dtype)
        return self._kept[name][:size].reshape(shape)


scratch = Scratch()
