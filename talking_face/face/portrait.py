"""The portrait: one face of a photo, with its landmarks and the transform to the canonical crop.

Examples
--------
>>> portrait = find_portrait("me.jpg")
>>> portrait.crop  # what the generator sees
>>> portrait.matrix  # how to paste its frames back into portrait.image
"""

from dataclasses import dataclass, field, replace

import numpy as np

from talking_face.errors import PhotoError
from talking_face.face import geometry
from talking_face.face.checks import check, quality_notes
from talking_face.face.closer import closer
from talking_face.face.images import MAX_SIDE, load_photo, reusable, warp
from talking_face.face.landmarks import Face, FaceFinder
from talking_face.limits import SIDES, check_number

SMILING = 0.06  # eye distances between lips that show teeth
MAX_FACES = 999  # that one may ask for


@dataclass(frozen=True)
class Portrait:
    """A face, ready to be moved.

    Attributes
    ----------
    image : ndarray, (H, W, 3) uint8
        The whole photo, or the part around a face that is small in it, RGB; H and W are even.
    landmarks : ndarray, (68, 2) float32
        As the training data places them, photo pixels; a pixel's centre is at its index.
    matrix : ndarray, (2, 3) float64
        Similarity transform, photo pixel -> crop pixel.
    crop : ndarray, (256, 256, 3) uint8
        The canonical crop; reflected where it leaves the photo.
    notes : tuple of str
        What the person should know about their photo, a sentence each.
    mesh : ndarray, (478, 3) float32, or None
        MediaPipe's points with depth, smaller is nearer; photo pixels. None where only the landmarks are known.
    pose : tuple of three floats
        Yaw, pitch and roll in degrees; their signs as in `pose`.
    confidence : float
        0 to 1: that this is a face and that the mesh lies on it.
    number : int
        Which face of the photo this is, by size, from 1.
    boxes : ndarray, (N, 4) float64
        Left, top, right and bottom of all faces in the photo, the largest first; in pixels of the photo as it came.
    origin : ndarray, (2, 3) float64
        Pixel of `image` -> pixel of the photo as it came: at its own resolution, turned as its EXIF tag says.
    smile : Portrait, optional
        Another one of the same person, showing their teeth.
    """

    image: np.ndarray
    landmarks: np.ndarray
    matrix: np.ndarray
    crop: np.ndarray
    notes: tuple[str, ...] = ()
    mesh: np.ndarray | None = None
    pose: tuple[float, float, float] = (0.0, 0.0, 0.0)
    confidence: float = 1.0
    number: int = 1
    boxes: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))
    origin: np.ndarray = field(default_factory=lambda: np.eye(2, 3))
    smile: "Portrait | None" = None


@dataclass(frozen=True)
class Photo:
    """A photo with the faces in it.

    Attributes
    ----------
    image : ndarray, (H, W, 3) uint8
        RGB; H and W are even.
    faces : list of Face
        The largest first; at least one.
    origin : ndarray, (2, 3) float64
        As a `Portrait`'s.
    source, max_side, finder
        As `find_faces` got them, for a closer look at a face.
    """

    image: np.ndarray
    faces: list[Face]
    origin: np.ndarray
    source: object
    max_side: int
    finder: FaceFinder

    @property
    def boxes(self):
        """As a `Portrait`'s."""
        corners = np.stack([face.box for face in self.faces]).reshape(-1, 2, 2)
        return geometry.transform(self.origin, corners.astype(np.float64)).reshape(-1, 4)

    def upright(self, number):
        """The same photo by the quarter turns that bring a face upright: Photo."""
        turned, matrix = self.image, np.eye(2, 3)
        for _ in range(round(self.faces[number - 1].pose[2] / 90) % 4):  # counter-clockwise
            matrix = geometry.compose(matrix, np.array([[0.0, 1, 0], [-1, 0, turned.shape[1] - 1]]))
            turned = np.rot90(turned)
        if turned is self.image:
            return self
        faces = [face.moved(matrix) for face in self.faces]
        origin = geometry.compose(geometry.invert(matrix), self.origin)
        return replace(self, image=np.ascontiguousarray(turned), faces=faces, origin=origin)

    def portrait(self, number=1):
        """One of the faces, ready to be moved.

        Parameters
        ----------
        number : int
            Which, from 1, the largest.

        Returns
        -------
        Portrait
            A photo that lies on its side is turned upright; of one in which the face is small, and which has more
            pixels than were kept, the part around the face is taken at the photo's own resolution.

        Raises
        ------
        PhotoError
            There are fewer faces, or that one could not be animated well.
        """
        check_number(number, 1, MAX_FACES, "face", whole=True)
        count = len(self.faces)
        if number > count:
            there = f"are only {count} faces" if count > 1 else "is only one face"
            raise PhotoError(f"There {there} in this photo, and no face {number}; please choose another.")
        notes = [f"Found {count} faces and took {_rank(number)}."] if count > 1 else []
        photo = closer(self, number)
        upright = photo.upright(number)
        if upright is not photo:
            notes.append("The photo lay on its side and was turned upright.")
        image, face = upright.image, upright.faces[number - 1]
        check(image, face)
        matrix = canonical_matrix(face.landmarks, face.pose)
        crop = warp(image, matrix, (geometry.CROP_SIZE, geometry.CROP_SIZE))
        notes = (*notes, *quality_notes(face, matrix, crop))
        seen = face.mesh, face.pose, face.confidence
        return Portrait(image, face.landmarks, matrix, crop, notes, *seen, number, self.boxes, upright.origin)


def find_faces(image, max_side=MAX_SIDE, finder=None):
    """Find all faces in a photo.

    Parameters
    ----------
    image : str, Path, bytes, binary file, PIL.Image.Image or ndarray
        The photo, as for `images.load_image`.
    max_side : int
        Longest side to keep of the photo, pixels.
    finder : FaceFinder, optional
        What looks for faces; by default one made anew, which has to load its weights.

    Returns
    -------
    Photo

    Raises
    ------
    ChoiceError
        `max_side` is out of range.
    PhotoError
        The photo cannot be read, or shows no face.
    """
    check_number(max_side, *SIDES, "longest side", whole=True)
    finder, source = finder or FaceFinder(), reusable(image)
    image, origin = load_photo(source, max_side)
    faces = finder.find(image)
    if not faces:
        raise PhotoError("No face was found in this photo; please use one of a face towards the camera in good light.")
    return Photo(image, faces, origin, source, max_side, finder)


def find_portrait(image, max_side=MAX_SIDE, finder=None, face=1):
    """Find the face to animate: `find_faces`, and of them the one with the number `face`, see `Photo.portrait`."""
    return find_faces(image, max_side, finder).portrait(face)


def with_smile(portrait, smile):
    """A portrait with the teeth that another one of the same person shows.

    Raises
    ------
    PhotoError
        The other one's lips are closed.
    """
    if geometry.lip_opening(geometry.crop_to_face(geometry.transform(smile.matrix, smile.landmarks))) < SMILING:
        raise PhotoError("The smile photo shows no teeth; please choose one of a wide smile towards the camera.")
    return replace(portrait, smile=smile)


def canonical_matrix(landmarks, pose):
    """The transform to the canonical crop: eyes level and, were the face turned to the camera, at their distance.

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        Photo pixels.
    pose : tuple of three floats
        Yaw, pitch and roll in degrees; turning aside brings the eyes closer together in the picture.

    Returns
    -------
    ndarray, (2, 3) float64
        Photo pixel -> crop pixel.
    """
    shrink = np.cos(np.radians(pose[0]))
    matrix = geometry.crop_matrix(landmarks) * shrink
    matrix[:, 2] += np.array([0.5, geometry.EYE_HEIGHT]) * geometry.CROP_SIZE * (1 - shrink)
    return matrix


def _rank(number):
    """Which face a number says, in words."""
    return f"number {number} by size" if number > 1 else "the largest"
