"""Faces that are where a test puts them, whatever a photo shows."""

import numpy as np

from talking_face.face.landmarks import Face
from talking_face.face.mesh.topology import IBUG
from talking_face.face.shape import FaceShape


def planted_face(centre, eye_distance, **seen):
    """The mean face, upright and frontal, around a place between its eyes; `seen` are more of a Face's attributes."""
    landmarks = np.asarray(centre, np.float64) + eye_distance * FaceShape.load().mean
    mesh = np.zeros((478, 3), np.float32)
    mesh[list(IBUG), :2] = landmarks
    return Face(landmarks.astype(np.float32), mesh, **seen)


class PlantedFinder:
    """Finds these faces, and never sees one again that it is asked to follow."""

    def __init__(self, *faces):
        self.faces, self.asked = list(faces), 0

    def find(self, image):
        self.asked += 1
        return self.faces

    def track(self, image, face):
        return None


def grey(width=1280, height=960):
    """A photo of nothing, (H, W, 3) uint8."""
    return np.full((height, width, 3), 128, np.uint8)
