"""What emotions add to a speaking face: as in emotional speech up to intensity 1, towards posed faces beyond."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talking_face.audio.prosody import AVERAGE_ACCENT, smooth
from talking_face.emotions import check_trained_emotions
from talking_face.face.geometry import lip_opening
from talking_face.media.frame_rate import FPS
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights, read_emotions

KIND = "emotions"
HALF_OPEN = 0.02  # eye distances: lip opening at which half of an emotion's parting shows
MOST_PARTING = {"speaking": 0.045, "posed": 0.07}  # eye distances: further, emotional speech does not open the lips
# How an emotion comes and goes with what is said: in pauses, and on an accent of average strength, of its usual size.
PAUSING, STRESSED = 0.82, 0.3
SLOW = 8  # frames over which it sinks into a pause
SWELL = 0.2, 0.45  # seconds that it takes to rise to an accent, and to fall from it
LIVELIEST = 1.35  # of its usual size


@dataclass(frozen=True)
class Expressions:
    """Displacements of each emotion of `EMOTIONS`.

    Attributes
    ----------
    speaking, posed : ndarray, (6, 68, 2) float32
        At intensity 1 and at 1.5, lips together; face units.
    speaking_parting, posed_parting : ndarray, (6,) float32
        How much further they open the lips, eye distances.
    opening : ndarray, (68, 2)
        Displacement that opens the lips by one eye distance.
    """

    speaking: np.ndarray
    posed: np.ndarray
    speaking_parting: np.ndarray
    posed_parting: np.ndarray
    opening: np.ndarray

    @classmethod
    def load(cls, opening, path=CHECKPOINTS / "emotions.safetensors"):
        """Read the shipped displacements, or others of the same kind.

        Raises
        ------
        CheckpointError
            They are missing, damaged or of other emotions.
        """
        tensors, _ = load_weights(path, KIND)
        check_trained_emotions(read_emotions(path), len(tensors["speaking"]), Path(path).name)
        return cls(opening=opening, **{name: tensor.numpy() for name, tensor in tensors.items()})

    def __call__(self, weights, lips, intensity=1.0):
        """Displacement that emotions add.

        Parameters
        ----------
        weights : ndarray, (T or 1, 6)
            Share of each emotion in each frame.
        lips : ndarray, (T, 68, 2)
            The speaking face, or its displacement from rest; face units.
        intensity : float
            0 to 1.5.

        Returns
        -------
        ndarray, (T, 68, 2)
        """
        share, further = min(intensity, 1), max(0, 2 * (intensity - 1))
        along = lambda speaking, posed: share * speaking + further * (posed - speaking)
        # Lips part for an emotion only as far as the sound has them open, so that p, b and m still close.
        gap = np.maximum(lip_opening(lips), 0)
        part = weights @ along(self.speaking_parting, self.posed_parting) * gap / (gap + HALF_OPEN)
        return np.tensordot(weights, along(self.speaking, self.posed), 1) + part[:, None, None] * self.opening


def expressiveness(prosody):
    """How strongly an emotion shows from moment to moment, about 1 while somebody speaks: (T,) float32.

    It swells on stressed words and sinks a little in pauses, as in recordings of emotional speech, where its size
    deviates by a fifth to a third within a sentence.
    """
    frames = len(prosody.loudness)
    if prosody.pause.all():
        return np.ones(frames, np.float32)
    time = np.arange(frames) / FPS
    shown = np.ones(frames)
    for accent, strength in zip(prosody.accents / FPS, prosody.strength / AVERAGE_ACCENT):
        away = (time - accent) / np.where(time < accent, *SWELL)
        shown += STRESSED * min(strength, 2) * np.exp(-0.5 * away**2)
    shown /= shown[~prosody.pause].mean()
    shown += smooth(prosody.pause.astype(float), SLOW) * (PAUSING - shown)
    return np.minimum(smooth(shown, 2), LIVELIEST).astype(np.float32)
