"""From where a source places landmarks to where the training data has them.

The training landmarks come from a 478-point face mesh; iBUG annotators, and so dlib and FAN, draw the jaw line, brows
and lips a little differently.
"""

from dataclasses import dataclass

import numpy as np

from talking_face.errors import CheckpointError
from talking_face.face import geometry
from talking_face.paths import CHECKPOINTS

ADAPTER = CHECKPOINTS / "landmarks.safetensors"


@dataclass(frozen=True)
class Adapter:
    """What `training.mesh.fit_landmarks` fitted, in face units.

    Attributes
    ----------
    mean : ndarray, (68, 2)
        dlib's mean face.
    offset : ndarray, (68, 2)
        The mesh's landmarks minus iBUG's, mean over people.
    weight : ndarray, (136, 136)
        Ridge regression from dlib's landmarks minus the mean to what the offset leaves: some of dlib's noise.
    """

    mean: np.ndarray
    offset: np.ndarray
    weight: np.ndarray

    @classmethod
    def load(cls, path=ADAPTER):
        """Read the shipped arrays; raises CheckpointError where they are missing or damaged."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            return cls(**{name: array.astype(np.float64) for name, array in load_file(path).items()})
        except (OSError, SafetensorError) as error:
            raise CheckpointError(f"{path.name} is missing or damaged; please install the program again.") from error

    def __call__(self, landmarks, regress):
        """Move landmarks to where the training data has them.

        Parameters
        ----------
        landmarks : ndarray, (68, 2)
            Photo pixels, or any frame that is a similarity away.
        regress : bool
            Apply the regression, which is fitted to dlib; otherwise the offset alone.

        Returns
        -------
        ndarray, (68, 2) float32
            In the frame of `landmarks`.
        """
        matrix = geometry.crop_matrix(landmarks)
        face = geometry.crop_to_face(geometry.transform(matrix, np.asarray(landmarks, np.float64)))
        moved = face + self.offset
        if regress:
            moved += ((face - self.mean).ravel() @ self.weight).reshape(68, 2)
        return geometry.transform(geometry.invert(matrix), geometry.face_to_crop(moved)).astype(np.float32)
