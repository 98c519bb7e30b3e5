"""From sound and emotion to motion: where each landmark of a resting face goes, 25 times a second.

Lips and jaw follow the sound (`network`); brows, eyes, cheeks and mouth corners carry the emotion (`expressions`);
head, gaze, blinks and raised brows are those of `life`. `driving.drive` applies a motion to a portrait.
"""

import math
from typing import NamedTuple

import numpy as np

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.audio.prosody import Prosody, prosody, silence
from talking_face.concurrency.thread_pool import alone, in_order
from talking_face.emotions import TABLE
from talking_face.face.geometry import lip_opening, smoothstep
from talking_face.media.frame_rate import FPS
from talking_face.motion.bite import bites
from talking_face.motion.driving import Motion
from talking_face.motion.emotion_weights import emotion_weights
from talking_face.motion.expressions import Expressions, expressiveness
from talking_face.motion.library import Library
from talking_face.motion.life import live
from talking_face.motion.silence import speaking
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights

WINDOW, OVERLAP = 6 * FPS, FPS  # frames that are heard at once, at most, and that two such windows share
EMOTION_ONSET = 10  # frames over which the emotion appears
UNSURE = 0.012  # eye distances: openings about as small are mostly closed lips that the network is not sure of


class Heard(NamedTuple):
    """What a recording asks for.

    Attributes
    ----------
    shape : ndarray, (T, 68, 2) float32
        Displacements of lips and jaw.
    labiodental, bilabial : ndarray, (T,) float32
        How surely *f* or *v*, and *p*, *b* or *m*, is heard, 0 to 1.
    prosody : Prosody
    """

    shape: np.ndarray
    labiodental: np.ndarray
    bilabial: np.ndarray
    prosody: Prosody


class MotionModel:
    """Predicts `Motion` from log-mel.

    Parameters
    ----------
    hearing : hearing.Hearing
    networks : list of network.LipNetwork
        Their coefficients are averaged.
    places : network.PlaceClassifier
        Goes with the first.
    basis : ndarray, (K, 136)
        Displacement a unit of each coefficient.
    opening : ndarray, (68, 2)
        Displacement that opens the lips by one eye distance.
    expressions : expressions.Expressions
        Of emotions.
    library : library.Library
        Of head motion.
    """

    def __init__(self, hearing, networks, places, basis, opening, expressions, library):
        self.hearing, self.networks, self.places = hearing, networks, places
        self.basis, self.opening, self.expressions, self.library = basis, opening, expressions, library

    @classmethod
    def load(cls, path=CHECKPOINTS / "motion.safetensors"):
        """Read the shipped weights, or others of the same kind.

        Raises
        ------
        CheckpointError
            They, or the hearing or the emotions beside them, are missing, damaged, another network's or of other
            emotions.
        """
        from talking_face.motion.hearing import Hearing
        from talking_face.motion.network import LipNetwork, PlaceClassifier

        tensors, config = load_weights(path, "motion")

        def filled(module, prefix):
            module.load_state_dict({k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)})
            return module.eval()

        networks = [filled(LipNetwork(config["components"]), f"{member}.") for member in range(config["networks"])]
        places = filled(PlaceClassifier(networks[0].head.in_features), "places.")
        basis, opening = tensors["basis"].numpy(), tensors["opening"].numpy()
        return cls(Hearing.load(), networks, places, basis, opening, Expressions.load(opening), Library.load())

    def speech_shape(self, log_mel):
        """Displacements of lips and jaw that the sound asks for: (4 T, 80) -> (T, 68, 2) float32."""
        return self._listen(log_mel)[0]

    def _listen(self, log_mel):
        """Of what is `Heard` in a log-mel (4 T, 80), the shape and the places of articulation."""
        import torch

        from talking_face.motion.hearing import at_level, without_noise
        from talking_face.motion.network import BILABIAL, LABIODENTAL

        log_mel = torch.from_numpy(np.ascontiguousarray(log_mel, np.float32))
        heard = alone(lambda: at_level(without_noise(log_mel)))
        said = in_windows(self.say, heard, len(log_mel) // COLUMNS_PER_FRAME)
        coefficients, places = np.split(said, [len(self.basis)], axis=1)
        speaks = speaking(log_mel.numpy())
        places = speaks * torch.from_numpy(places).softmax(-1).mT.numpy()
        return (speaks[:, None] * coefficients @ self.basis).reshape(-1, 68, 2), places[LABIODENTAL], places[BILABIAL]

    def say(self, log_mel):
        """Mean coefficients, and logits of `network.PLACES`: log-mel as `hearing.at_level` leaves it -> (T, K + 3)."""
        import torch

        with torch.inference_mode():
            sound = self.hearing(log_mel[None])
            features = [network.features(sound) for network in self.networks]
            heads = [network.head(x) for network, x in zip(self.networks, features)]
            return torch.cat([sum(heads) / len(heads), self.places(sound, features[0])], -1)[0].numpy()

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
        return self.move(self.hear(log_mel, samples), emotion, intensity, seed, liveliness)

    def hear(self, log_mel, samples=None):
        """What is the same in any emotion and take, arguments as for a call: `Heard`."""
        return Heard(*self._listen(log_mel), prosody(log_mel, samples))

    def move(self, heard, emotion="neutral", intensity=1.0, seed=0, liveliness=1.0):
        """The motion for what was heard, with emotion and life added; other arguments as for a call."""
        shape, frames = heard.shape.copy(), len(heard.shape)
        weights = emotion_weights(emotion, frames)
        gain = weights @ np.array([emotion.speech_gain for emotion in TABLE], np.float32)
        shape *= (1 + (gain - 1) * np.float32(intensity))[:, None, None]
        shape -= hardly_open(lip_opening(shape))[:, None, None] * self.opening
        onset = smoothstep(np.arange(1, frames + 1, dtype=np.float32) / EMOTION_ONSET)
        emotional = self.expressions(weights, shape, intensity)
        emotional *= (onset * expressiveness(heard.prosody))[:, None, None]
        shape += emotional
        life = live(self.library, heard.prosody, weights, intensity, liveliness, seed)
        bite = np.minimum(bites(heard.labiodental), 1 - heard.bilabial)  # lips that meet have no teeth between them
        return Motion(shape + life.brows, life.pose, life.look, bite)

    def idle(self, frames, emotion="neutral", intensity=1.0, seed=0, liveliness=1.0):
        """The motion of a face that says nothing; arguments as for a recording's."""
        unheard = np.zeros(frames, np.float32)
        nothing = Heard(np.zeros((frames, 68, 2), np.float32), unheard, unheard, silence(frames))
        return self.move(nothing, emotion, intensity, seed, liveliness)


def hardly_open(gap):
    """What to take from openings so small that they are closed lips the network is not sure of: (T,) -> (T,)."""
    gap = np.maximum(gap, 0)
    return gap * UNSURE / (gap + UNSURE)


def in_windows(hear, log_mel, frames):
    """Hear a recording in windows side by side that blend into each other; memory does not grow with its length.

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
    apart = max(1, frames - OVERLAP)
    step = math.ceil(apart / math.ceil(apart / (WINDOW - OVERLAP)))
    spans = [(first, min(first + step + OVERLAP, frames)) for first in range(0, apart, step)]
    windows = (log_mel[first * COLUMNS_PER_FRAME : last * COLUMNS_PER_FRAME] for first, last in spans)
    total = 0
    for (first, last), heard in zip(spans, in_order(hear, windows)):
        if first == 0:
            total = np.zeros((frames, heard.shape[1]), heard.dtype)
        ramp = np.arange(1, last - first + 1, dtype=heard.dtype) / (OVERLAP + 1)
        share = np.minimum(ramp if first else 1, ramp[::-1] if last < frames else 1).clip(max=1)
        total[first:last] += np.reshape(share, (-1, 1)) * heard
    return total
