"""The motion networks: log-mel in, expression coefficients out, 25 a second."""

import torch
from torch import nn

STEADY = 0.1  # quantile over time of a band's power that half as much again is taken for the room's own noise
LEFT = 0.3  # share of that noise which stays, so that what was below it does not flicker
DYNAMIC_RANGE = 5.0  # log10 power kept below a recording's peak: 50 dB


def normalise_log_mel(log_mel):
    """Take out what microphone and distance did: the level, and half of the colour, of the recording's loud half.

    Parameters
    ----------
    log_mel : Tensor, (..., T, mels)
        log10 mel power.

    Returns
    -------
    Tensor, (..., T, mels)
        About zero mean over the loud columns, in the range of about -4 to 2.
    """
    return without_channel(log_mel, *noise_floor_and_channel(log_mel))


def without_channel(log_mel, noise, floor, channel):
    """Log-mel, or part of one, less what `noise_floor_and_channel` found in the whole."""
    return torch.maximum(without_noise(log_mel, noise), floor) - channel


def without_noise(log_mel, noise):
    """Log-mel less the power of steady noise, (..., 1, mels): spectral subtraction (Boll 1979)."""
    return (10**log_mel - noise).clamp_(min=LEFT * noise).log10_()


def noise_floor_and_channel(log_mel):
    """What a recording's surroundings did to it.

    Returns
    -------
    noise : Tensor, (..., 1, mels)
        Power that is always there.
    floor : Tensor, (..., 1, 1)
        What is too faint to count.
    channel : Tensor, (..., 1, mels)
        What microphone and distance did to each band.
    """
    noise = 1.5 * 10 ** torch.quantile(log_mel, STEADY, dim=-2, keepdim=True)
    log_mel = without_noise(log_mel, noise)
    energy = log_mel.mean(-1, keepdim=True)
    floor = torch.quantile(log_mel.amax(-1), 0.98, dim=-1)[..., None, None] - DYNAMIC_RANGE
    loud = (energy > energy.median(-2, keepdim=True).values).to(log_mel.dtype)
    colour = torch.maximum(log_mel, floor).mul_(loud).sum(-2, keepdim=True) / loud.sum(-2, keepdim=True).clamp(min=1)
    return noise, floor, (colour + colour.mean(-1, keepdim=True)) / 2


def convolve(inputs, outputs, size, stride):
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, stride, size // 2), nn.GroupNorm(4, outputs), nn.GELU())


def listening(convolve, channels, strides):
    """Three convolutions over log-mel, which leave the frame rate and an eighth of the bands."""
    (first, second, third), (once, twice, thrice) = channels, strides
    return nn.Sequential(
        convolve(1, first, 5, once),
        convolve(first, second, 3, twice),
        nn.Dropout2d(0.1),
        convolve(second, third, 3, thrice),
    )


class RecurrentNetwork(nn.Module):
    """Two-dimensional convolutions over log-mel down to the frame rate, a bidirectional GRU, a linear layer.

    Filters that slide along the frequency axis too carry over to voices of another pitch and vocal tract; filters over
    all bands at once were worse on strangers (docs/experiments.md).

    Parameters
    ----------
    components : int
        Expression coefficients a frame.
    mels : int
        Mel bands, a multiple of 8.
    channels : sequence of int
        Channels of the three convolutions.
    hidden : int
        GRU units a direction.
    dropout : float
        Applied before and after the GRU.
    """

    def __init__(self, components, mels=80, channels=(16, 32, 48), hidden=128, dropout=0.3):
        super().__init__()
        self.convolutions = listening(convolve, channels, [(1, 2), (2, 2), (2, 2)])
        self.project = nn.Sequential(nn.Linear(channels[-1] * mels // 8, hidden), nn.GELU(), nn.LayerNorm(hidden))
        self.dropout = nn.Dropout(dropout)
        self.recurrent = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hidden, components)

    def forward(self, log_mel):
        """Normalised log-mel (B, 4 T, mels) -> coefficients (B, T, components)."""
        return self.head(self.features(log_mel))

    def features(self, log_mel):
        """What is heard, before it is said what lips do about it: (B, 4 T, mels) -> (B, T, 2 hidden)."""
        features = self.convolutions(log_mel[:, None]).permute(0, 2, 1, 3).flatten(2)
        features = self.dropout(self.project(features))
        return self.dropout(self.recurrent(features)[0])


class LocalNetwork(nn.Module):
    """Hears no more than 0.4 s before and behind each frame: convolutions alone.

    What it cannot hear it cannot learn by heart, so it errs elsewhere than a recurrent one. Batches are normalised, for
    what is normalised over time hears all of it.

    Parameters
    ----------
    components : int
        Expression coefficients a frame.
    mels : int
        Mel bands, a multiple of 8.
    channels : sequence of int
        Channels of the three convolutions over time and frequency.
    hidden : int
        Channels of the blocks over time.
    dilations : sequence of int
        Frames between what each block hears; their sum, and two, is how far the network hears.
    dropout : float
        Before the last layer; half as much in each block.
    """

    def __init__(self, components, mels=80, channels=(24, 48, 80), hidden=192, dilations=(1, 2, 1, 2, 2), dropout=0.3):
        super().__init__()
        self.convolutions = listening(convolve_batch, channels, [(2, 2), (2, 2), (1, 2)])
        self.project = nn.Linear(channels[-1] * mels // 8, hidden)
        self.blocks = nn.Sequential(*(Block(hidden, dilation, dropout / 2) for dilation in dilations))
        self.heard = nn.Sequential(nn.LayerNorm(hidden), nn.Dropout(dropout))
        self.head = nn.Linear(hidden, components)

    def forward(self, log_mel):
        """Normalised log-mel (B, 4 T, mels) -> coefficients (B, T, components)."""
        return self.head(self.features(log_mel))

    def features(self, log_mel):
        """What is heard, before it is said what lips do about it: (B, 4 T, mels) -> (B, T, hidden)."""
        columns = log_mel[:, None].contiguous(memory_format=torch.channels_last)
        features = self.project(self.convolutions(columns).permute(0, 2, 1, 3).flatten(2))
        return self.heard(self.blocks(features.mT).mT)


def convolve_batch(inputs, outputs, size, stride):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class Block(nn.Module):
    """A residual block over time (He et al. 2016, pre-activation): (B, channels, T) -> the same."""

    def __init__(self, channels, dilation, dropout):
        super().__init__()
        self.change = nn.Sequential(
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 1),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        return x + self.change(x)


NETWORKS = {"recurrent": RecurrentNetwork, "local": LocalNetwork}
