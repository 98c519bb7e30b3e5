"""The package face-alignment: S3FD's detector and FAN's landmarks (Bulat & Tzimiropoulos 2017), on the CPU."""

import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from talking_face.errors import CheckpointError
from talking_face.face import geometry
from talking_face.face.detector.detection import square_box
from talking_face.face.images import warp
from talking_face.face.landmarks.adapter import Adapter
from talking_face.face.landmarks.base import Face
from talking_face.face.landmarks.mesh import to_face
from talking_face.face.landmarks.views import Look, lies_in_photo, view
from talking_face.paths import CHECKPOINTS

# Where face-alignment 1.5 has its weights from, and what it looks for in torch's cache.
ADDRESSES = (
    "https://www.adrianbulat.com/downloads/python-fan/s3fd-619a316812.pth",
    "https://www.adrianbulat.com/downloads/python-fan/2DFAN4-11f355bf06.pth.tar",
)
FILES = tuple(address.rsplit("/", 1)[1] for address in ADDRESSES)
# S3FD sees small, tilted and dim faces by itself, and is slow on large pictures.
LOOKS = (Look(480), Look(480, 90), Look(480, -90), Look(480, 180), Look(1280))
CLEAR = 0.9  # detection score from which a face needs no further look
PATCH = 512  # pixels; side of the upright patch in which landmarks are placed
TRACKED = 256  # pixels; side of that in which a face is looked for in the next frame of a video


def cache_folder():
    """Where torch keeps what it fetches: what torch.hub.get_dir says, which would import torch."""
    home = os.environ.get("TORCH_HOME", os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch"))
    return Path(os.path.expanduser(home), "hub", "checkpoints")


class FaceAlignment:
    """A `LandmarkSource` whose weights have to lie in torch's cache already; depth and pose are our own mesh's."""

    name = "face-alignment"

    def __init__(self):
        from talking_face.face.mesh.predictor import MeshPredictor

        if not self.is_available():
            raise CheckpointError(
                "The weights of face-alignment are not on this machine; please choose the mesh, or get them by the "
                "command fetch-weights."
            )
        try:
            from face_alignment import FaceAlignment, LandmarksType

            # Compiling would take minutes to save seconds.
            self._model = FaceAlignment(LandmarksType.TWO_D, device="cpu", compile=False)
        except Exception as error:  # what torch makes of a damaged file
            raise CheckpointError(
                "The weights of face-alignment are damaged; please get them again by the command fetch-weights, or "
                "choose the mesh."
            ) from error
        self._adapt = Adapter.load()
        self._predictor = MeshPredictor.load(CHECKPOINTS / "mesh.safetensors")

    @staticmethod
    def is_available():
        if importlib.util.find_spec("face_alignment") is None:
            return False
        return all((cache_folder() / name).is_file() for name in FILES)

    def find(self, image):
        seen = []
        for look in LOOKS:
            pixels, matrix = view(image, look)
            found = [(box, score) for box, score in self._detect(pixels) if lies_in_photo(box, matrix, image.shape)]
            best = max((score for _, score in found), default=-np.inf)
            # What looks much less like a face than the best box is none.
            seen.append((best, pixels, matrix, [box for box, score in found if score >= best / 3]))
            if best >= CLEAR:
                break
        _, pixels, matrix, boxes = max(seen, key=lambda found: found[0])
        return [self._place(image, pixels, matrix, box) for box in boxes]

    def track(self, image, face):
        matrix = geometry.crop_matrix(face.landmarks, TRACKED)
        patch = warp(image, matrix, (TRACKED, TRACKED))
        found = self._detect(patch)
        return self._place(image, patch, matrix, max(found, key=lambda pair: pair[1])[0]) if found else None

    def _detect(self, pixels):
        """Boxes (4,) of faces and their scores."""
        found = [np.asarray(face, float) for face in self._model.face_detector.detect_from_image(pixels)]
        return [(face[:4], face[4]) for face in found]

    def _place(self, image, pixels, matrix, box):
        """The face in a view's box: placed there, and again with the face upright, on the photo's own pixels."""
        rough = geometry.transform(geometry.invert(matrix), self._landmarks(pixels, box))
        matrix = geometry.crop_matrix(rough, PATCH)
        upright = geometry.transform(matrix, rough)
        box = np.concatenate([upright.min(0), upright.max(0)])  # as in FAN's training
        points = self._landmarks(warp(image, matrix, (PATCH, PATCH)), box)
        points = self._adapt(geometry.transform(geometry.invert(matrix), points))
        return self._with_mesh(image, points)

    def _landmarks(self, pixels, box):
        return np.asarray(self._model.get_landmarks_from_image(pixels, detected_faces=[box])[0], float)

    def _with_mesh(self, image, points):
        """A `Face` of FAN's landmarks (68, 2), photo pixels, with our mesh and what it says of pose and lips."""
        eyes = geometry.eye_centres(points)
        across = eyes[1] - eyes[0]
        box = square_box(eyes, points[geometry.LIPS].mean(0), np.hypot(*across))
        roll = np.degrees(np.arctan2(across[1], across[0]))
        placed = self._predictor(image, box, roll)
        face: Face = to_face(placed)
        return replace(face, landmarks=points.astype(np.float32))
