"""dlib's frontal detector (histograms of oriented gradients) and 68-point predictor (Kazemi & Sullivan 2014)."""

import importlib.util
from pathlib import Path

import numpy as np

from talking_face.errors import CheckpointError
from talking_face.face import geometry
from talking_face.face.landmarks.views import Look, stretch

SIZES = (0.94, 1.0, 1.06)  # of the boxes for which landmarks are predicted, in sizes of the one given


class Dlib:
    """A `LandmarkSource` whose weights come with the package face_recognition_models."""

    name = "dlib"
    # Most photos stop at the first; the others are for far-away, tilted, dim and sideways faces.
    looks = (
        Look(640),
        Look(1280),
        Look(640, 30, True),
        Look(640, -30, True),
        Look(640, 0, True),
        Look(640, 90, True),
        Look(640, -90, True),
        Look(640, 180, True),
        Look(1280, 0, True),
        Look(2560),
    )
    clear_score = 1.5  # nine in ten portraits reach it
    lowest_score = 0.3  # below, a box holds no face

    def __init__(self):
        try:
            import dlib

            self._rectangle = dlib.rectangle
            self._detector = dlib.get_frontal_face_detector()
            self._predictor = dlib.shape_predictor(model_file("shape_predictor_68_face_landmarks.dat"))
        except (AttributeError, RuntimeError) as error:  # no package, no file in it, or a damaged one
            raise CheckpointError(
                "dlib's landmark weights are missing or damaged; please install face_recognition_models again."
            ) from error

    @staticmethod
    def is_available():
        return importlib.util.find_spec("face_recognition_models") is not None

    def detect(self, view):
        boxes, scores, _ = self._detector.run(view, 0, self.lowest_score)
        return [np.array([r.left(), r.top(), r.right(), r.bottom()], float) for r in boxes], list(scores)

    def place(self, view, box):
        """From boxes of several sizes, on the view and its mirror image."""
        view = stretch(view)  # the predictor compares pixels by fixed thresholds, learnt in good light
        mirrored = np.ascontiguousarray(view[:, ::-1])
        last = view.shape[1] - 1
        flipped = np.array([last - box[2], box[1], last - box[0], box[3]])
        straight = np.stack([self._predict(view, box, size) for size in SIZES])
        back = np.stack([self._predict(mirrored, flipped, size) for size in SIZES])[:, geometry.MIRROR]
        return np.concatenate([straight, [last, 0] + back * [-1, 1]])

    def to_mesh(self, landmarks, adapter):
        return adapter(landmarks, regress=True)

    def _predict(self, view, box, size):
        """Landmarks (68, 2) for a box blown up by `size` about its centre."""
        centre, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * size
        corners = np.rint(np.concatenate([centre - half, centre + half])).astype(int)
        return np.array([(p.x, p.y) for p in self._predictor(view, self._rectangle(*corners.tolist())).parts()], float)


def model_file(name):
    """Path of one of dlib's models, found without importing their package: that needs the retired pkg_resources."""
    package = Path(importlib.util.find_spec("face_recognition_models").origin).parent
    return str(package / "models" / name)
