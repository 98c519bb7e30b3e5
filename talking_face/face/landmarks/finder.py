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

PATCH = 512  # pixels; side of the upright patch in which landmarks are placed
PATCH_FACE = 0.6  # side of the detector's box in it, in sides of the patch
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
            predictions = self.source.place(patch, boxes[int(np.argmax(scores))])
            return self._face(geometry.transform(geometry.invert(matrix), predictions))

    def _place(self, image, pixels, matrix, box):
        """The face in a view's box.

        Its landmarks are placed on the photo's own pixels with the face brought upright and to one size, so that
        neither matters: in the view's box, and in the one that the detector draws on the upright face. Those of which
        the predictions agree best are kept, as they scatter where a box does not suit a face.
        """
        from_view = geometry.invert(matrix)
        rough = geometry.transform(from_view, self.source.place(pixels, box).mean(0))
        to_patch = _upright(rough, geometry.transform(from_view, box.reshape(2, 2)), PATCH_FACE * PATCH)
        patch = warp(image, to_patch, (PATCH, PATCH))
        side = np.array([-1, -1, 1, 1]) * PATCH_FACE / 2
        boxes = [(0.5 + side) * PATCH, *self._detect_upright(patch)]
        faces = [
            self._face(geometry.transform(geometry.invert(to_patch), self.source.place(patch, box))) for box in boxes
        ]
        return min(faces, key=lambda face: face.scatter)

    def _detect_upright(self, patch):
        """The box, if any, in which the source sees the face of a patch, at half its resolution, which is enough."""
        half = warp(patch, np.array([[0.5, 0, -0.25], [0, 0.5, -0.25]]), (PATCH // 2, PATCH // 2))
        boxes, scores = self.source.detect(half)
        return [boxes[int(np.argmax(scores))] * 2 + 0.5] if boxes else []

    def _face(self, predictions):
        """The face that a source's predictions (K, 68, 2), photo pixels, make out."""
        points = predictions.mean(0)
        lips = np.linalg.norm((predictions - points)[:, geometry.LIPS], axis=-1).mean()
        right, left = geometry.eye_centres(points)
        if self._adapt:
            points = self.source.to_mesh(points, self._adapter)
        return Face(points.astype(np.float32), float(lips / max(np.hypot(*(left - right)), 1e-6)))


def _upright(landmarks, corners, side):
    """Transform of a photo to a patch in which the eyes are level, with a detector's box centred at a size.

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        For the tilt of the eyes, photo pixels.
    corners : ndarray, (2, 2)
        Opposite corners of the box, photo pixels.
    side : float
        The box's side in the patch, pixels.

    Returns
    -------
    ndarray, (2, 3)
        Photo pixel -> patch pixel.
    """
    right, left = geometry.eye_centres(landmarks)
    cosine, sine = (left - right) / max(np.hypot(*(left - right)), 1e-6)
    scale = side * np.sqrt(2) / np.hypot(*(corners[1] - corners[0]))
    linear = scale * np.array([[cosine, sine], [-sine, cosine]])
    return np.column_stack([linear, np.full(2, PATCH / 2) - linear @ corners.mean(0)])
