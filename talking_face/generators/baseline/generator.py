"""The reference project's generator behind the engine: a 128 px face painted anew in every frame, laid into the photo.

Eskimez et al. 2020 (arXiv 2008.03592) and, with its deformable layer, the project that this one sets out from; the
network itself is `network.Generator`.
"""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
import torch._prims.rng_prims  # random generators need it, and `lean_torch` leaves it out

from talking_face.audio import resample
from talking_face.concurrency.pieces import chunk_size
from talking_face.emotions import EMOTIONS, check_trained_emotions
from talking_face.face import geometry
from talking_face.face.images import warp
from talking_face.generators import base
from talking_face.generators.baseline.encoders import SAMPLE_RATE, SAMPLES_PER_FRAME
from talking_face.generators.baseline.network import IMAGE_SIZE, Generator
from talking_face.generators.baseline.published_checkpoint import load_reference
from talking_face.motion.emotion_weights import emotion_weights
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_network, read_emotions

FEATHER = 0.1  # of the crop's side, over which it fades into the photo
# Where the reference's preparation puts the inner halves of the eyes and the base of the nose, pixels of its crop. It
# fits them to a template whose landmarks fill the middle 0.6 of the crop in either direction; these are the mean
# face's.
PUBLISHED_GROUPS = (slice(39, 41), [42, 47], slice(30, 36))
PUBLISHED_POINTS = np.array([[52.1, 39.5], [75.9, 39.5], [64.0, 61.7]])


class BaselineGenerator(base.Generator):
    """A baseline network behind `engine.TalkingFace`.

    Parameters
    ----------
    network : network.Generator
    published : bool
        Whether it was trained on data prepared by the reference project, whose crop lies a little higher than ours and
        whose colours are in OpenCV's order, blue first.
    """

    KIND = "baseline generator"

    def __init__(self, network, published=False):
        self.network, self.published = network.eval(), published

    @classmethod
    def load(cls, path=CHECKPOINTS / "baseline.safetensors"):
        """Read weights that this project's training made, or a checkpoint that the reference project publishes.

        Parameters
        ----------
        path : path
            Ending in ".safetensors", or as for `published_checkpoint.load_reference`.

        Raises
        ------
        CheckpointError
            They are missing, damaged, another network's or of other emotions.
        """
        path = Path(path)
        published = path.suffix != ".safetensors"
        network = load_reference(path) if published else load_network(path, cls.KIND, Generator)
        emotions = None if published else read_emotions(path)
        check_trained_emotions(emotions, network.emotion_processor.fc_1[0].in_features, path.name)
        return cls(network, published)

    @torch.inference_mode()
    def frames(self, portrait, speech, emotion, intensity, seed, crop, liveliness, first=0):
        """Make the frames of a video, as `base.Generator.frames` says.

        The seed draws the network's noise. Its training knew emotions only at full strength: the intensity goes
        linearly from neutral at 0 to the emotion at 1, and stays there above. Its head stays still, however lively.
        """
        to_crop = self._crop_matrix(portrait)
        canvas, to_canvas = portrait.image, np.eye(2, 3)
        if crop:
            canvas, to_canvas = portrait.crop, portrait.matrix
        inset = Inset(canvas, geometry.compose(geometry.invert(to_canvas), to_crop))
        face = warp(portrait.image, to_crop, (IMAGE_SIZE, IMAGE_SIZE))[..., :: self._order]
        waveform = network_speech(speech)
        noise = self.network.draw_noise(waveform, torch.Generator().manual_seed(seed))
        inputs = to_network(face), waveform, network_emotion(emotion, intensity, speech.frames)
        for video in self.network.stream(*inputs, *noise, chunk=chunk_size(canvas)):
            faces = to_pixels(video[0])[max(first, 0) :, ..., :: self._order]
            first -= video.shape[1]  # the network listens from the beginning
            if len(faces):
                yield np.stack([inset.lay(frame) for frame in faces])

    @property
    def _order(self):
        return -1 if self.published else 1

    def _crop_matrix(self, portrait):
        """Photo pixel -> pixel of the network's 128 px crop, (2, 3)."""
        if self.published:
            points = np.stack([portrait.landmarks[group].mean(0) for group in PUBLISHED_GROUPS])
            return geometry.similarity(points, PUBLISHED_POINTS)
        return geometry.compose(portrait.matrix, geometry.scaling(IMAGE_SIZE / geometry.CROP_SIZE))


class Inset:
    """A picture into which 128 px crops are laid, fading at their edge; what lies outside keeps its pixels.

    Parameters
    ----------
    canvas : ndarray, (H, W, 3) uint8
    to_crop : ndarray, (2, 3)
        Canvas pixel -> crop pixel.
    """

    def __init__(self, canvas, to_crop):
        self.canvas = canvas
        ends = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
        from_crop = geometry.invert(to_crop)
        corners = geometry.transform(from_crop, ends * IMAGE_SIZE - 0.5)
        limit = canvas.shape[1::-1]
        low = np.clip(np.floor(corners.min(0)).astype(int), 0, limit)
        high = np.clip(np.ceil(corners.max(0)).astype(int) + 1, 0, limit)
        self.window = slice(low[1], high[1]), slice(low[0], high[0])
        self.size = tuple((high - low).tolist())
        self.place = from_crop.copy()
        self.place[:, 2] -= low
        self.under = canvas[self.window].astype(np.float32)
        # A crop that covers all of the canvas has no edge to hide.
        outside = np.abs(geometry.transform(to_crop, ends * limit - 0.5) - (IMAGE_SIZE - 1) / 2) > IMAGE_SIZE / 2 + 1e-6
        mask = feathered_square() if outside.any() else np.ones((IMAGE_SIZE, IMAGE_SIZE), np.float32)
        border = cv2.BORDER_CONSTANT if outside.any() else cv2.BORDER_REPLICATE
        self.mask = cv2.warpAffine(mask, self.place, self.size, flags=cv2.INTER_LINEAR, borderMode=border)[..., None]

    def lay(self, face):
        """The canvas with a face in it: (128, 128, 3) float32, 0 to 255 -> (H, W, 3) uint8."""
        moved = cv2.warpAffine(face, self.place, self.size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        whole = self.canvas.copy()
        whole[self.window] = np.clip(self.under + self.mask * (moved - self.under) + 0.5, 0, 255)
        return whole


@lru_cache(maxsize=1)
def feathered_square():
    """Opacity of a crop, (128, 128) float32: 1 inside, falling smoothly to 0 at the edges."""
    depth = np.minimum(np.arange(IMAGE_SIZE), np.arange(IMAGE_SIZE)[::-1])
    ramp = geometry.smoothstep(depth / (FEATHER * IMAGE_SIZE)).astype(np.float32)
    return ramp[:, None] * ramp


def network_speech(speech):
    """An `audio.Speech` as the network hears it: (1, 1, samples) float32 Tensor, 8 kHz, peak 1, whole frames."""
    samples = resample(speech.voice, speech.rate, SAMPLE_RATE)
    samples = samples / max(np.abs(samples).max(), 1e-6)
    waveform = np.zeros(speech.frames * SAMPLES_PER_FRAME, np.float32)
    count = min(len(samples), len(waveform))  # resampling may round up
    waveform[:count] = samples[:count]
    return torch.from_numpy(waveform)[None, None]


def network_emotion(emotion, intensity, frames):
    """From neutral (intensity 0) to the emotions (1 and above), as the network takes it: (1, T, 6) float32 Tensor."""
    neutral = np.eye(len(EMOTIONS), dtype=np.float32)[EMOTIONS.index("neutral")]
    share = np.float32(min(intensity, 1))
    return torch.from_numpy(neutral + share * (emotion_weights(emotion, frames) - neutral))[None]


def to_network(picture):
    """(H, W, 3) uint8 -> (1, 3, H, W) float32 Tensor in [-1, 1]."""
    return torch.from_numpy(picture.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]


def to_pixels(video):
    """(T, 3, H, W) Tensor in [-1, 1] -> (T, H, W, 3) float32 ndarray, 0 to 255."""
    return ((video + 1) * 127.5).permute(0, 2, 3, 1).numpy()
