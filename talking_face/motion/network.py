"""The lips' networks: what is heard in, expression coefficients out, 25 a second."""

import torch
from torch import nn

from talking_face.motion.hearing import SIZE

PLACES = "elsewhere", "labiodental", "bilabial"  # where a phone is articulated; stops and nasals alone are bilabial
LABIODENTAL, BILABIAL = 1, 2


class LipNetwork(nn.Module):
    """Residual blocks over time on what `hearing.Hearing` hears.

    Parameters
    ----------
    components : int
        Expression coefficients a frame.
    hidden : int
        Channels of the blocks.
    dilations : sequence of int
        Frames between what each block looks at.
    dropout : float
        Of what is heard, and before the last layer; half as much in each block.
    """

    def __init__(self, components, hidden=192, dilations=(1, 2, 2), dropout=0.3):
        super().__init__()
        self.project = nn.Sequential(nn.Dropout(dropout), nn.Linear(SIZE, hidden))
        self.blocks = nn.Sequential(*(Block(hidden, dilation, dropout / 2) for dilation in dilations))
        self.heard = nn.Sequential(nn.LayerNorm(hidden), nn.Dropout(dropout))
        self.head = nn.Linear(hidden, components)

    def forward(self, sound):
        """What is heard (B, T, SIZE) -> coefficients (B, T, components)."""
        return self.head(self.features(sound))

    def features(self, sound):
        """What it comes to, before it is said what lips do about it: (B, T, SIZE) -> (B, T, hidden)."""
        return self.heard(self.blocks(self.project(sound).mT).mT)


class PlaceClassifier(nn.Linear):
    """Which of `PLACES` a phone is articulated at, by what is heard and what a lip network makes of it: logits.

    Landmarks that lips are learnt from are closed for *f* as for *p*; only the sound tells them.
    """

    def __init__(self, hidden):
        super().__init__(SIZE + hidden, len(PLACES))
        nn.init.zeros_(self.weight), nn.init.zeros_(self.bias)

    def forward(self, sound, features):
        """(B, T, SIZE) and (B, T, hidden) -> (B, T, `PLACES`)."""
        return super().forward(torch.cat([sound, features], -1))


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
