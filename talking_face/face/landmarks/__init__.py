"""Faces in a photo, each with 68 landmarks (iBUG layout).

Two sources do the finding. `face-alignment` (S3FD and FAN, Bulat & Tzimiropoulos 2017) is used where its weights
already lie in the local torch hub cache; nothing is ever downloaded from here. Otherwise `dlib` (histograms of oriented
gradients, and the regression trees of Kazemi & Sullivan 2014), whose weights come with a package.
"""

import functools
import importlib.util
import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talking_face.errors import CheckpointError, ChoiceError
from talking_face.face import geometry
from talking_face.face.images import warp
from talking_face.paths import CHECKPOINTS

ADAPTER = CHECKPOINTS / "landmarks.safetensors"

# What face-alignment 1.5 looks for in the torch hub cache.
FACE_ALIGNMENT_FILES = ("s3fd-619a316812.pth", "2DFAN4-11f355bf06.pth.tar")

# The ways to look at a photo, until one surely shows a face: (long side in pixels, degrees turned, contrast equalised).
# Most photos stop at the first; the others are for far-away, tilted, dim and sideways faces.
_DLIB_LOOKS = (
    (640, 0, False),
    (1280, 0, False),
    (640, 30, True),
    (640, -30, True),
    (640, 0, True),
    (640, 90, True),
    (640, -90, True),
    (640, 180, True),
    (1280, 0, True),
    (2560, 0, False),
)
# S3FD sees small, tilted and dim faces by itself, and is slow on large pictures.
_FACE_ALIGNMENT_LOOKS = ((480, 0, False), (480, 90, False), (480, -90, False), (480, 180, False), (1280, 0, False))
_PATCH = 512  # pixels; side of the upright, canonical patch in which landmarks are placed a second time
_TRACKED = 256  # pixels; side of that in which a face is looked for in the next frame of a video

_LOCK = threading.RLock()  # dlib's objects are not thread-safe, and one face at a time is enough


@dataclass(frozen=True)
class Face:
    """A face in a photo.

    Attributes
    ----------
    box : ndarray, (4,) float32
        Left, top, right and bottom of the landmarks, photo pixels.
    landmarks : ndarray, (68, 2) float32
        As the source places them, photo pixels.
    source : str
        "face-alignment" or "dlib".
    """

    box: np.ndarray
    landmarks: np.ndarray
    source: str


def find_faces(image, source=None):
    """Find all faces of a photo, in whatever light, size or turn shows them first.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
        RGB.
    source : str, optional
        "dlib" or "face-alignment"; by default what the environment variable TALKING_FACE_LANDMARKS says, else the best
        one whose weights are on this machine.

    Returns
    -------
    list of Face
        Largest first; empty where there is none.

    Raises
    ------
    ChoiceError
        There is no such source.
    CheckpointError
        The source's weights are not on this machine.
    """
    with _LOCK:
        source = _source(source or os.environ.get("TALKING_FACE_LANDMARKS") or None)
        seen = []
        for look in source.looks:
            view, matrix = _look(image, *look)
            boxes, scores = source.detect(view)
            found = [pair for pair in zip(boxes, scores, strict=True) if _inside(pair[0], matrix, image.shape)]
            best = max((score for _, score in found), default=-np.inf)
            # What looks much less like a face than the best box is none.
            seen.append((best, view, matrix, [box for box, score in found if score >= best / 3]))
            if best >= source.sure:
                break
        _, view, matrix, boxes = max(seen, key=lambda found: found[0])
        faces = [_place(image, source, view, matrix, box) for box in boxes]
    return sorted(faces, key=lambda face: -np.prod(face.box[2:] - face.box[:2]))


def track_face(image, face):
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
    with _LOCK:
        source = _source(face.source)
        matrix = geometry.crop_matrix(face.landmarks, _TRACKED)
        view = warp(image, matrix, (_TRACKED, _TRACKED))
        boxes, scores = source.detect(view)
        if not boxes:
            return None
        placed = source.place(view, boxes[int(np.argmax(scores))])
        placed = source.place(view, source.box(placed))
    return _face(geometry.transform(geometry.invert(matrix), placed), source)


def to_mesh(landmarks, source):
    """Move a source's landmarks to where the training data has them.

    The training landmarks come from a 478-point face mesh; iBUG annotators, and so dlib and FAN, draw the jaw line,
    brows and lips a little differently. For dlib a ridge regression corrects that and some of its noise, for
    face-alignment a constant offset a point (see `training.fit_landmarks`).

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        Photo pixels, or any frame that is a similarity away.
    source : str
        "dlib" or "face-alignment".

    Returns
    -------
    ndarray, (68, 2) float32
        In the frame of `landmarks`.
    """
    adapter = _adapter()
    matrix = geometry.crop_matrix(landmarks)
    face = geometry.crop_to_face(geometry.transform(matrix, np.asarray(landmarks, np.float64)))
    moved = face + adapter["offset"]
    if source == "dlib":
        moved += ((face - adapter["mean"]).ravel() @ adapter["weight"]).reshape(68, 2)
    return geometry.transform(geometry.invert(matrix), geometry.face_to_crop(moved)).astype(np.float32)


def model_file(name):
    """Path of one of dlib's models, in a package found without importing it: its import needs the retired pkg_resources."""
    package = Path(importlib.util.find_spec("face_recognition_models").origin).parent
    return str(package / "models" / name)


def _look(image, long_side, degrees, equalise):
    """One view of a photo: (pixels, matrix photo pixel -> view pixel)."""
    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    angle = np.deg2rad(degrees)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    size = np.ceil(np.abs(linear) @ [width, height] - 1e-6)
    shift = (size - 1) / 2 - linear @ [(width - 1) / 2, (height - 1) / 2]
    matrix = np.column_stack([linear, shift])
    view = warp(image, matrix, tuple(size.astype(int).tolist()))
    return (_equalise(view) if equalise else view), matrix


def _inside(box, matrix, shape):
    """Whether a view's box has its centre in the photo, not in the reflection around it."""
    centre = geometry.transform(geometry.invert(matrix), box.reshape(2, 2).mean(0, keepdims=True))[0]
    return bool((centre >= 0).all() and (centre < shape[1::-1]).all())


def _equalise(image):
    """Stretch local contrast (CLAHE on lightness), for faces in the dark."""
    import cv2

    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(8, 8)).apply(lab[..., 0])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


def _place(image, source, view, matrix, box):
    """Landmarks of the face in a view's box.

    They are placed anew on the photo's own pixels with the face brought upright and to one size, so that neither
    matters; twice, as the first placing on a tilted face is poor.
    """
    points = geometry.transform(geometry.invert(matrix), source.place(view, box))
    for _ in range(2):
        to_patch = geometry.crop_matrix(points, _PATCH)
        patch = warp(image, to_patch, (_PATCH, _PATCH))
        placed = source.place(patch, source.box(geometry.transform(to_patch, points)))
        points = geometry.transform(geometry.invert(to_patch), placed)
    return _face(points, source)


def _face(points, source):
    """The face with landmarks `points` (68, 2), photo pixels."""
    landmarks = points.astype(np.float32)
    return Face(np.concatenate([landmarks.min(0), landmarks.max(0)]), landmarks, source.name)


def _stretch(image):
    """Stretch brightness to the full range: dlib compares pixels by fixed thresholds, learnt in good light."""
    low, high = np.percentile(image[::4, ::4], (1, 99))
    return np.clip((np.arange(256) - low) * (255 / max(high - low, 16)), 0, 255).astype(np.uint8)[image]


class _Dlib:
    """dlib's frontal detector and 68-point predictor."""

    name = "dlib"
    looks = _DLIB_LOOKS
    sure = 1.5  # score from which a face needs no second look; nine in ten portraits reach it
    doubtful = 0.3  # score below which a box holds no face

    def __init__(self):
        import dlib

        self._rectangle = dlib.rectangle
        self._detector = dlib.get_frontal_face_detector()
        self._predictor = dlib.shape_predictor(model_file("shape_predictor_68_face_landmarks.dat"))

    def detect(self, view):
        """(H, W, 3) uint8 -> boxes, list of (4,) in view pixels, and their scores, list of float."""
        boxes, scores, _ = self._detector.run(view, 0, self.doubtful)
        return [np.array([r.left(), r.top(), r.right(), r.bottom()], float) for r in boxes], list(scores)

    def box(self, landmarks):
        """Where the detector would put its box (4,) around an upright face: means over the data room."""
        right, left = geometry.eye_centres(landmarks)
        distance = np.hypot(*(left - right))
        centre = (right + left) / 2 + [0, 0.53 * distance]
        return np.concatenate([centre - 1.335 * distance, centre + 1.335 * distance])

    def place(self, view, box):
        """Landmarks (68, 2) in view pixels: the mean over boxes of three sizes, on the view and its mirror image."""
        view = _stretch(view)
        mirrored = np.ascontiguousarray(view[:, ::-1])
        last = view.shape[1] - 1
        flipped = np.array([last - box[2], box[1], last - box[0], box[3]])
        total = np.zeros((68, 2))
        for size in (0.94, 1.0, 1.06):
            total += self._predict(view, box, size)
            points = self._predict(mirrored, flipped, size)
            points[:, 0] = last - points[:, 0]
            total += points[geometry.MIRROR]
        return total / 6

    def _predict(self, view, box, size):
        """Landmarks (68, 2) for a box blown up by `size` about its centre."""
        centre, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * size
        corners = np.rint(np.concatenate([centre - half, centre + half])).astype(int)
        return np.array([(p.x, p.y) for p in self._predictor(view, self._rectangle(*corners.tolist())).parts()], float)


class _FaceAlignment:
    """The face-alignment package's S3FD detector and FAN, on the CPU."""

    name = "face-alignment"
    looks = _FACE_ALIGNMENT_LOOKS
    sure = 0.9  # probability of a face

    def __init__(self):
        from face_alignment import FaceAlignment, LandmarksType

        # Compiling would take minutes to save seconds.
        self._model = FaceAlignment(LandmarksType.TWO_D, device="cpu", compile=False)

    def detect(self, view):
        """(H, W, 3) uint8 -> boxes, list of (4,) in view pixels, and their scores, list of float."""
        found = [np.asarray(face, float) for face in self._model.face_detector.detect_from_image(view)]
        return [face[:4] for face in found], [face[4] for face in found]

    def box(self, landmarks):
        """The box (4,) that bounds the landmarks, as in FAN's training."""
        return np.concatenate([landmarks.min(0), landmarks.max(0)])

    def place(self, view, box):
        """Landmarks (68, 2) in view pixels."""
        return np.asarray(self._model.get_landmarks_from_image(view, detected_faces=[box])[0], float)


@functools.cache
def _source(choice):
    """The source of landmarks, built once; `choice` is None, "dlib" or "face-alignment"."""
    if choice not in (None, "dlib", "face-alignment"):
        raise ChoiceError(f"There are no {choice!r} landmarks; please choose dlib or face-alignment.")
    if choice is None:
        try:
            return _source("face-alignment" if _face_alignment_ready() else "dlib")
        except CheckpointError as error:  # of face-alignment: then the other
            logging.getLogger(__name__).warning("%s", error)
            return _source("dlib")
    if choice == "dlib":
        try:
            return _Dlib()
        except (AttributeError, RuntimeError) as error:  # no package, no file in it, or a damaged one
            raise CheckpointError(
                "dlib's landmark weights are missing or damaged; please install face_recognition_models again."
            ) from error
    if not _face_alignment_ready():
        raise CheckpointError("The weights of face-alignment are not on this machine; please choose dlib landmarks.")
    try:
        return _FaceAlignment()
    except Exception as error:  # what torch makes of a damaged file
        raise CheckpointError(
            "The weights of face-alignment are damaged; please delete them from torch's cache, or choose dlib landmarks."
        ) from error


def _face_alignment_ready():
    """Whether face-alignment is installed and would find its weights without a download."""
    if importlib.util.find_spec("face_alignment") is None:
        return False
    # What torch.hub.get_dir says; asking it would import torch, without which dlib finds a face.
    home = os.environ.get("TORCH_HOME", os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch"))
    folder = Path(os.path.expanduser(home), "hub", "checkpoints")
    return all((folder / name).is_file() for name in FACE_ALIGNMENT_FILES)


@functools.cache
def _adapter():
    """The fitted arrays of `training.fit_landmarks`, float64."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return {name: array.astype(np.float64) for name, array in load_file(ADAPTER).items()}
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{ADAPTER.name} is missing or damaged; please install the program again.") from error
