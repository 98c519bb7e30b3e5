"""Hearing that learns with the lips: what deeper layers of Whisper say it is to foresee, whatever is heard beside."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from talking_face.audio.mel import COLUMNS_PER_FRAME
from talking_face.motion.hearing import KIND, SIZE, STEP, Hearing, at_level, per_frame
from talking_face.motion.model import in_windows
from talking_face.weights import save_weights

DEEP = 1  # layers of the teacher's from which on its answers are meant, but for the last


class Teacher:
    """Whisper's whole encoder; its middle layers' mean, of undisturbed sound.

    Parameters
    ----------
    path : path
        As `prepare.hearing` writes all its layers.
    """

    def __init__(self, path):
        self.hearing = Hearing.load(Path(path))

    @torch.inference_mode()
    def __call__(self, log_mel):
        """Log-mel (4 T, mels), log10 power -> ndarray (T, SIZE) float16, about zero mean and unit deviation."""
        log_mel = torch.from_numpy(np.ascontiguousarray(log_mel, np.float32))
        return in_windows(self._deep, at_level(log_mel), len(log_mel) // COLUMNS_PER_FRAME).astype(np.float16)

    def _deep(self, log_mel):
        x, said = self.hearing.convolved(log_mel[None]), []
        for layer in self.hearing.layers[:-1]:
            x = layer(x)
            said.append(F.layer_norm(per_frame(x), (SIZE,))[0])
        return torch.stack(said[DEEP:]).mean(0).numpy()


def foresight_loss(foreseen, deep, valid):
    """Error of what deeper layers are foreseen to say, each of its numbers as important as any other.

    Parameters
    ----------
    foreseen, deep : Tensor, (B, W, SIZE)
    valid : Tensor, (B, W)
    """
    wanted, guess = deep[valid > 0].float(), foreseen[valid > 0]
    return ((guess - wanted) / (wanted.std(0) + 1e-3)).square().mean()


def save_hearing(path, tensors, config):
    """Write a hearing's weights, each row rounded to 255 whole numbers: 8 bits each."""
    rounded = dict(tensors)
    for name in [name for name, tensor in tensors.items() if tensor.dim() > 1]:
        step = tensors[name].abs().amax(tuple(range(1, tensors[name].dim())), keepdim=True) / 127
        rounded[name + STEP] = step
        rounded[name] = (tensors[name] / step).round().to(torch.int8)
    save_weights(path, rounded, KIND, config)
