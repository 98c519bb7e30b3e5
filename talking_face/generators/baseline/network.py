"""The baseline: the generator of Eskimez et al. 2020, with and without the reference project's deformable layer.

"Speech Driven Talking Face Generation from a Single Image and an Emotion Condition" (arXiv 2008.03592) paints every
pixel of every frame from four codes: of the photo, the speech, the emotion and noise. Modules bear the names of the
reference project's state dicts, so that its published weights load; where they have no weights, their places in an
`nn.Sequential` count too.
"""

import math
from typing import NamedTuple

import torch
from torch import nn

from talking_face.generators.baseline.decoder import Decoder
from talking_face.generators.baseline.encoders import (
    FRAME_RATE,
    SAMPLES_PER_FRAME,
    SLOPE,
    SPEECH_FEATURES,
    EmotionProcessor,
    ImageEncoder,
    NoiseGenerator,
    SpeechEncoder,
)

IMAGE_SIZE = 128  # pixels on a side


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
