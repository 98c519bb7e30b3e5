"""Synthetic speech, whose phones are known: it teaches to hear, and when lips are closed, in any language."""

import numpy as np
import torch
from torch.nn import functional as F

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.audio.prosody import smooth
from talking_face.data.phones import OPENING, SILENCE, WIDTH
from talking_face.training.motion.augmentation import augment_log_mel, mask
from talking_face.training.motion.loss import correlation_and_spread
from talking_face.training.motion.windows import heard, nothing

SILENT = -10.0  # log10 power of digital silence
PAUSED, LONGEST = 0.6, 50  # share of utterances with silence before and behind, and how much at most, frames
SHUT_AFTER = 6  # frames of silence from where on lips are shut
COARTICULATION = 1.2  # frames over which lips go from one phone to the next
OPEN = 1.3  # mean opening of lips that speak, of its standard deviation; real people's is 1.5, pauses and all
PRESSED = 0.012  # eye distances that closed lips are pressed beyond touching, so that they surely touch


class SpokenSampler:
    """Random windows of the file that `prepare.spoken` writes.

    Parameters
    ----------
    path : path
    window : int
        Frames.
    teacher : callable, optional
        Log-mel (4 T, 80) -> ndarray (T, D), what is to be foreseen.
    """

    def __init__(self, path, window, teacher=nothing):
        self.window = window
        arrays = np.load(path)
        ends = np.cumsum(arrays["lengths"])
        split = lambda array, scale: np.split(array, scale * ends[:-1])
        self.log_mels = split(arrays["mel"], COLUMNS_PER_FRAME)
        self.classes, self.closed = split(arrays["classes"], 1), split(arrays["closed"], 1)
        self.deep = [teacher(log_mel) for log_mel in self.log_mels]

    def batch(self, size, random):
        """Mel (B, 4 W, 80) of augmented speech, classes (B, W, C), closed, silent (B, W), what the teacher says of it.

        Float32 tensors; the last two are whether he was asked (B, W), as about silence added to speech he is not, and
        his answers (B, W, D).
        """
        return tuple(torch.from_numpy(np.stack(x)) for x in zip(*(self._window(random) for _ in range(size))))

    def _window(self, random):
        number = random.integers(len(self.log_mels))
        log_mel = self.log_mels[number].astype(np.float32)
        before, behind = random.integers(0, LONGEST, 2) if random.random() < PAUSED else (0, 0)
        behind = max(behind, self.window - before - len(self.closed[number]))
        level = SILENT if random.random() < 0.5 else np.quantile(log_mel, 0.02)
        padding = [(before, behind), (0, 0)]
        in_columns = [(COLUMNS_PER_FRAME * before, COLUMNS_PER_FRAME * behind), (0, 0)]
        log_mel = np.pad(log_mel, in_columns, constant_values=level)
        classes = np.pad(self.classes[number].astype(np.float32), padding)
        classes[:, SILENCE] = 1 - classes[:, SILENCE + 1 :].sum(1)
        closed = np.pad(self.closed[number], padding[0]).astype(np.float32)
        first = random.integers(0, len(classes) - self.window + 1)
        frames = slice(first, first + self.window)
        columns = slice(COLUMNS_PER_FRAME * frames.start, COLUMNS_PER_FRAME * frames.stop)
        sound = heard(augment_log_mel(log_mel, random, self._voice))[columns].copy()
        quiet = np.convolve(classes[:, SILENCE] > 0.99, np.ones(SHUT_AFTER), "same") > SHUT_AFTER - 0.5
        said = np.pad(np.ones(len(self.closed[number]), np.float32), padding[0])
        deep = np.pad(self.deep[number].astype(np.float32), padding)
        quiet = quiet[frames].astype(np.float32)
        return mask(sound, random), classes[frames], closed[frames], quiet, said[frames], deep[frames]

    def _voice(self, random):
        return self.log_mels[random.integers(len(self.log_mels))]


def hearing_loss(logits, classes):
    """Cross-entropy of the phones' classes: (B, W, C) each."""
    return F.cross_entropy(logits.flatten(0, 1), classes.flatten(0, 1))


def speaking_loss(predicted, classes, closed, silent, opening, width, unit, spread):
    """What lips must do while a synthesiser speaks: close, open as far as people's, and in its vowels' order.

    Parameters
    ----------
    predicted : Tensor, (B, W, K)
        Coefficients.
    classes : Tensor, (B, W, C)
        Share of each of `phones.CLASSES`.
    closed, silent : Tensor, (B, W)
        Where a p, b or m, or silence, shuts the lips.
    opening, width, unit, spread
        As for `loss.motion_loss`.
    """
    gap = predicted @ opening
    too_open = (gap + PRESSED).clamp(min=0) / spread
    closing = ((too_open + too_open.square()) * closed).sum() / closed.sum().clamp(min=1)
    rest = ((predicted.square().sum(-1) / unit + gap.abs() / spread) * silent).sum() / silent.sum().clamp(min=1)
    everywhere = torch.ones_like(gap)
    speaking = (classes[..., SILENCE] < 0.5).float() + 1e-6
    level, lively = levels(gap, speaking)
    mumbling = ((level / spread - OPEN).square() + 4 * (lively / spread).log().square()).mean()
    follows = 0.0
    for guess, table, weight in ((gap, OPENING, 1.0), (predicted @ width, WIDTH, 0.5)):
        wanted = (classes.cpu().numpy() @ table).T
        wanted = torch.from_numpy(smooth(wanted, COARTICULATION).T.astype(np.float32)).to(gap)
        correlation, _, spread_t = correlation_and_spread(guess, wanted, everywhere)
        spoken = (spread_t > 0.05).float()
        follows = follows + weight * ((1 - correlation) * spoken).sum() / spoken.sum().clamp(min=1)
    return closing + 0.3 * rest + 0.1 * follows + 0.5 * mumbling


def levels(gap, weights):
    """Mean and standard deviation over time, weighted: (B, W) each -> two (B,)."""
    total = weights.sum(1)
    mean = (gap * weights).sum(1) / total
    return mean, (((gap - mean[:, None]).square() * weights).sum(1) / total + 1e-5).sqrt()
