"""Faces in a photo, each with a mesh of 478 points and the 68 landmarks among them (iBUG layout, Sagonas et al. 2013).

    finder = FaceFinder()          # loads its weights when it first looks at something
    faces = finder.find(photo)     # in whatever light, size or turn shows them
    face = finder.track(frame, faces[0])

- `base`: what a face is, and what a source of landmarks has to offer;
- `mesh`, `face_alignment`: the sources, a file each; `finder.SOURCES` lists them;
- `views`: the ways to look at a photo;
- `adapter`: from where face-alignment places landmarks to where the training data has them.
"""

from talking_face.face.landmarks.base import Face, LandmarkSource
from talking_face.face.landmarks.finder import SOURCES, FaceFinder

__all__ = ["SOURCES", "Face", "FaceFinder", "LandmarkSource"]
