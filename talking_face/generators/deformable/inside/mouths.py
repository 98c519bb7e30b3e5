"""From a photo to the anatomy of its mouth."""

import numpy as np

from talking_face.face import geometry
from talking_face.face.shape import FaceShape, resting_landmarks
from talking_face.generators.deformable.inside.anatomy import Anatomy
from talking_face.generators.deformable.inside.own import own_row
from talking_face.generators.deformable.inside.teeth import Teeth


class Mouths:
    """Knows teeth and faces, and makes an `Anatomy` for any photo.

    Parameters
    ----------
    teeth : Teeth
    shape : FaceShape
    """

    def __init__(self, teeth, shape):
        self.teeth, self.shape = teeth, shape

    @classmethod
    def load(cls):
        """Read what ships; raises CheckpointError."""
        return cls(Teeth.load(), FaceShape.load())

    def own_teeth(self, picture, crop, landmarks):
        """The upper teeth that a photo shows, or None.

        Parameters
        ----------
        picture : ndarray, (512, 512, 3) uint8
            The canonical crop, in detail.
        crop, landmarks
            As for calls.

        Returns
        -------
        teeth.Row or None
        """
        return own_row(picture, landmarks, self._rest(landmarks), self._light(crop, landmarks))

    def __call__(self, crop, landmarks, corner, yaw=0.0, blur=0.0, row=None, without=()):
        """What is between the lips of a photo.

        Parameters
        ----------
        crop : ndarray, (256, 256, 3) uint8
            The canonical crop.
        landmarks : ndarray, (68, 2)
            Face units.
        corner : ndarray, (2,)
            Upper left corner of the mouth region, face units.
        yaw : float
            How far the head is turned to the picture's right, degrees.
        blur : float
            Of the photo, as `sharpness.blur_of` measures it.
        row : teeth.Row, optional
            Whose teeth to take; by default those of the bank that fit best.
        without : collection of str
            Whose teeth are not to be taken from the bank.

        Returns
        -------
        Anatomy
        """
        rest = self._rest(landmarks)
        row = row or self.teeth.choose(rest, without)
        return Anatomy.of(row, row.colour_in(self._light(crop, landmarks)), rest, corner, yaw, blur)

    def _rest(self, landmarks):
        return resting_landmarks(np.asarray(landmarks, np.float64), self.shape).astype(np.float64)

    def _light(self, crop, landmarks):
        return self.teeth.colour(crop, geometry.face_to_crop(np.asarray(landmarks, np.float64)))
