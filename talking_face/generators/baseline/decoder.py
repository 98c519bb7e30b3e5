"""What the baseline paints frames by."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from talking_face.generators.baseline.encoders import COARSEST, SLOPE


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
