"""What a generator is: whatever makes the frames, behind `engine.TalkingFace`."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
from typing_extensions import Self

from talking_face.audio import Speech
from talking_face.face.portrait import Portrait


class Generator(Protocol):
    """Makes frames of a portrait saying a speech; a subclass, and a line in `registry.MODELS`, is a model.

    Attributes
    ----------
    KIND : str
        What the header of its weights says they belong to; see `weights.save_weights`. Weights given by their path find
        their generator by it.
    """

    KIND: ClassVar[str]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read weights.

        Raises
        ------
        CheckpointError
            They are missing, damaged, another network's or of other emotions.
        """

    def frames(
        self,
        portrait: Portrait,
        speech: Speech,
        emotion: str | tuple[tuple[float, str], ...],
        intensity: float,
        seed: int,
        crop: bool,
        liveliness: float,
        first: int = 0,
    ) -> Iterator[np.ndarray]:
        """Make the frames of a video; arguments as for `engine.TalkingFace.render`, already checked.

        Parameters
        ----------
        portrait : Portrait
        speech : Speech
        emotion : str or tuple of (float, str)
            As `timeline.parse_emotions` returns it.
        intensity : float
            0 to 1.5.
        seed : int
            Of whatever is random; the same seed gives the same frames.
        crop : bool
            The canonical 256 px crop instead of the whole photo.
        liveliness : float
            Of head, eyes and brows, 0 to 1.5.
        first : int
            Index of the frame to begin with.

        Yields
        ------
        ndarray, (T, H, W, 3) uint8
            Consecutive frames, RGB, `speech.frames` less `first` in all.
        """

    def get_ready(self, portrait: Portrait | None = None, speech: Speech | None = None) -> None:
        """Do ahead, and remember, what is done once a portrait or once a speech; nothing by default."""

    def forget(self) -> None:
        """Drop what is kept of photos; nothing by default."""
