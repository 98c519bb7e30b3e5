"""A face with its landmarks, and what finds it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from talking_face.face.landmarks.adapter import Adapter
from talking_face.face.landmarks.views import Look


@dataclass(frozen=True)
class Face:
    """A face in a photo.

    Attributes
    ----------
    landmarks : ndarray, (68, 2) float32
        As the training data places them, photo pixels.
    scatter : float
        How far predictions of the lips lie from their mean, eye distances: 0.006 for most faces; above 0.02 the mouth
        may be covered or elsewhere.
    """

    landmarks: np.ndarray
    scatter: float = 0.0

    @property
    def box(self):
        """Left, top, right and bottom of the landmarks, photo pixels: (4,)."""
        return np.concatenate([self.landmarks.min(0), self.landmarks.max(0)])


class LandmarkSource(Protocol):
    """A detector of faces with a predictor of their landmarks; used by one thread at a time.

    Attributes
    ----------
    name : str
        What `FaceFinder` and the environment variable TALKING_FACE_LANDMARKS call it.
    looks : tuple of Look
        How to look at a photo, in this order, until a face is clearly seen.
    clear_score : float
        Detection score from which a face needs no further look.
    """

    name: str
    looks: tuple[Look, ...]
    clear_score: float

    def __init__(self):
        """Load the weights; raises CheckpointError where they are missing or damaged. Nothing is ever downloaded."""

    @staticmethod
    def is_available() -> bool:
        """Whether package and weights seem to be on this machine, found out without loading them."""

    def detect(self, view: np.ndarray) -> tuple[list[np.ndarray], list[float]]:
        """Boxes (4,) of upright faces in a view, (H, W, 3) uint8, in its pixels, and their scores."""

    def place(self, view: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Predictions (K, 68, 2) of the landmarks of the upright face in a box of a view, in the view's pixels.

        Their mean is the best guess. More than one are made from slightly different boxes, to see whether they agree.
        """

    def to_mesh(self, landmarks: np.ndarray, adapter: Adapter) -> np.ndarray:
        """Move landmarks (68, 2) from where this source places them to where the training data has them."""
