"""How real speakers hold and move their heads: trajectories to choose from, with the loudness of what they said."""

from dataclasses import dataclass

import numpy as np

from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights

KIND = "head motion"
CHANNELS = ("yaw", "pitch", "roll", "right", "down", "size", "brow_in", "brow_out")
MIRRORED = np.array([-1, 1, -1, -1, 1, 1, 1, 1], np.float32)  # what a mirror does to them


@dataclass(frozen=True)
class Library:
    """Trajectories of real heads, one recording after another.

    Attributes
    ----------
    track : ndarray, (N, 8) float32
        `CHANNELS`: deviation from the recording's mean in degrees (yaw, pitch, roll), eye distances (right, down), as a
        logarithm (size) and in blendshapes (brows).
    loudness : ndarray, (N,) float32
        0 to 1, as `prosody.loudness`.
    left : ndarray, (N,) int
        Frames from each one to the end of its recording.
    brows : ndarray, (2, 68, 2) float32
        What raised inner and outer brows do to landmarks, eye distances.
    mesh : ndarray, (478, 3) float32
        The mean face, eye distances from the middle of the eyes.
    """

    track: np.ndarray
    loudness: np.ndarray
    left: np.ndarray
    brows: np.ndarray
    mesh: np.ndarray

    @classmethod
    def load(cls, path=CHECKPOINTS / "life.safetensors"):
        """Read the shipped measurements."""
        tensors, _ = load_weights(path, KIND)
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        lengths = arrays.pop("lengths").astype(int)
        return cls(left=np.concatenate([np.arange(length, 0, -1) for length in lengths]), **arrays)
