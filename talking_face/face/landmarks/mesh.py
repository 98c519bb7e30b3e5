"""Our own detector and mesh, each of which checks the other."""

import numpy as np

from talking_face.face.landmarks.base import LOST, UNSURE, Face
from talking_face.face.mesh.topology import IBUG, MOUTH_CORNERS, eye_centres
from talking_face.paths import CHECKPOINTS

# Eye distances: what costs most of the confidence. Chosen on photos without faces and on people held out.
EXPECTED = 0.085  # error of the lips that the mesh's own network expects
APART = 0.12  # scatter of the lips
ASTRAY = 0.9  # from where the detector has eyes and mouth
SURE = 0.8  # confidence from which no further look is taken
PROPOSED = 0.4  # score of the detector from which the mesh has a look
CLOSE_UPS = (0.9, 0.65, 0.45)  # sides of the boxes tried where the detector sees no face, of the photo's shorter side
SAME = 1.0  # eye distances; two meshes closer to each other are of one face


class Mesh:
    """The `LandmarkSource` that ships.

    Parameters
    ----------
    folder : path
        Of the weights, `detector.safetensors` and `mesh.safetensors`.
    mesh : path, optional
        Other weights of the mesh.
    """

    name = "mesh"

    def __init__(self, folder=CHECKPOINTS, mesh=None):
        from talking_face.face.detector.detector import FaceDetector
        from talking_face.face.mesh.predictor import MeshPredictor

        self._detector = FaceDetector.load(folder / "detector.safetensors", rounds=1)
        self.predictor = MeshPredictor.load(mesh or folder / "mesh.safetensors")

    @staticmethod
    def is_available():
        return True

    def find(self, image):
        faces = []
        for detections in self._detector.scan(image, PROPOSED):
            faces = [self._place(image, detection) for detection in detections]
            if any(face.confidence >= SURE for face in faces):
                break
        else:
            faces += [to_face(self.predictor(image, box)) for box in _close_up_boxes(image)]
        # Beside a face that is one, what may be none is none.
        least = UNSURE if any(face.confidence >= UNSURE for face in faces) else LOST
        kept = []
        for face in sorted(faces, key=lambda face: -face.confidence):
            if face.confidence >= least and not any(_same(face, other) for other in kept):
                kept.append(face)
        return kept

    def track(self, image, face):
        placed = to_face(self.predictor.follow_up(image, face.mesh))
        return placed if placed.confidence > LOST else None

    def _place(self, image, detection):
        """The face that a detection stands for."""
        placed = self.predictor(image, detection.box, detection.roll)
        mesh = placed.mesh[:, :2]
        parts = np.stack([*eye_centres(mesh), mesh[list(MOUTH_CORNERS)].mean(0)])
        expected = np.stack([*detection.eyes, detection.mouth])
        return to_face(placed, np.linalg.norm(parts - expected, axis=1).max() / placed.pose.scale)


def to_face(placed, astray=0.0):
    """The `Face` of a placed mesh whose eyes and mouth lie some eye distances from where they should."""
    doubts = (placed.expected_error / EXPECTED, placed.scatter / APART, astray / ASTRAY)
    agreement = np.exp(-sum(doubt**4 for doubt in doubts))
    return Face(
        placed.mesh[list(IBUG), :2],
        placed.mesh,
        placed.pose.degrees,
        float(placed.confidence * agreement),
        placed.lips_confidence,
        placed.scatter,
    )


def _close_up_boxes(image):
    """Boxes (4,) of a face that fills a picture more or less."""
    middle, short = np.array(image.shape[1::-1]) / 2, min(image.shape[:2])
    return [np.concatenate([middle - share * short / 2, middle + share * short / 2]) for share in CLOSE_UPS]


def _same(face, other):
    """Whether two meshes are of one face."""
    apart = np.linalg.norm(face.landmarks.mean(0) - other.landmarks.mean(0))
    return apart < SAME * np.ptp(other.landmarks[[36, 45], 0]) / 1.5
