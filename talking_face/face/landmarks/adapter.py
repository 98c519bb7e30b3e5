"""From where face-alignment places landmarks to where the training data has them.

The training landmarks come from a 478-point face mesh; iBUG's annotators, and so FAN, draw the jaw line, brows and lips
a little differently.
"""

from dataclasses import dataclass

import numpy as np

from talking_face.face import geometry
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights


@dataclass(frozen=True)
class Adapter:
    """Moves landmarks.

    Attributes
    ----------
    offset : ndarray, (68, 2)
        The mesh's landmarks minus iBUG's, mean over people, eye distances.
    """

    offset: np.ndarray

    @classmethod
    def load(cls, path=CHECKPOINTS / "landmarks.safetensors"):
        """Read the shipped array; raises CheckpointError where it is missing or damaged."""
        tensors, _ = load_weights(path, "landmarks")
        return cls(tensors["offset"].double().numpy())

    def __call__(self, landmarks):
        """Move landmarks (68, 2), in photo pixels, to where the training data has them; returns the same as float32."""
        matrix = geometry.crop_matrix(landmarks)
        face = geometry.crop_to_face(geometry.transform(matrix, np.asarray(landmarks, np.float64)))
        moved = geometry.face_to_crop(face + self.offset)
        return geometry.transform(geometry.invert(matrix), moved).astype(np.float32)
