"""From sound and emotion to motion: where each landmark of a resting face goes, 25 times a second.

Lips and jaw follow the sound (`network`); brows, eyes, cheeks and mouth corners carry the emotion, taken from
posed expressions of real people; blinks and a slight sway of the head come from a seed. `drive` applies a motion to a
portrait.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.concurrency.thread_pool import alone, in_order
from talking_face.emotions import EMOTIONS, TABLE, check_trained_emotions
from talking_face.face.geometry import lip_opening, smoothstep
from talking_face.media.frame_rate import FPS
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights, read_emotions

WINDOW, OVERLAP = 20 * FPS, 2 * FPS  # frames that the networks hear at once, and that two such windows share
ONSET = 6  # frames over which the photo's own expression gives way to the motion
EMOTION_ONSET = 10  # frames over which the emotion appears
EMOTION_BLEND = 10  # frames over which one emotion gives way to the next
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
        """Read the shipped weights, or others of the same kind.

        Raises
        ------
        CheckpointError
            They are missing, damaged, another network's or of other emotions.
        """
        from talking_face.motion.network import MotionNetwork

        tensors, config = load_weights(path, "motion")
        check_trained_emotions(read_emotions(path), len(tensors["emotions"]), Path(path).name)
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

        from talking_face.motion.network import floor_and_channel, without_channel

        def hear(window):
            """Mean of the networks' coefficients: log-mel (4 T, 80) -> (T, K)."""
            window = alone(without_channel, window, *channel)[None]
            heard = in_order(torch.inference_mode()(lambda network: network(window)[0].numpy()), self.networks)
            return sum(heard) / len(self.networks)

        log_mel = torch.from_numpy(np.ascontiguousarray(log_mel, np.float32))
        channel = alone(floor_and_channel, log_mel)
        coefficients = in_windows(hear, log_mel, len(log_mel) // COLUMNS_PER_FRAME)
        return (coefficients @ self.basis).reshape(-1, 68, 2)

    def __call__(self, log_mel, emotion="neutral", intensity=1.0, seed=0):
        """The motion for a recording.

        Parameters
        ----------
        log_mel : ndarray, (4 T, 80)
            log10 mel power, `audio.log_mel`.
        emotion : str or sequence of (float, str)
            As `timeline.parse_emotions` returns it.
        intensity : float
            0 to 1.5.
        seed : int
            Of blinks and sway.

        Returns
        -------
        Motion
            Of T frames.
        """
        shape = self.speech_shape(log_mel)
        frames = len(shape)
        weights = emotion_weights(emotion, frames)
        gain = weights @ np.array([emotion.speech_gain for emotion in TABLE], np.float32)
        shape *= (1 + (gain - 1) * np.float32(intensity))[:, None, None]
        strength = np.float32(intensity) * smoothstep(np.arange(1, frames + 1, dtype=np.float32) / EMOTION_ONSET)
        emotional = self.emotional_shape(weights, shape)
        emotional *= strength[:, None, None]
        shape += emotional
        random = np.random.default_rng(seed)
        return Motion(shape, blinks(frames, random), sway(frames, random))

    def emotional_shape(self, weights, lips):
        """What emotions at intensity 1 add to a speaking face.

        Parameters
        ----------
        weights : ndarray, (T or 1, 6)
            Share of each emotion of `EMOTIONS`.
        lips : ndarray, (T, 68, 2)
            The speaking face, or its displacement from rest; face units.

        Returns
        -------
        ndarray, (T, 68, 2)
        """
        # Lips part for an emotion only as far as the sound has them open, so that p, b and m still close.
        gap = np.maximum(lip_opening(lips), 0)
        part = (weights @ self.parting * gap / (gap + HALF_OPEN))[:, None, None]
        return np.tensordot(weights, self.emotions, 1) + part * self.opening


def in_windows(hear, log_mel, frames):
    """Work through a recording in windows that blend into each other, so that memory does not grow with its length.

    Parameters
    ----------
    hear : callable
        Log-mel (4 T, mels) -> ndarray (T, K).
    log_mel : Tensor, (4 * frames, mels)
    frames : int

    Returns
    -------
    ndarray, (frames, K)
        What `hear` says of up to `WINDOW` frames at once.
    """
    if frames <= WINDOW:
        return hear(log_mel)
    total = 0
    for first in range(0, frames - OVERLAP, WINDOW - OVERLAP):
        last = min(first + WINDOW, frames)
        heard = hear(log_mel[first * COLUMNS_PER_FRAME : last * COLUMNS_PER_FRAME])
        if first == 0:
            total = np.zeros((frames, heard.shape[1]), heard.dtype)
        ramp = np.arange(1, last - first + 1, dtype=heard.dtype) / (OVERLAP + 1)
        share = np.minimum(ramp if first else 1, ramp[::-1] if last < frames else 1).clip(max=1)
        total[first:last] += np.reshape(share, (-1, 1)) * heard
    return total


def emotion_weights(emotion, frames):
    """How much of each emotion there is in each frame.

    Parameters
    ----------
    emotion : str or sequence of (float, str)
        One of `EMOTIONS`; or starts in seconds, ascending from 0, each with one.
    frames : int

    Returns
    -------
    ndarray, (frames, 6) float32
        Columns as in `EMOTIONS`; rows sum to 1.
    """
    changes = ((0.0, emotion),) if isinstance(emotion, str) else emotion
    one_hot = np.eye(len(EMOTIONS), dtype=np.float32)
    weights = np.tile(one_hot[EMOTIONS.index(changes[0][1])], (frames, 1))
    for start, name in changes[1:]:
        x = smoothstep((np.arange(frames) - start * FPS) / EMOTION_BLEND + 0.5)[:, None]
        weights += x.astype(np.float32) * (one_hot[EMOTIONS.index(name)] - weights)
    return weights


def drive(landmarks, expression, motion, part=slice(None)):
    """Apply a motion to a portrait.

    Parameters
    ----------
    landmarks : ndarray, (68, 2)
        The photo's, face units.
    expression : ndarray, (68, 2)
        Displacement from rest that the photo shows.
    motion : Motion
    part : slice
        Which of its frames are wanted.

    Returns
    -------
    ndarray, (T, 68, 2) float32
        Landmarks of each frame, face units; at the beginning the photo's own.
    """
    onset = smoothstep(np.arange(len(motion.shape))[part] / ONSET)[:, None, None]
    target = landmarks + onset * (turned(motion.shape[part], landmarks) - expression)
    for lids, rest in ((UPPER_LIDS, 0.9), (LOWER_LIDS, -0.1)):
        gap = target[:, LOWER_LIDS] - target[:, UPPER_LIDS]
        target[:, lids] += rest * (motion.blink[part, None, None] * gap)
    shift, roll = motion.sway[part, None, :2], motion.sway[part, 2]
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
    sigma = SWAY_SECONDS * FPS
    reach = int(4 * sigma)
    gauss = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    noise = random.standard_normal((frames + 2 * reach, 3))
    noise = np.stack([np.convolve(column, gauss / gauss.sum(), "valid") for column in noise.T], 1)
    noise *= np.sqrt(2 * sigma * np.sqrt(np.pi))
    start = smoothstep(np.arange(frames) / (2 * FPS))[:, None]
    return (start * noise * [SWAY_SHIFT, SWAY_SHIFT, SWAY_ROLL]).astype(np.float32)
