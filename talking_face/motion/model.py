"""From sound and emotion to motion: where each landmark of a resting face goes, 25 times a second.

Lips and jaw follow the sound (`network`); brows, eyes, cheeks and mouth corners carry the emotion, taken from posed
expressions of real people; head, gaze, blinks and
raised brows are those of `life`. `driving.drive` applies a motion to a portrait.
"""

from pathlib import Path

import numpy as np

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.audio.prosody import prosody, silence
from talking_face.concurrency.thread_pool import alone, in_order
from talking_face.emotions import TABLE, check_trained_emotions
from talking_face.face.geometry import lip_opening, smoothstep
from talking_face.media.frame_rate import FPS
from talking_face.motion.driving import Motion
from talking_face.motion.emotion_weights import emotion_weights
from talking_face.motion.library import Library
from talking_face.motion.life import live
from talking_face.motion.silence import speaking
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights, read_emotions

WINDOW, OVERLAP = 20 * FPS, 2 * FPS  # frames that the networks hear at once, and that two such windows share
EMOTION_ONSET = 10  # frames over which the emotion appears
HALF_OPEN = 0.03  # eye distances: lip opening at which half of an emotion's parting shows


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
    library : library.Library
        Of head motion.
    """

    def __init__(self, networks, basis, emotions, parting, opening, library):
        self.networks, self.basis, self.library = networks, basis, library
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
        return cls(networks, *arrays, Library.load())

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
        coefficients *= speaking(log_mel.numpy())[:, None]
        return (coefficients @ self.basis).reshape(-1, 68, 2)

    def __call__(self, log_mel, emotion="neutral", intensity=1.0, seed=0, liveliness=1.0, samples=None):
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
            Of head, eyes and brows.
        liveliness : float
            Of them, as for `life.live`.
        samples : ndarray, (N,), optional
            The sound itself, 16 kHz, whose pitch tells accents better than loudness alone.

        Returns
        -------
        Motion
            Of T frames.
        """
        shape = self.speech_shape(log_mel)
        return self._motion(shape, prosody(log_mel, samples), emotion, intensity, seed, liveliness)

    def idle(self, frames, emotion="neutral", intensity=1.0, seed=0, liveliness=1.0):
        """The motion of a face that says nothing; arguments as for a recording's."""
        shape = np.zeros((frames, 68, 2), np.float32)
        return self._motion(shape, silence(frames), emotion, intensity, seed, liveliness)

    def _motion(self, shape, prosody, emotion, intensity, seed, liveliness):
        """Add emotion and life to what the sound asks for, in place."""
        frames = len(shape)
        weights = emotion_weights(emotion, frames)
        gain = weights @ np.array([emotion.speech_gain for emotion in TABLE], np.float32)
        shape *= (1 + (gain - 1) * np.float32(intensity))[:, None, None]
        strength = np.float32(intensity) * smoothstep(np.arange(1, frames + 1, dtype=np.float32) / EMOTION_ONSET)
        emotional = self.emotional_shape(weights, shape)
        emotional *= strength[:, None, None]
        shape += emotional
        life = live(self.library, prosody, weights, intensity, liveliness, seed)
        return Motion(shape + life.brows, life.pose, life.look)

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
