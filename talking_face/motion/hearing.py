"""What is heard, as a recogniser of ninety-seven languages hears it: the first layers of Whisper's encoder.

Radford et al. 2023, the model `base` (MIT licence), which learnt from 680,000 hours of speech: what it makes of a sound
depends little on voice, room and language, which no hour of measured lips could teach.
"""

import functools

import torch
from torch import nn
from torch.nn import functional as F

from talking_face.audio.mel import COLUMNS_PER_FRAME, N_MELS
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights

KIND, STEP = "hearing", ".step"
SIZE, HEADS = 512, 8
PER_FRAME = COLUMNS_PER_FRAME // 2  # what the encoder says of a frame of video
LOUD, ABOVE, RANGE = 1.0, 0.5, 8.0  # log10 power that speech is brought to, what may exceed it, and what is heard below
LOUDEST = 0.995  # quantile of columns that is brought there
FAINTEST = -6.0  # log10 power; what stays below is no speech and is not made any louder
STEADY = 0.1  # quantile over time of a band's power that half as much again is taken for the room's own noise
LEFT = 0.1  # share of that noise which stays, so that what was below it does not flicker


def at_level(log_mel):
    """Log-mel (..., T, mels), log10 power, brought to one level and to the scale that the encoder learnt from."""
    top = torch.quantile(log_mel.amax(-1), LOUDEST, dim=-1)[..., None, None].clamp(min=FAINTEST)
    return ((log_mel - top).clamp(-RANGE, ABOVE) + LOUD + 4) / 4


def without_noise(log_mel, left=LEFT):
    """Log-mel (..., T, mels), log10 power, less what is always there: spectral subtraction (Boll 1979)."""
    noise = 1.5 * 10 ** torch.quantile(log_mel, STEADY, dim=-2, keepdim=True)
    return (10**log_mel - noise).clamp_(min=left * noise).log10_()


class Layer(nn.Module):
    """Attention and a perceptron, each added to what it is given (Vaswani et al. 2017): (B, T, size) -> the same."""

    def __init__(self, size, heads, hidden):
        super().__init__()
        self.heads = heads
        self.attend, self.asked, self.answer = nn.LayerNorm(size), nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.change = nn.Sequential(nn.LayerNorm(size), nn.Linear(size, hidden), nn.GELU(), nn.Linear(hidden, size))

    def forward(self, x):
        query, key, value = self.asked(self.attend(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        heard = F.scaled_dot_product_attention(query, key, value)
        x = x + self.answer(heard.transpose(1, 2).flatten(2))
        return x + self.change(x)


class Hearing(nn.Module):
    """Whisper's convolutions and first layers, which learnt on with the lips.

    Parameters
    ----------
    hidden : sequence of int
        Units of each layer's perceptron.
    fine : int
        How many layers say something `PER_FRAME` times a frame; those behind them do once, of its mean.
    """

    def __init__(self, hidden, fine):
        super().__init__()
        self.fine, self.config = fine, {"hidden": list(hidden), "fine": fine}
        self.first = nn.Conv1d(N_MELS, SIZE, 3, padding=1)
        self.second = nn.Conv1d(SIZE, SIZE, 3, stride=2, padding=1)
        self.layers = nn.Sequential(*(Layer(SIZE, HEADS, units) for units in hidden))

    def forward(self, log_mel):
        """Log-mel (B, 4 T, mels) as `at_level` leaves it -> (B, T, SIZE), about zero mean and unit deviation."""
        x = self.layers[: self.fine](self.convolved(log_mel))
        return F.layer_norm(self.layers[self.fine :](per_frame(x)).float(), (SIZE,))

    def convolved(self, log_mel):
        """What the layers are given: (B, 4 T, mels) -> (B, PER_FRAME * T, SIZE)."""
        x = F.gelu(self.second(F.gelu(self.first(log_mel.mT)))).mT
        return x + positions(x.shape[1]).to(x)

    @classmethod
    @functools.cache
    def load(cls, path=CHECKPOINTS / "hearing.safetensors"):
        """Read the shipped weights, of which there is one copy a process; raises CheckpointError as `load_weights`."""
        tensors, config = load_weights(path, KIND)
        for name in [name for name in tensors if name.endswith(STEP)]:  # rows of whole numbers, and their steps
            tensors[name.removesuffix(STEP)] = tensors[name.removesuffix(STEP)] * tensors.pop(name)
        with torch.device("meta"):  # nothing is drawn at random, nor held twice
            hearing = cls(**config)
        hearing.load_state_dict(tensors, assign=True)
        return hearing.eval().requires_grad_(False)


def per_frame(x):
    """Means over a frame of video: (B, PER_FRAME * T, SIZE) -> (B, T, SIZE)."""
    return x.unflatten(1, (-1, PER_FRAME)).mean(2)


@functools.lru_cache(maxsize=8)
def positions(count):
    """Sinusoids that tell where in time a vector is: (count, SIZE)."""
    rates = torch.exp(-torch.arange(SIZE // 2) * (torch.log(torch.tensor(1e4)) / (SIZE // 2 - 1)))
    angles = torch.arange(count)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], 1)
