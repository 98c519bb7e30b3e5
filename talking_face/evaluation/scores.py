"""How good the frames of one clip are, against those of the real speaker."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from talking_face.data.clip import shrink
from talking_face.evaluation import metrics
from talking_face.evaluation.pictures import mouth_mask
from talking_face.evaluation.tracking import first_face, track
from talking_face.face.geometry import LIPS, eye_centres, lip_opening, transform
from talking_face.face.shape import head_similarity

SIDE = 128  # pixels, of both crops in which pictures are compared
STEADY = 2.0  # frames; what landmarks tremble within this time is the finder's noise, not movement of the head
STILL_LIPS = 1e-3  # eye distances; lips that move no more than this do not speak
FRAME_STEP = 12  # every twelfth frame is asked for its identity
DULLEST = 1e-6  # sharpness that a photo of one colour counts as


@dataclass(frozen=True)
class Measure:
    """A column of the report: its key, title, decimals, and "up" or "down" for better, "one" where 1 is best."""

    key: str
    title: str
    digits: int
    better: str

    def cell(self, scores, missing):
        """Its value among scores as a table shows it, or `missing`."""
        return f"{scores[self.key]:.{self.digits}f}" if self.key in scores else missing


PICTURE = (
    Measure("psnr", "PSNR, dB", 2, "up"),
    Measure("psnr_mouth", "PSNR mouth, dB", 2, "up"),
    Measure("ssim", "SSIM", 4, "up"),
    Measure("ssim_mouth", "SSIM mouth", 4, "up"),
    Measure("psnr_stable", "PSNR, steady head, dB", 2, "up"),
    Measure("psnr_mouth_stable", "PSNR mouth, steady head, dB", 2, "up"),
    Measure("ssim_stable", "SSIM, steady head", 4, "up"),
    Measure("ssim_mouth_stable", "SSIM mouth, steady head", 4, "up"),
)
FACE = (
    Measure("landmarks", "landmark distance", 4, "down"),
    Measure("landmarks_mouth", "landmark distance, mouth", 4, "down"),
    Measure("lip_correlation", "lip correlation", 3, "up"),
    Measure("lip_amplitude", "lip amplitude", 2, "one"),
    Measure("identity", "identity distance", 3, "down"),
    Measure("sharpness", "sharpness", 3, "one"),
    Measure("flicker", "flicker", 2, "down"),
    Measure("seen", "face seen", 3, "up"),
)


class Photo:
    """The photo that frames were made of: all there is to compare them with where there is no real speaker.

    Parameters
    ----------
    crop : ndarray, (256, 256, 3) uint8
        In the canonical crop.

    Raises
    ------
    PhotoError
        No face is seen in it.
    """

    def __init__(self, crop):
        self.face = first_face(crop)
        landmarks, _ = track(crop[None], self.face)
        self.reference = landmarks[0]
        self.identity = metrics.face_descriptor(crop, self.reference)
        self.sharpness = max(metrics.sharpness(crop), DULLEST)

    def score(self, frames):
        """Measure frames of the same crop, (T, 256, 256, 3) uint8.

        Returns
        -------
        scores : dict of str to float
            - Identity: distance of dlib's face descriptor from the photo's, mean over every twelfth frame.
            - Sharpness: variance of the Laplacian, mean over all frames, over the photo's.
        opening : ndarray, (T,)
            Lip opening, eye distances.
        """
        landmarks, _ = track(frames, self.face)
        return self._likeness(frames, landmarks), self._opening(landmarks)

    def _likeness(self, frames, landmarks):
        """Identity and sharpness, as in `score`; landmarks (T, 68, 2)."""
        identity = [metrics.face_descriptor(*pair) for pair in zip(frames[::FRAME_STEP], landmarks[::FRAME_STEP])]
        return {
            "identity": float(np.linalg.norm(np.stack(identity) - self.identity, axis=1).mean()),
            "sharpness": float(np.mean([metrics.sharpness(frame) for frame in frames]) / self.sharpness),
        }

    @property
    def _distance(self):
        """Between the eyes, pixels."""
        return np.linalg.norm(np.diff(eye_centres(self.reference), axis=0))

    def _opening(self, landmarks):
        return lip_opening(landmarks) / self._distance


class RealClip(Photo):
    """The real speaker, with all of them that others are compared with; the first frame is the photo.

    Parameters
    ----------
    frames : ndarray, (T, 256, 256, 3) uint8
        Brought to the canonical crop by the first frame's transform.

    Raises
    ------
    PhotoError
        No face is seen in the first frame.
    """

    def __init__(self, frames):
        super().__init__(frames[0])
        self.frames = frames
        self.landmarks, _ = track(frames, self.face)
        self.mouth = mouth_mask(self.reference, SIDE)
        self.small = np.stack([shrink(frame) for frame in frames])
        self.stable, self.stable_landmarks = self._steady(frames, self.landmarks)
        self.opening = self._opening(self.stable_landmarks)
        self.flicker = metrics.flicker(self.stable, ~self.mouth)

    def score(self, frames):
        """Measure somebody else's frames of the same clip.

        Parameters
        ----------
        frames : ndarray, (T, 256, 256, 3) uint8
            As many as there are real ones, in the same crop.

        Returns
        -------
        scores : dict of str to float
            The measures `PICTURE` and `FACE`.

            - PSNR and SSIM: of the 128 px crop as it is, and with a steady head; whole, and in the square around the
              mouth.
            - Landmark distances: with a steady head, in eye distances; all landmarks, and those of the lips.
            - Lip correlation and amplitude: Pearson's, and the ratio of standard deviations, of the lip opening over
              time.
            - Identity: distance of dlib's face descriptor from the first real frame's, mean over every twelfth frame.
            - Sharpness: variance of the Laplacian of the 256 px crop, mean over all frames, over the first real
              frame's.
            - Flicker: mean absolute difference of consecutive frames with a steady head outside the square around the
              mouth, over the real clip's; so 0 is a still picture, and above 1 moves or trembles more than the speaker.
            - Face seen: share of the frames in which the mesh finds it; in the others its landmarks are those of the
              last that does, so that below 1 the measures made from them flatter.

            A steady head is one whose eyes and nose are brought, in every frame, to those of the first real frame.
        opening : ndarray, (T,)
            Lip opening, eye distances.
        """
        small = np.stack([shrink(frame) for frame in frames])
        landmarks, seen = track(frames, self.face)
        stable, stable_landmarks = self._steady(frames, landmarks)
        opening = self._opening(stable_landmarks)
        distance = self._distance
        scores = self._likeness(frames, landmarks)
        scores |= self._pictures(small, self.small, "") | self._pictures(stable, self.stable, "_stable")
        scores |= {
            "landmarks": metrics.landmark_distance(stable_landmarks, self.stable_landmarks) / distance,
            "landmarks_mouth": metrics.landmark_distance(stable_landmarks[:, LIPS], self.stable_landmarks[:, LIPS])
            / distance,
            "lip_correlation": metrics.correlation(opening, self.opening),
            "lip_amplitude": opening.std() / max(self.opening.std(), STILL_LIPS),
            "flicker": metrics.flicker(stable, ~self.mouth) / self.flicker,
            "seen": seen,
        }
        return {measure.key: float(scores[measure.key]) for measure in (*PICTURE, *FACE)}, opening

    def _pictures(self, pictures, real, suffix):
        pairs = list(zip(pictures, real))
        return {
            f"psnr{suffix}": metrics.psnr(pictures, real),
            f"psnr_mouth{suffix}": metrics.psnr(pictures, real, self.mouth),
            f"ssim{suffix}": np.mean([metrics.ssim(*pair) for pair in pairs]),
            f"ssim_mouth{suffix}": np.mean([metrics.ssim(*pair, self.mouth) for pair in pairs]),
        }

    def _steady(self, frames, landmarks):
        """Frames (T, 128, 128, 3) and landmarks (T, 68, 2), in 256 px, with the head held still."""
        smooth = gaussian_filter1d(landmarks, STEADY, axis=0, mode="nearest")
        steady = transform(head_similarity(smooth, self.reference), landmarks)
        return metrics.stabilise(frames, smooth, self.reference, SIDE), steady
