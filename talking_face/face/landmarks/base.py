"""A face with its landmarks, and what finds it."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from typing_extensions import Self

from talking_face.face import geometry

UNSURE, LOST = 0.6, 0.4  # see `Face.confidence`; chosen on people whom the networks never saw, by `evaluate`


@dataclass(frozen=True)
class Face:
    """A face in a photo, photo pixels; a pixel's centre is at its index.

    Attributes
    ----------
    landmarks : ndarray, (68, 2) float32
        As the training data places them.
    mesh : ndarray, (478, 3) float32
        MediaPipe's points with depth, smaller is nearer.
    pose : tuple of three floats
        Yaw, pitch and roll in degrees; their signs as in `pose`.
    confidence : float
        0 to 1: that this is a face and that the mesh lies on it. Below `UNSURE`, it may be none; below `LOST`, it is.
    lips_confidence : float
        0 to 1: that the lips are in sight.
    scatter : float
        How far apart predictions of the lips lie, eye distances.
    """

    landmarks: np.ndarray
    mesh: np.ndarray
    pose: tuple[float, float, float] = (0.0, 0.0, 0.0)
    confidence: float = 1.0
    lips_confidence: float = 1.0
    scatter: float = 0.0

    @property
    def box(self) -> np.ndarray:
        """Left, top, right and bottom of the landmarks, photo pixels: (4,)."""
        return np.concatenate([self.landmarks.min(0), self.landmarks.max(0)])

    def moved(self, matrix: np.ndarray) -> Self:
        """The same face in a picture that a similarity (2, 3) makes of the photo."""
        scale, angle = np.hypot(*matrix[:, 0]), np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
        yaw, pitch, roll = self.pose
        flat = geometry.transform(matrix, self.mesh[:, :2])
        return replace(
            self,
            landmarks=geometry.transform(matrix, self.landmarks).astype(np.float32),
            mesh=np.column_stack([flat, scale * self.mesh[:, 2]]).astype(np.float32),
            pose=(yaw, pitch, float((roll + angle + 180) % 360 - 180)),
        )


class LandmarkSource(Protocol):
    """Finds faces and places their landmarks; used by one thread at a time.

    Attributes
    ----------
    name : str
        What `FaceFinder` and the environment variable TALKING_FACE_LANDMARKS call it.
    """

    name: str

    def __init__(self) -> None:
        """Load the weights; raises CheckpointError where they are missing or damaged. Nothing is ever downloaded."""

    @staticmethod
    def is_available() -> bool:
        """Whether package and weights seem to be on this machine, found out without loading them."""

    def find(self, image: np.ndarray) -> list[Face]:
        """All faces of a photo, (H, W, 3) uint8, in whatever light, size or turn shows them first; in any order."""

    def track(self, image: np.ndarray, face: Face) -> Face | None:
        """A face again in the next frame of a video, (H, W, 3) uint8; None where it is no longer seen."""
