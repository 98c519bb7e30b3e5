"""Our own detector and mesh, each of which checks the other."""

import numpy as np

from talking_face.face.landmarks.base import LOST, UNSURE, Face
from talking_face.face.landmarks.views import equalise
from talking_face.face.mesh.topology import IBUG
from talking_face.paths import CHECKPOINTS

# Further looks at a face of which the first was not sure: (size of the box, degrees of tilt, light evened out).
LOOKS = ((1, 0, True), (0.8, 0, False), (1.25, 0, False), (1, 25, False), (1, -25, False), (1, 180, False))
APART = 0.12  # eye distances: scatter of the lips that costs most of the confidence
ASTRAY = 0.7  # eye distances that the mesh's eyes and mouth may be from where the detector has them, for the same
LOST_TRACK = 0.3  # confidence below which a face is no longer followed
CLOSE_UPS = (0.9, 0.65, 0.45)  # sides of the boxes tried where the detector sees no face, of the photo's shorter side
SAME = 1.0  # eye distances; two meshes closer to each other are of one face


class Mesh:
    """The `LandmarkSource` that ships.

    Parameters
    ----------
    mesh : path
        Weights of the mesh.
    """

    name = "mesh"

    def __init__(self, mesh=CHECKPOINTS / "mesh.safetensors"):
        from talking_face.face.detector.detector import FaceDetector
        from talking_face.face.mesh.predictor import MeshPredictor

        self._detector = FaceDetector.load(CHECKPOINTS / "detector.safetensors")
        self.predictor = MeshPredictor.load(mesh)

    @staticmethod
    def is_available():
        return True

    def find(self, image):
        detections = self._detector(image) or self._detector(equalise(image))
        faces = [self._place(image, detection) for detection in detections]
        if not any(face.confidence >= UNSURE for face in faces):
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
        return placed if placed.confidence > LOST_TRACK else None

    def _place(self, image, detection):
        """The face that a detection stands for, looked at again until mesh and detector agree."""
        best = self._look(image, detection, detection.box, detection.roll)
        even = None
        for size, degrees, equalised in LOOKS:
            if best.confidence >= UNSURE:
                break
            if equalised and even is None:
                even = equalise(image)
            middle, half = (detection.box[:2] + detection.box[2:]) / 2, (detection.box[2:] - detection.box[:2]) / 2
            box = np.concatenate([middle - size * half, middle + size * half])
            look = self._look(even if equalised else image, detection, box, detection.roll + degrees)
            best = max(best, look, key=lambda face: face.confidence)
        return best

    def _look(self, image, detection, box, roll):
        placed = self.predictor(image, box, roll)
        parts = np.stack([placed.mesh[list(points), :2].mean(0) for points in ((33, 133), (362, 263), (61, 291))])
        expected = np.stack([*detection.eyes, detection.mouth])
        astray = np.linalg.norm(parts - expected, axis=1).max() / placed.pose.scale
        return to_face(placed, astray)


def to_face(placed, astray=0.0):
    """The `Face` of a placed mesh whose eyes and mouth lie some eye distances from where they should."""
    agreement = np.exp(-((placed.scatter / APART) ** 2) - (astray / ASTRAY) ** 4)
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
