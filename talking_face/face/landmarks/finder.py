"""What finds faces in photos and follows them through videos, by whichever source of landmarks it has."""

import logging
import os
import threading
from functools import cached_property

import numpy as np

from talking_face.errors import CheckpointError, ChoiceError, shown
from talking_face.face import geometry
from talking_face.face.images import warp
from talking_face.face.landmarks.adapter import Adapter
from talking_face.face.landmarks.base import Face
from talking_face.face.landmarks.dlib import Dlib
from talking_face.face.landmarks.face_alignment import FaceAlignment
from talking_face.face.landmarks.views import lies_in_photo, view

SOURCES = {source.name: source for source in (FaceAlignment, Dlib)}  # best first

PATCH = 512  # pixels; side of the upright, canonical patch in which landmarks are placed a second time
TRACKED = 256  # pixels; side of that in which a face is looked for in the next frame of a video


class FaceFinder:
    """Finds faces. It loads its source's weights when it first looks at something; threads may share it.

    Parameters
    ----------
    source : str, optional
        One of `SOURCES`; by default what the environment variable TALKING_FACE_LANDMARKS says, else the best one whose
        weights are on this machine.
    adapt : bool
        Whether to move landmarks to where the training data has them; otherwise they stay where the source places them.
    """

    def __init__(self, source=None, adapt=True):
        self._choice, self._adapt = source or os.environ.get("TALKING_FACE_LANDMARKS") or None, adapt
        self._lock = threading.RLock()

    @cached_property
    def source(self):
        """The `LandmarkSource`; raises what `find` does where there is none."""
        if self._choice is not None:
            if self._choice not in SOURCES:
                names = " or ".join(sorted(SOURCES))
                raise ChoiceError(f"There are no {shown(self._choice)!r} landmarks; please choose {names}.")
            return SOURCES[self._choice]()
        *better, last = SOURCES.values()
        for source in better:
            try:
                if source.is_available():
                    return source()
            except CheckpointError as error:
                logging.getLogger(__name__).warning("%s", error)
        return last()

    @cached_property
    def _adapter(self):
        return Adapter.load()

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
        with self._lock:
            seen = []
            for look in self.source.looks:
                pixels, matrix = view(image, look)
                boxes, scores = self.source.detect(pixels)
                found = [
                    pair for pair in zip(boxes, scores, strict=True) if lies_in_photo(pair[0], matrix, image.shape)
                ]
                best = max((score for _, score in found), default=-np.inf)
                # What looks much less like a face than the best box is none.
                seen.append((best, pixels, matrix, [box for box, score in found if score >= best / 3]))
                if best >= self.source.clear_score:
                    break
            _, pixels, matrix, boxes = max(seen, key=lambda found: found[0])
            faces = [self._place(image, pixels, matrix, box) for box in boxes]
        return sorted(faces, key=lambda face: -np.prod(face.box[2:] - face.box[:2]))

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
        with self._lock:
            matrix = geometry.crop_matrix(face.landmarks, TRACKED)
            patch = warp(image, matrix, (TRACKED, TRACKED))
            boxes, scores = self.source.detect(patch)
            if not boxes:
                return None
            placed = self.source.place(patch, boxes[int(np.argmax(scores))])
            placed = self.source.place(patch, self.source.box(placed))
            return self._face(geometry.transform(geometry.invert(matrix), placed))

    def _place(self, image, pixels, matrix, box):
        """The face in a view's box.

        Its landmarks are placed anew on the photo's own pixels with the face brought upright and to one size, so that
        neither matters; twice, as the first placing on a tilted face is poor.
        """
        points = geometry.transform(geometry.invert(matrix), self.source.place(pixels, box))
        for _ in range(2):
            to_patch = geometry.crop_matrix(points, PATCH)
            patch = warp(image, to_patch, (PATCH, PATCH))
            placed = self.source.place(patch, self.source.box(geometry.transform(to_patch, points)))
            points = geometry.transform(geometry.invert(to_patch), placed)
        return self._face(points)

    def _face(self, points):
        """The face with landmarks (68, 2) where the source has placed them, photo pixels."""
        return Face((self.source.to_mesh(points, self._adapter) if self._adapt else points).astype(np.float32))
