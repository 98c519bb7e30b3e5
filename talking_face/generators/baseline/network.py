"""The baseline: the generator of Eskimez et al. 2020, with and without the reference project's deformable layer.

"Speech Driven Talking Face Generation from a Single Image and an Emotion Condition" (arXiv 2008.03592) paints every
pixel of every frame from four codes: of the photo, the speech, the emotion and noise. Modules bear the names of the
reference project's state dicts, so that its published weights load; where they have no weights, their places in an
`nn.Sequential` count too.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from talking_face.generators.deformable.deform_conv import DeformConv2d

IMAGE_SIZE = 128  # pixels on a side
SAMPLE_RATE = 8000  # Hz
FRAME_RATE = 25  # frames a second
SAMPLES_PER_FRAME = SAMPLE_RATE // FRAME_RATE
SPEECH_LAYERS = ((63, 4), (31, 4), (17, 2), (9, 2))  # taps and stride of the convolutions over the waveform
SPEECH_FEATURES = 16  # channels of what they hear, in each step of 64 samples
STEPS_PER_FRAME = SAMPLES_PER_FRAME // math.prod(stride for _, stride in SPEECH_LAYERS)
COARSEST = 4  # pixels on a side of the smallest maps
SLOPE = 0.2  # of every LeakyReLU


class Generated(NamedTuple):
    """What the generator makes of B photos and recordings.

    Attributes
    ----------
    video : Tensor, (B, T, 3, 128, 128)
        In [-1, 1], 25 frames a second.
    speech_features : Tensor, (B, 16, S)
        What the speech encoder's convolutions hear, 125 steps a second.
    emotion_logits : Tensor, (B, 6)
        The emotion heard in the speech, whatever the one asked for.
    """

    video: torch.Tensor
    speech_features: torch.Tensor
    emotion_logits: torch.Tensor


class Generator(nn.Module):
    """Photo, waveform and emotion to video.

    Parameters
    ----------
    filters : sequence of 5 int
        Channels of the image encoder, from fine to coarse; the decoder mirrors them.
    speech_filters : sequence of 4 int
        Channels of the convolutions over the waveform.
    image_code, speech_code, emotion_code, noise : int
        Sizes of the four codes.
    context : int
        Steps of 8 ms on either side of a frame's own that its speech code hears.
    emotions : int
        Emotions to choose from.
    deform : bool
        Whether a deformable convolution refines the image code, as with the reference's `--deform 1`.
    """

    def __init__(
        self,
        filters=(64, 128, 256, 512, 512),
        speech_filters=(64, 128, 256, 512),
        image_code=512,
        speech_code=512,
        emotion_code=512,
        noise=128,
        context=17,
        emotions=6,
        deform=False,
    ):
        super().__init__()
        self.speech_encoder = SpeechEncoder(speech_filters, speech_code, context)
        self.image_encoder = ImageEncoder(filters, image_code, deform)
        self.noise_generator = NoiseGenerator(noise)
        self.emotion_processor = EmotionProcessor(emotions, emotion_code)
        self.speech_rnn = nn.LSTM(speech_code, speech_code, num_layers=2, batch_first=True)
        self.emotion_rnn = nn.LSTM(speech_code, speech_code, num_layers=2, batch_first=True)
        self.emo_classifier = nn.Sequential(
            nn.Linear(speech_code, speech_code), nn.LeakyReLU(SLOPE), nn.Linear(speech_code, emotions)
        )
        self.decoder = Decoder(filters, speech_code + noise + image_code + emotion_code)

    def draw_noise(self, speech, generator=None):
        """Standard normal values for both random inputs of `forward`, on the device of the speech.

        Parameters
        ----------
        speech : Tensor, (B, 1, samples)
        generator : torch.Generator, optional
            On the same device; torch's global one by default.

        Returns
        -------
        noise : Tensor, (B, T, noise)
        margins : Tensor, (B, 16, 2 * context)
        """
        frames = math.ceil(speech.shape[2] / SAMPLES_PER_FRAME)
        options = {"generator": generator, "device": speech.device, "dtype": speech.dtype}
        noise = torch.randn(len(speech), frames, self.noise_generator.size, **options)
        margins = torch.randn(len(speech), SPEECH_FEATURES, 2 * self.speech_encoder.context, **options)
        return noise, margins

    def forward(self, image, speech, emotion, noise=None, margins=None):
        """Generate whole videos.

        Parameters
        ----------
        image : Tensor, (B, 3, 128, 128)
            In [-1, 1].
        speech : Tensor, (B, 1, samples)
            Waveform in [-1, 1] at 8 kHz, at least 129 samples; 320 make a frame, and a remainder another.
        emotion : Tensor, (B, 6) or (B, T, 6)
            One-hot: anger, disgust, fear, happiness, neutral, sadness; of the clip, or of each frame.
        noise : Tensor, (B, T, noise), optional
            One vector a frame, N(0, 1) as in training (`draw_noise`); zeros by default.
        margins : Tensor, (B, 16, 2 * context), optional
            Stands for the speech features before the beginning (first half) and after the end; zeros by default.

        Returns
        -------
        Generated
        """
        codes, skips, speech_features, emotion_logits = self.encode(image, speech, emotion, noise, margins)
        video, _ = self.decoder(codes, skips)
        return Generated(video, speech_features, emotion_logits)

    def stream(self, image, speech, emotion, noise=None, margins=None, chunk=FRAME_RATE):
        """Generate the video of `forward` piece by piece, so that memory does not grow with the recording.

        Parameters
        ----------
        image, speech, emotion, noise, margins
            As in `forward`.
        chunk : int
            Frames at a time.

        Yields
        ------
        Tensor, (B, chunk or fewer, 3, 128, 128)
            In [-1, 1].
        """
        codes, skips, _, _ = self.encode(image, speech, emotion, noise, margins)
        state = None
        for part in codes.split(chunk, 1):
            video, state = self.decoder(part, skips, state)
            yield video

    def encode(self, image, speech, emotion, noise=None, margins=None):
        """All that the decoder paints from; a few of the frames may be painted, all are heard.

        Parameters
        ----------
        image, speech, emotion, noise, margins
            As in `forward`.

        Returns
        -------
        codes : Tensor, (B, T, codes)
            Of speech, noise, photo and emotion.
        skips : list of Tensor
            Maps of the photo.
        speech_features, emotion_logits : Tensor
            As in `Generated`.
        """
        speech_features, speech_codes = self.speech_encoder(speech, margins)
        speech_codes, _ = self.speech_rnn(speech_codes)
        heard, _ = self.emotion_rnn(speech_codes)
        frames = speech_codes.shape[1]
        if noise is None:
            noise = speech.new_zeros(len(speech), frames, self.noise_generator.size)
        image_code, skips = self.image_encoder(image)
        if emotion.dim() == 2:
            emotion = emotion[:, None]
        image_code, emotion_code = (
            code.expand(-1, frames, -1) for code in (image_code[:, None], self.emotion_processor(emotion))
        )
        codes = torch.cat([speech_codes, self.noise_generator(noise), image_code, emotion_code], 2)
        return codes, skips, speech_features, self.emo_classifier(heard[:, -1])


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


class Decoder(nn.Module):
    """Codes and skip maps to frames, from 4 to 128 pixels in five stages, the fourth of which remembers.

    Parameters
    ----------
    filters : sequence of 5 int
        Of the image encoder.
    codes : int
        Size of the four codes together.
    """

    def __init__(self, filters, codes):
        super().__init__()
        first, second, third, fourth, fifth = filters
        self.fc_1 = nn.Sequential(
            nn.Linear(codes, fifth * COARSEST**2),
            nn.LeakyReLU(SLOPE),
            nn.Unflatten(2, (fifth, COARSEST, COARSEST)),
        )
        self.conv_1 = DecoderStage(fifth, fifth + 3, fourth)
        self.conv_2 = DecoderStage(fourth, fourth + 3, third)
        self.conv_3 = DecoderStage(third, third + 3, second)
        self.conv_4 = ConvLSTM(second, second + 3, first)
        self.conv_5 = DecoderStage(first, first + 3, first // 2)
        self.out_new = PaintLayer(first // 2)

    def forward(self, codes, skips, state=None):
        """Paint frames.

        Parameters
        ----------
        codes : Tensor, (B, T, codes)
            Of speech, noise, photo and emotion, in this order.
        skips : list of Tensor, (B, width + 3, side, side)
            From the image encoder.
        state : optional
            What an earlier call returned for the frames before these.

        Returns
        -------
        video : Tensor, (B, T, 3, 128, 128)
            In [-1, 1].
        state : tuple of Tensor
        """
        finest, fine, middle, coarse, coarsest = skips
        x = self.fc_1(codes)
        x = upsample(self.conv_1(x, coarsest))
        x = upsample(self.conv_2(x, coarse))
        x = upsample(self.conv_3(x, middle))
        x, state = self.conv_4(x, fine, state)
        x = self.conv_5(upsample(x), finest)
        return self.out_new(x), state


class PaintLayer(nn.Sequential):
    """Twice the size, then a reflection-padded 7x7 convolution to colours and tanh.

    Every 2x2 pixels of the enlarged map are alike, so that the convolution equals one of 5x5 at the smaller size with a
    set of weights for each of the four places. That takes a third of the time, and is how it trains; only the padding
    differs, in the outermost three pixels.
    """

    def __init__(self, inputs):
        super().__init__(nn.ReflectionPad2d(3), nn.Conv2d(inputs, 3, 7), nn.Tanh())

    def forward(self, frames):
        """(B, T, inputs, H, W) -> (B, T, 3, 2 H, 2 W)."""
        _, convolution, tanh = self
        if not self.training:
            return super().forward(upsample(frames).flatten(0, 1)).unflatten(0, frames.shape[:2])
        x = F.pad(frames.flatten(0, 1), (2, 2, 2, 2), mode="replicate")
        x = F.conv2d(x, *fold_upsampling(convolution.weight, convolution.bias))
        return tanh(F.pixel_shuffle(x, 2)).unflatten(0, frames.shape[:2])


def fold_upsampling(weight, bias):
    """Weights (O, I, 7, 7), bias (O,) for a map enlarged twice -> (4 O, I, 5, 5), (4 O,) for `F.pixel_shuffle`."""
    places = torch.zeros(2, 5, 7, device=weight.device, dtype=weight.dtype)
    for place in range(2):
        for tap in range(7):
            places[place, (place + tap - 3) // 2 + 2, tap] = 1
    folded = torch.einsum("pai,qbj,ocij->opqcab", places, places, weight)
    return folded.flatten(0, 2), bias.repeat_interleave(4)


class DecoderStage(nn.Sequential):
    """A reflection-padded 3x3 convolution of frames beside a skip map, with LeakyReLU."""

    def __init__(self, inputs, skips, outputs):
        super().__init__(nn.ReflectionPad2d(1), nn.Conv2d(inputs + skips, outputs, 3), nn.LeakyReLU(SLOPE))

    def forward(self, frames, skip):
        """Frames (B, T, inputs, H, W) and skip map (B, skips, H, W) -> (B, T, outputs, H, W)."""
        pad, convolution, activation = self
        return activation(convolve_beside(frames, skip, convolution.weight, convolution.bias, pad))


class ConvLSTM(nn.Module):
    """Convolutional LSTM (Shi et al. 2015) over frames beside a skip map, zero-padded, 3x3.

    Unlike theirs, it has no peepholes, and its candidate passes through LeakyReLU instead of tanh.
    """

    def __init__(self, inputs, skips, hidden):
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.empty(4 * hidden, inputs + skips, 3, 3))
        self.weight_hh_l0 = nn.Parameter(torch.empty(4 * hidden, hidden, 3, 3))
        self.bias_ih_l0 = nn.Parameter(torch.empty(4 * hidden))
        self.bias_hh_l0 = nn.Parameter(torch.empty(4 * hidden))
        self.pad = nn.ZeroPad2d(1)
        bound = 1 / math.sqrt(9 * hidden)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, frames, skip, state=None):
        """Frames (B, T, inputs, H, W), skip map (B, skips, H, W), state -> (B, T, hidden, H, W) and the next state."""
        gates = convolve_beside(frames, skip, self.weight_ih_l0, self.bias_ih_l0 + self.bias_hh_l0, self.pad)
        if state is None:
            blank = gates.new_zeros(len(gates), self.weight_hh_l0.shape[1], *gates.shape[3:])
            state = blank, blank
        hidden, cell = state
        outputs = []
        for gate in gates.unbind(1):
            gate = gate + F.conv2d(self.pad(hidden), self.weight_hh_l0)
            write, keep, candidate, show = gate.chunk(4, 1)
            cell = keep.sigmoid() * cell + write.sigmoid() * F.leaky_relu(candidate, SLOPE)
            hidden = show.sigmoid() * cell.tanh()
            outputs.append(hidden)
        return torch.stack(outputs, 1), (hidden, cell)


def convolve_beside(frames, skip, weight, bias, pad):
    """Convolve frames concatenated with a skip map that they all share: its part is computed once.

    Parameters
    ----------
    frames : Tensor, (B, T, C, H, W)
    skip : Tensor, (B, S, H, W)
    weight : Tensor, (O, C + S, kh, kw)
    bias : Tensor, (O,)
    pad : callable
        Pads maps so that the convolution keeps their size.

    Returns
    -------
    Tensor, (B, T, O, H, W)
    """
    of_frames, of_skip = weight.split([frames.shape[2], skip.shape[1]], 1)
    moving = F.conv2d(pad(frames.flatten(0, 1)), of_frames).unflatten(0, frames.shape[:2])
    return moving + F.conv2d(pad(skip), of_skip, bias)[:, None]


def upsample(frames):
    """Twice the size, nearest: (B, T, C, H, W) -> (B, T, C, 2 H, 2 W)."""
    return F.interpolate(frames, scale_factor=(1, 2, 2))
