"""The package face-alignment: S3FD's detector and FAN's landmarks (Bulat & Tzimiropoulos 2017), on the CPU."""

import importlib.util
import os
from pathlib import Path

import numpy as np

from talking_face.errors import CheckpointError
from talking_face.face.landmarks.views import Look

# What face-alignment 1.5 looks for in torch's cache.
FILES = ("s3fd-619a316812.pth", "2DFAN4-11f355bf06.pth.tar")


class FaceAlignment:
    """A `LandmarkSource` whose weights have to lie in torch's cache already."""

    name = "face-alignment"
    # S3FD sees small, tilted and dim faces by itself, and is slow on large pictures.
    looks = (Look(480), Look(480, 90), Look(480, -90), Look(480, 180), Look(1280))
    clear_score = 0.9  # probability of a face

    def __init__(self):
        if not self.is_available():
            raise CheckpointError(
                "The weights of face-alignment are not on this machine; please choose dlib landmarks."
            )
        try:
            from face_alignment import FaceAlignment, LandmarksType

            # Compiling would take minutes to save seconds.
            self._model = FaceAlignment(LandmarksType.TWO_D, device="cpu", compile=False)
        except Exception as error:  # what torch makes of a damaged file
            raise CheckpointError(
                "The weights of face-alignment are damaged; please delete them from torch's cache, or choose dlib "
                "landmarks."
            ) from error

    @staticmethod
    def is_available():
        if importlib.util.find_spec("face_alignment") is None:
            return False
        # What torch.hub.get_dir says; asking it would import torch, without which dlib finds a face.
        home = os.environ.get("TORCH_HOME", os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch"))
        folder = Path(os.path.expanduser(home), "hub", "checkpoints")
        return all((folder / name).is_file() for name in FILES)

    def detect(self, view):
        found = [np.asarray(face, float) for face in self._model.face_detector.detect_from_image(view)]
        return [face[:4] for face in found], [face[4] for face in found]

    def place(self, view, box):
        return np.asarray(self._model.get_landmarks_from_image(view, detected_faces=[box]), float)

    def to_mesh(self, landmarks, adapter):
        return adapter(landmarks, regress=False)
