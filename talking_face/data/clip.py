"""A clip: a talking face, aligned, with its sound, as training and evaluation read it."""

from dataclasses import dataclass

import numpy as np

SIZE = 128  # pixels, side of a clip's pictures
SPEECH_RATE = 8000  # Hz


@dataclass(frozen=True, eq=False)
class Clip:
    """A talking face, aligned, with its sound.

    Attributes
    ----------
    id : str
        Unique in a data set.
    speaker : str
    emotion : str
        One of `EMOTIONS`; "" if not known.
    intensity : str
        One of `clip_names.INTENSITIES`.
    split : str
        "train" or "val".
    video : ndarray, (T, 128, 128, 3) uint8
        RGB, 25 frames a second.
    speech : ndarray, (N,) float32
        8 kHz, peak 1.
    landmarks : ndarray, (T, 68, 2) float32, or None
        iBUG-68, pixels of `video`.
    speech_16k : ndarray, (2 N,) float32, or None
        16 kHz, at the level that the networks hear.
    photo : ndarray, (128, 128, 3) uint8
        The face at rest, RGB; by default the first frame.
    synthetic : bool
        Whether the pictures were made by moving those of another clip.
    source : str
        File that it was made from.
    licence : str
    crop : ndarray, (2, 3) float64, or None
        Pixel of the source -> pixel of the 256 px crop.
    """

    id: str
    speaker: str
    emotion: str
    intensity: str
    split: str
    video: np.ndarray
    speech: np.ndarray
    landmarks: np.ndarray | None = None
    speech_16k: np.ndarray | None = None
    photo: np.ndarray | None = None
    synthetic: bool = False
    source: str = ""
    licence: str = ""
    crop: np.ndarray | None = None

    def __post_init__(self):
        if self.photo is None:
            object.__setattr__(self, "photo", self.video[0])


def shrink(face):
    """The canonical crop at the size that the reference's networks take: (256, 256, 3) -> (128, 128, 3) uint8."""
    import cv2

    return cv2.resize(face, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
