"""The reference project's two discriminators, for training only: is this frame real, is this emotion the one asked for.

Modules bear the names of the reference's state dicts, so that its published weights load.
"""

import torch
from torch import nn

COARSEST = 4  # pixels on a side that five halvings leave of 128
SLOPE = 0.3  # of every LeakyReLU


class PictureLayers(nn.Module):
    """Five strided 3x3 convolutions, the common part of both discriminators.

    Parameters
    ----------
    inputs : int
        Channels of the picture.
    filters : sequence of 5 int
        Channels of the convolutions.
    """

    def __init__(self, inputs, filters):
        super().__init__()
        self.conv_1, self.conv_2, self.conv_3, self.conv_4, self.conv_5 = (
            nn.Sequential(nn.Conv2d(before, after, 3, stride=2, padding=1), nn.LeakyReLU(SLOPE))
            for before, after in zip((inputs, *filters), filters)
        )

    def picture_features(self, picture):
        """(N, inputs, 128, 128) -> (N, 16 * filters[-1])."""
        for layer in (self.conv_1, self.conv_2, self.conv_3, self.conv_4, self.conv_5):
            picture = layer(picture)
        return picture.flatten(1)


class FrameDiscriminator(PictureLayers):
    """Critic of single frames beside the photo (WGAN-GP in the reference).

    Parameters
    ----------
    filters : sequence of 5 int
        Channels of the convolutions.
    hidden : int
        Units of the linear layer.
    """

    def __init__(self, filters=(64, 128, 256, 512, 512), hidden=2048):
        super().__init__(6, filters)
        self.out = nn.Sequential(
            nn.Linear(filters[-1] * COARSEST**2, hidden), nn.LeakyReLU(SLOPE), nn.Linear(hidden, 1)
        )

    def forward(self, image, video):
        """Judge every frame.

        Parameters
        ----------
        image : Tensor, (B, 3, 128, 128)
            The photo, in [-1, 1].
        video : Tensor, (B, T, 3, 128, 128)
            In [-1, 1].

        Returns
        -------
        Tensor, (B * T, 1)
            Greater for more real; the frames of the first video come first.
        """
        pairs = torch.cat([video, image[:, None].expand_as(video)], 2)
        return self.out(self.picture_features(pairs.flatten(0, 1)))


class EmotionDiscriminator(PictureLayers):
    """Classifier of whole videos: one of the emotions, or fake.

    Parameters
    ----------
    filters : sequence of 5 int
        Channels of the convolutions.
    hidden : int
        Units of the linear layer.
    code : int
        Size of a frame's code, and units of the LSTM over them.
    classes : int
        Emotions, and one for "fake", the last.
    """

    def __init__(self, filters=(64, 128, 256, 512, 512), hidden=2048, code=512, classes=7):
        super().__init__(3, filters)
        self.projector = nn.Sequential(
            nn.Linear(filters[-1] * COARSEST**2, hidden), nn.LeakyReLU(SLOPE), nn.Linear(hidden, code)
        )
        self.rnn_1 = nn.LSTM(code, code, batch_first=True)
        self.cls = nn.Sequential(nn.Linear(code, classes))

    def forward(self, video):
        """Video (B, T, 3, 128, 128) in [-1, 1] -> logits (B, classes)."""
        codes = self.projector(self.picture_features(video.flatten(0, 1))).unflatten(0, video.shape[:2])
        states, _ = self.rnn_1(codes)
        return self.cls(states[:, -1])
