"""What the baseline makes codes of photo, speech, emotion and noise by."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from talking_face.generators.deformable.deform_conv import DeformConv2d

SAMPLE_RATE = 8000  # Hz
FRAME_RATE = 25  # frames a second
SAMPLES_PER_FRAME = SAMPLE_RATE // FRAME_RATE
SPEECH_LAYERS = ((63, 4), (31, 4), (17, 2), (9, 2))  # taps and stride of the convolutions over the waveform
SPEECH_FEATURES = 16  # channels of what they hear, in each step of 64 samples
STEPS_PER_FRAME = SAMPLES_PER_FRAME // math.prod(stride for _, stride in SPEECH_LAYERS)
COARSEST = 4  # pixels on a side of the smallest maps
SLOPE = 0.2  # of every LeakyReLU


class SpeechEncoder(nn.Module):
    """Convolutions over the waveform, then a linear layer over each frame's context.

    Parameters
    ----------
    filters : sequence of 4 int
    code : int
        Size of the code.
    context : int
        Steps of 8 ms heard on either side.
    """

    def __init__(self, filters, code, context):
        super().__init__()
        self.context = context
        layers = []
        for inputs, outputs, (taps, stride) in zip((1, *filters), filters, SPEECH_LAYERS):
            layers += [
                nn.ReflectionPad1d(taps // 2),
                nn.Conv1d(inputs, outputs, taps, stride),
                nn.LeakyReLU(SLOPE),
                nn.Identity(),  # keeps the reference's numbering
            ]
        self.net = nn.Sequential(*layers, nn.Conv1d(filters[-1], SPEECH_FEATURES, 1), nn.LeakyReLU(SLOPE))
        self.fc_1 = nn.Sequential(nn.Linear((2 * context + 1) * SPEECH_FEATURES, code), nn.LeakyReLU(SLOPE))

    def forward(self, speech, margins=None):
        """Waveform (B, 1, samples), margins (B, 16, 2 * context) -> features (B, 16, S) and codes (B, T, code)."""
        features = self.net(speech)
        if margins is None:
            margins = features.new_zeros(len(features), SPEECH_FEATURES, 2 * self.context)
        before, after = margins[..., : self.context], margins[..., self.context :]
        windows = torch.cat([before, features, after], 2).unfold(2, 2 * self.context + 1, STEPS_PER_FRAME)
        return features, self.fc_1(windows.permute(0, 2, 3, 1).flatten(2))


class ImageEncoder(nn.Module):
    """Strided convolutions, each of which also sees the photo at its own resolution.

    Parameters
    ----------
    filters : sequence of 5 int
    code : int
        Size of the code.
    deform : bool
        Whether a deformable convolution and an attention mask refine the code.
    """

    def __init__(self, filters, code, deform):
        super().__init__()
        self.conv_1, self.conv_2, self.conv_3, self.conv_4, self.conv_5 = (
            nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(inputs, outputs, 3, stride=2), nn.LeakyReLU(SLOPE))
            for inputs, outputs in zip((3, *(width + 3 for width in filters)), filters)
        )
        self.conv_6 = nn.Sequential(nn.Conv2d(filters[-1] + 3, code, COARSEST), nn.LeakyReLU(SLOPE))
        self.deform = deform
        if deform:
            self.convde = DeformableLayer(code)
            self.att = nn.Conv2d(code, code, 1)

    def forward(self, image):
        """Photo (B, 3, 128, 128) -> code (B, code) and five skip maps (B, width + 3, side, side), finest first."""
        x, skips = image, []
        for layer in (self.conv_1, self.conv_2, self.conv_3, self.conv_4, self.conv_5):
            x = layer(x)
            x = torch.cat([x, F.interpolate(image, x.shape[2:])], 1)
            skips.append(x)
        x = self.conv_6(x)
        if self.deform:
            x = self.convde(x)
            x = x * F.relu(self.att(x))
        return x.flatten(1), skips


class DeformableLayer(nn.Module):
    """A modulated 3x3 deformable convolution that finds its own offsets and mask.

    On the 1x1 map where the reference has it, all that offsets can do is to weigh that one pixel.
    """

    def __init__(self, channels):
        super().__init__()
        taps = 9
        self.offset_conv = nn.Conv2d(channels, 2 * taps, 3, padding=1)
        self.modulator_conv = nn.Conv2d(channels, taps, 3, padding=1)
        self.regular_conv = DeformConv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x):
        """(B, channels, H, W) -> the same shape."""
        return self.regular_conv(x, self.offset_conv(x), 2 * self.modulator_conv(x).sigmoid())


class NoiseGenerator(nn.Module):
    """Noise made smooth in time by an LSTM of `size` units."""

    def __init__(self, size):
        super().__init__()
        self.size = size
        self.noise_rnn = nn.LSTM(size, size, batch_first=True)

    def forward(self, noise):
        """(B, T, size) -> the same shape."""
        return self.noise_rnn(noise)[0]


class EmotionProcessor(nn.Module):
    """One-hot emotion to a code, through two linear layers."""

    def __init__(self, emotions, code):
        super().__init__()
        self.fc_1 = nn.Sequential(
            nn.Linear(emotions, code), nn.LeakyReLU(SLOPE), nn.Linear(code, code), nn.LeakyReLU(SLOPE)
        )

    def forward(self, emotion):
        """(B, T, emotions) -> (B, T, code)."""
        return self.fc_1(emotion)
