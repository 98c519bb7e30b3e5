"""What finds faces in photos and follows them through videos, by whichever source of landmarks it has."""

import logging
import os
import threading
from dataclasses import replace
from functools import cached_property

import numpy as np

from talking_face.concurrency.thread_pool import alone
from talking_face.errors import CheckpointError, ChoiceError, shown
from talking_face.face import geometry
from talking_face.face.landmarks.base import UNSURE
from talking_face.face.landmarks.face_alignment import FaceAlignment
from talking_face.face.landmarks.mesh import Mesh

SOURCES = {source.name: source for source in (Mesh, FaceAlignment)}  # what serves by default first
AGREEING = 0.08  # eye distances: lips of two sources that are no farther apart confirm each other


class FaceFinder:
    """Finds faces. It loads its source's weights when it first looks at something; threads may share it.

    Parameters
    ----------
    source : str, optional
        One of `SOURCES`; by default what the environment variable TALKING_FACE_LANDMARKS says, else our own mesh, with
        face-alignment asked where that is unsure and its weights are on this machine.
    """

    def __init__(self, source=None):
        self._choice = source or os.environ.get("TALKING_FACE_LANDMARKS") or None
        self._lock = threading.RLock()

    @cached_property
    def source(self):
        """The `LandmarkSource`; raises what `find` does where there is none."""
        if self._choice is None:
            return Mesh()
        if self._choice not in SOURCES:
            names = " or ".join(sorted(SOURCES))
            raise ChoiceError(f"There are no {shown(self._choice)!r} landmarks; please choose {names}.")
        return SOURCES[self._choice]()

    @cached_property
    def _second(self):
        """The source to ask where the first is unsure, or None."""
        if self._choice is None and FaceAlignment.is_available():
            try:
                return FaceAlignment()
            except CheckpointError as error:
                logging.getLogger(__name__).warning("%s", error)
        return None

    def find(self, image):
        """Find all faces of a photo, in whatever light, size or turn shows them first.

        Parameters
        ----------
        image : ndarray, (H, W, 3) uint8
            RGB.

        Returns
        -------
        list of Face
            Largest first; empty where there is none.

        Raises
        ------
        ChoiceError
            There is no such source.
        CheckpointError
            Weights are missing or damaged.
        """
        return alone(self._find, image)

    def track(self, image, face):
        """Find a face again in the next frame of a video, looking only where it was.

        Parameters
        ----------
        image : ndarray, (H, W, 3) uint8
            RGB.
        face : Face
            From the frame before.

        Returns
        -------
        Face or None
            None where it is no longer seen.
        """
        return alone(self._track, image, face)

    def _find(self, image):
        with self._lock:
            faces = self.source.find(image)
            if not (faces and all(face.confidence >= UNSURE for face in faces)) and self._second:
                faces = _reconciled(faces, self._second.find(image))
        return sorted(faces, key=lambda face: -np.prod(face.box[2:] - face.box[:2]))

    def _track(self, image, face):
        with self._lock:
            return self.source.track(image, face)


def _reconciled(faces, others):
    """Faces of which the first source was sure, or which the second has too, and else the second's own."""
    kept = [face for face in faces if face.confidence >= UNSURE]
    for other in others:
        right, left = geometry.eye_centres(other.landmarks)
        near = AGREEING * np.hypot(*(left - right))
        agree = [face for face in faces if _lips_apart(face, other) < near]
        if not any(_lips_apart(face, other) < 10 * near for face in kept):
            kept.append(replace(agree[0], confidence=max(agree[0].confidence, other.confidence)) if agree else other)
    return kept


def _lips_apart(face, other):
    """Mean distance between two faces' lips, pixels."""
    return np.linalg.norm((face.landmarks - other.landmarks)[geometry.LIPS], axis=1).mean()
