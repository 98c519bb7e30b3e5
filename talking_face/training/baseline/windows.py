"""Short windows of prepared clips, for the baseline: a photo, the sound, and the frames to make of them."""

from typing import NamedTuple

import cv2
import numpy as np
import torch

from talking_face.data.clip import SIZE, SPEECH_RATE
from talking_face.emotions import EMOTIONS
from talking_face.face.geometry import LIPS, compose, transform
from talking_face.face.shape import head_similarity
from talking_face.media.frame_rate import FPS
from talking_face.training.painter.pairs import recolour

SAMPLES_PER_FRAME = SPEECH_RATE // FPS
LEAD = 10  # frames of sound before the window, for the recurrent layers to hear what came before
TAIL = 4  # frames of sound after it, which the context of its last frame reaches into
UNKNOWN = -1  # emotion of a voice that nobody named
SPEED = 0.12  # standard deviation of the logarithm of how much faster, and higher, a voice is made
TILT = 0.3  # standard deviation of the filter that makes a voice brighter or duller


class Batch(NamedTuple):
    """What the recipes train on, B windows of T frames.

    Attributes
    ----------
    image : Tensor, (B, 3, 128, 128) float32
        The photo, in [-1, 1].
    speech : Tensor, (B, 1, 320 * (LEAD + T + TAIL)) float32
        8 kHz.
    emotion : Tensor, (B,) int64
        Of the frames, index into `EMOTIONS`.
    spoken : Tensor, (B,) int64
        Of the voice; `UNKNOWN` where the pictures were given another.
    video : Tensor, (B, T, 3, 128, 128) float32
        The frames, in [-1, 1].
    mouth : Tensor, (B, 2) float32
        Centre of the mouth, pixels.
    """

    image: torch.Tensor
    speech: torch.Tensor
    emotion: torch.Tensor
    spoken: torch.Tensor
    video: torch.Tensor
    mouth: torch.Tensor

    def to(self, device):
        """The same on another device."""
        return Batch(*(part.to(device, non_blocking=True) for part in self))


class WindowSampler:
    """Random windows of clips.

    Parameters
    ----------
    material : Material
    stabilise : bool
        Bring the head of every frame to where the photo has it: sound says nothing of head movement, and a network
        that cannot know it blurs.
    """

    def __init__(self, material, stabilise):
        self.material, self.stabilise = material, stabilise
        # A speaker with many clips is heard more often than one with few, but not as much more.
        sizes = [np.sqrt([sum(len(c.video) for c in clips) for clips in speakers]) for speakers in material.sets]
        self.weights = [size / size.sum() for size in sizes]

    def batch(self, random, size, frames):
        """A `Batch` of `size` windows of so many frames each, from a `numpy.random.Generator`."""
        return stack([self.window(random, frames) for _ in range(size)])

    def window(self, random, frames):
        """One window, augmented."""
        clip = self.clip(random)
        look = random_look(random, clip)
        speech, where = random_speech(random, clip, frames)
        return make_window(clip, where, speech, self.stabilise, look)

    def clip(self, random):
        """A clip, drawn at random."""
        index = random.choice(len(self.material.sets), p=self.material.shares)
        speakers = self.material.sets[index]
        clips = speakers[random.choice(len(speakers), p=self.weights[index])]
        return clips[random.integers(len(clips))]


def random_speech(random, clip, frames):
    """Sound of a window of a clip, in another voice, and the indices of its frames: (N,) float32 and (frames,) int."""
    last = len(clip.video) - 1
    speed = min(np.exp(random.normal(0, SPEED)), last / frames)
    first = random.uniform(0, last - frames * speed)
    speech = augment(cut_speech(clip.speech, first, frames, speed), random)
    return speech, (first + speed * np.arange(frames)).round().astype(int)


def whole_speech(clip):
    """Sound of a whole clip, cut or silent to the length of its video: (320 * T,) float32."""
    speech = np.zeros(len(clip.video) * SAMPLES_PER_FRAME, np.float32)
    heard = clip.speech[: len(speech)]
    speech[: len(heard)] = heard
    return speech


class Look(NamedTuple):
    """How a window is shown: frame that is its photo (None: the clip's own), mirrored, moved (2, 3), recoloured."""

    photo: int | None = None
    mirrored: bool = False
    jitter: np.ndarray = np.eye(3)[:2]
    recolour: object = None


def random_look(random, clip):
    """Photo, mirror image, placing and light, drawn at random."""
    photo = None if clip.synthetic else int(random.integers(len(clip.video)))
    mirrored = random.random() < 0.5
    angle, zoom, shift = random.normal(0, 0.05), np.exp(random.normal(0, 0.06)), random.normal(0, 3, 2)
    c, s = np.cos(angle) * zoom, np.sin(angle) * zoom
    turn, centre = np.array([[c, -s], [s, c]]), np.full(2, SIZE / 2)
    jitter = np.concatenate([turn, (centre - turn @ centre + shift)[:, None]], 1)
    seed = random.integers(2**31)
    return Look(photo, mirrored, jitter, lambda pictures: recolour(np.random.default_rng(seed), pictures)[0])


def make_window(clip, where, speech, stabilise, look=Look()):
    """The window of a clip's frames `where`, as arrays in the order and units of `Batch`."""
    photo = clip.photo if look.photo is None else clip.video[look.photo]
    reference = clip.landmarks[look.photo or 0]
    matrices = np.broadcast_to(np.eye(3)[:2], (len(where), 2, 3))
    if stabilise:
        matrices = head_similarity(clip.landmarks[where], reference)
    frames = [move_picture(clip.video[i], compose(matrix, look.jitter)) for i, matrix in zip(where, matrices)]
    pictures = np.stack([move_picture(photo, look.jitter), *frames])
    mouth = transform(look.jitter, reference)[LIPS].mean(0).astype(np.float32)
    if look.recolour:
        pictures = look.recolour(pictures.reshape(-1, SIZE, 3)).reshape(pictures.shape)
    if look.mirrored:
        pictures, mouth = pictures[:, :, ::-1], np.array([SIZE - 1 - mouth[0], mouth[1]], np.float32)
    emotion = EMOTIONS.index(clip.emotion)
    spoken = UNKNOWN if clip.synthetic else emotion
    pictures = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)).astype(np.float32) / 127.5 - 1
    return pictures[0], speech[None], emotion, spoken, pictures[1:], mouth


def stack(windows):
    """A `Batch` of windows as `make_window` gives them."""
    return Batch(*(torch.from_numpy(np.stack(parts)) for parts in zip(*windows)))


def move_picture(picture, matrix):
    """Move a picture by a (2, 3) matrix, reflected where it ends."""
    return cv2.warpAffine(picture, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def cut_speech(speech, first, frames, speed=1.0):
    """The sound of a window, `LEAD` and `TAIL` included, silent where there is none.

    Parameters
    ----------
    speech : ndarray, (N,) float32
        8 kHz.
    first : float
        Frame that the window begins with.
    frames : int
    speed : float
        Factor by which the sound is quickened, and made higher with it.

    Returns
    -------
    ndarray, (320 * (LEAD + frames + TAIL),) float32
    """
    count = (LEAD + frames + TAIL) * SAMPLES_PER_FRAME
    start = (first - LEAD * speed) * SAMPLES_PER_FRAME
    where = start + speed * np.arange(count)
    return np.interp(where, np.arange(len(speech)), speech, 0, 0).astype(np.float32)


def augment(speech, random):
    """Another microphone: loudness, tone and a little noise; (N,) -> (N,) float32."""
    level = np.exp(random.normal(-0.2, 0.3))
    tilt = np.clip(random.normal(0, TILT), -0.7, 0.7)
    tilted = speech - tilt * np.concatenate([[0], speech[:-1]])
    noise = random.normal(0, 10 ** random.uniform(-4, -2), len(speech))
    return (level * tilted / (1 - abs(tilt) / 2) + noise).astype(np.float32)
