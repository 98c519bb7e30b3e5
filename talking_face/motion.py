"""From sound and emotion to motion: where each landmark of a resting face goes, 25 times a second.

Lips and jaw follow the sound (`models.motion`); brows, eyes, cheeks and mouth corners carry the emotion, taken from posed
expressions of real people; blinks and a slight sway of the head come from a seed. `drive` applies a motion to a portrait.
"""

from dataclasses import dataclass

import numpy as np

from talking_face.audio import FPS
from talking_face.emotions import EMOTIONS
from talking_face.weights import CHECKPOINTS, load_weights

ONSET = 6  # frames over which the photo's own expression gives way to the motion
EMOTION_ONSET = 10  # frames over which the emotion appears
SPEECH_GAIN = {"anger": 1.1, "fear": 1.05, "happiness": 1.05, "sadness": 0.85}  # liveliness of articulation
HALF_OPEN = 0.03  # eye distances: lip opening at which half of an emotion's parting shows
BLINK_GAP = (2.0, 6.0)  # seconds between blinks
BLINK_CURVE = np.array([0.35, 0.85, 1.0, 0.9, 0.6, 0.3, 0.1])  # closing is faster than opening
SWAY_SHIFT, SWAY_ROLL = 0.005, 0.004  # eye distances and radians, standard deviation
SWAY_SECONDS = 0.8  # time over which the head's wandering is smoothed
NECK = np.array([0.0, 2.4])  # face units: what the head rolls about
UPPER_LIDS, LOWER_LIDS = np.array([37, 38, 43, 44]), np.array([41, 40, 47, 46])


@dataclass(frozen=True)
class Motion:
    """What a face does, independent of whose it is.

    Attributes
    ----------
    shape : ndarray, (T, 68, 2) float32
        Displacement of each landmark from the resting face, face units.
    blink : ndarray, (T,) float32
        How far the eyes are closed, 0 to 1.
    sway : ndarray, (T, 3) float32
        Shift right and down in face units, roll in radians.
    """

    shape: np.ndarray
    blink: np.ndarray
    sway: np.ndarray


class MotionModel:
    """Predicts `Motion` from log-mel.

    Parameters
    ----------
    networks : list of torch.nn.Module
        Their coefficients are averaged.
    basis : ndarray, (K, 136)
        Displacement a unit of each coefficient.
    emotions : ndarray, (6, 68, 2)
        Displacement of each emotion of `EMOTIONS` at intensity 1, lips together.
    parting : ndarray, (6,)
        How much further each emotion opens the lips, eye distances.
    opening : ndarray, (68, 2)
        Displacement that opens the lips by one eye distance.
    """

    def __init__(self, networks, basis, emotions, parting, opening):
        self.networks, self.basis = networks, basis
        self.emotions, self.parting, self.opening = emotions, parting, opening

    @classmethod
    def load(cls, path=CHECKPOINTS / "motion.safetensors"):
        """Read the shipped weights, or others of the same kind."""
        from talking_face.models.motion import MotionNetwork

        tensors, config = load_weights(path, "motion")
        networks = []
        for member in range(config.pop("members")):
            prefix = f"{member}."
            network = MotionNetwork(**config["network"])
            network.load_state_dict({k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)})
            networks.append(network.eval())
        arrays = [tensors[name].numpy() for name in ("basis", "emotions", "parting", "opening")]
        return cls(networks, *arrays)

    def speech_shape(self, log_mel):
        """Displacements of lips and jaw that the sound asks for: (4 T, 80) -> (T, 68, 2) float32."""
        import torch

        from talking_face.models.motion import normalise_log_mel

        with torch.inference_mode():
            mel = normalise_log_mel(torch.from_numpy(np.ascontiguousarray(log_mel, np.float32)))[None]
            coefficients = sum(network(mel)[0] for network in self.networks) / len(self.networks)
        return (coefficients.numpy() @ self.basis).reshape(-1, 68, 2)

    def __call__(self, log_mel, emotion="neutral", intensity=1.0, seed=0):
        """The motion for a recording.

        Parameters
        ----------
        log_mel : ndarray, (4 T, 80)
            log10 mel power, `audio.log_mel`.
        emotion : str
            One of `EMOTIONS`.
        intensity : float
            0 to 1.5.
        seed : int
            Of blinks and sway.

        Returns
        -------
        Motion
            Of T frames.
        """
        index = EMOTIONS.index(emotion)
        shape = self.speech_shape(log_mel)
        shape *= 1 + (SPEECH_GAIN.get(emotion, 1.0) - 1) * intensity
        frames = len(shape)
        strength = intensity * smoothstep(np.arange(1, frames + 1) / EMOTION_ONSET)[:, None, None]
        # Lips part for an emotion only as far as the sound has them open, so that p, b and m still close.
        gap = np.maximum((shape[:, [65, 66, 67], 1] - shape[:, [63, 62, 61], 1]).mean(1), 0)
        part = (self.parting[index] * gap / (gap + HALF_OPEN))[:, None, None]
        shape = shape + strength * (self.emotions[index] + part * self.opening)
        random = np.random.default_rng(seed)
        return Motion(shape.astype(np.float32), blinks(frames, random), sway(frames, random))


def drive(landmarks, expression, motion):
    """Apply a motion to a portrait.

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        The photo's, face units.
    expression : ndarray, (68, 2)
        Displacement from rest that the photo shows.
    motion : Motion
        Of T frames.

    Returns
    -------
    ndarray, (T, 68, 2) float32
        Landmarks of each frame, face units; at first the photo's own.
    """
    onset = smoothstep(np.arange(len(motion.shape)) / ONSET)[:, None, None]
    target = landmarks + onset * (turned(motion.shape, landmarks) - expression)
    for lids, rest in ((UPPER_LIDS, 0.9), (LOWER_LIDS, -0.1)):
        gap = target[:, LOWER_LIDS] - target[:, UPPER_LIDS]
        target[:, lids] += rest * (motion.blink[:, None, None] * gap)
    shift, roll = motion.sway[:, None, :2], motion.sway[:, 2]
    c, s = np.cos(roll), np.sin(roll)
    rotation = np.stack([np.stack([c, s], -1), np.stack([-s, c], -1)], -2)
    return ((target - NECK) @ rotation + NECK + shift).astype(np.float32)


def turned(shape, landmarks):
    """Shrink sideways displacements on the side of a turned face that is farther away.

    Parameters
    ----------
    shape : ndarray, (T, 68, 2)
        Displacements of a frontal face.
    landmarks : ndarray, (68, 2)
        The photo's, face units.
    """
    middle = landmarks[[27, 33, 62, 66], 0].mean()
    left, right = middle - landmarks[4, 0], landmarks[12, 0] - middle
    near = max(left, right)
    scale = np.ones((68, 2))
    side = landmarks[:, 0] < middle
    scale[side, 0] = np.clip(left / near, 0.5, 1)
    scale[~side, 0] = np.clip(right / near, 0.5, 1)
    return shape * scale


def smoothstep(x):
    """0 below 0, 1 above 1, smooth between."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def blinks(frames, random):
    """Closing of the eyes, 0 to 1: (frames,) float32, a blink every 2 to 6 seconds."""
    closed = np.zeros(frames + len(BLINK_CURVE))
    start = random.uniform(0.8, 3.0) * FPS
    while start < frames:
        first = int(start)
        closed[first : first + len(BLINK_CURVE)] = BLINK_CURVE
        start += random.uniform(*BLINK_GAP) * FPS
    return closed[:frames].astype(np.float32)


def sway(frames, random):
    """Slow wandering of the head from where the photo has it: (frames, 3) float32."""
    from scipy.ndimage import gaussian_filter1d

    sigma = SWAY_SECONDS * FPS
    noise = gaussian_filter1d(random.standard_normal((frames + int(8 * sigma), 3)), sigma, axis=0)
    noise = noise[int(4 * sigma) :][:frames] * np.sqrt(2 * sigma * np.sqrt(np.pi))
    start = smoothstep(np.arange(frames) / (2 * FPS))[:, None]
    return (start * noise * [SWAY_SHIFT, SWAY_SHIFT, SWAY_ROLL]).astype(np.float32)
