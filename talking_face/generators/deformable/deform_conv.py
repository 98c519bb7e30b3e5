"""Modulated deformable convolution (Zhu et al. 2019, "Deformable ConvNets v2"), made fast on the CPU.

A convolution whose taps may each look elsewhere, by an offset in pixels, and count for more or less, by a mask. On a
GPU it is torchvision's, whose CPU version fetches every value of every tap one by one. Here whole rows or planes are
fetched by torch's own vectorised kernels, in one of two orders (`_mix_then_sample`, `_sample_then_mix`).
"""

import functools
import itertools
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules.utils import _pair

# Bilinear samples taken at a time where no gradient is wanted: their channels then stay within a few MB, while bigger
# temporaries would be fresh memory, slow to touch, at every call.
SAMPLES_AT_ONCE = 1 << 17


def deform_conv2d(input, offset, weight, bias=None, stride=1, padding=0, dilation=1, mask=None):
    """Convolve at offset, modulated taps; same arguments, layout and numbers as `torchvision.ops.deform_conv2d`.

    Fastest with one offset group, all the more when one image serves many offsets.

    Parameters
    ----------
    input : Tensor, (B, C, H, W) or (1, C, H, W)
        Features; a batch of one serves the whole batch of offsets without being copied for each.
    offset : Tensor, (B, 2 * G * kh * kw, Ho, Wo)
        Where each tap looks, as (y, x) in pixels of `input` from its place on the regular lattice, for each of G
        offset groups. What lies outside the image is zero.
    weight : Tensor, (O, C / groups, kh, kw)
        The number of groups follows from its shape. On the CPU, groups save no time.
    bias : Tensor, (O,), optional
    stride, padding, dilation : int or (int, int)
        As in `torch.nn.functional.conv2d`, vertical first.
    mask : Tensor, (B, G * kh * kw, Ho, Wo), optional
        Factor of each tap; 1 where absent.

    Returns
    -------
    Tensor, (B, O, Ho, Wo)
        Differentiable in all tensors. May be in channels-last memory.

    Raises
    ------
    ValueError
        If the shapes do not fit each other.
    """
    stride, padding, dilation = _pair(stride), _pair(padding), _pair(dilation)
    _check_shapes(input, offset, weight, stride, padding, dilation, mask)
    batch, _, height, width = offset.shape
    if input.is_cuda:
        from torchvision import ops

        input = input.expand(batch, -1, -1, -1)
        return ops.deform_conv2d(input, offset, weight, bias, stride, padding, dilation, mask)

    position, mask = _positions(offset, mask, tuple(weight.shape[2:]), stride, padding, dilation)
    weight = _ungrouped(weight, input.shape[1])
    # Mixing first costs a fetch of all output channels for each offset group, which two groups repay only if the
    # mixing itself is shared by the batch.
    shared = len(input) == 1
    mix_first = position.shape[1] <= (2 if shared else 1)
    convolve = _mix_then_sample if mix_first else _sample_then_mix
    whole = torch.is_grad_enabled() or (mix_first and shared)
    frames = batch if whole else max(1, 2 * SAMPLES_AT_ONCE // position[0].numel())
    images = itertools.repeat(input) if shared else input.split(frames)
    masks = itertools.repeat(None) if mask is None else mask.split(frames)
    out = torch.cat([convolve(*part, weight) for part in zip(images, position.split(frames), masks)])
    return out if bias is None else out + bias.to(out.dtype).view(-1, 1, 1)


class DeformConv2d(nn.Conv2d):
    """Convolution layer whose taps are moved and modulated from outside; holds the weight and the bias only.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias
        As in `torch.nn.Conv2d`.
    offset_groups : int
        Number of equal shares of the input channels, each with offsets of its own.

    Attributes
    ----------
    taps : int
        Offsets, and mask values, expected at each output pixel: offset_groups * kh * kw.
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size=3,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        offset_groups=1,
        bias=True,
    ):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)
        self.taps = offset_groups * self.kernel_size[0] * self.kernel_size[1]

    def forward(self, x, offset, mask=None):
        """Apply `deform_conv2d` to x (B or 1, C, H, W), offset (B, 2 * taps, Ho, Wo) and mask (B, taps, Ho, Wo).

        Instead of one image for all offsets, x may be what `mix` made of it.
        """
        if offset.shape[1] != 2 * self.taps:
            raise ValueError(f"Expected {2 * self.taps} channels of offsets, got {offset.shape[1]}.")
        if isinstance(x, Mixed):
            position, mask = _positions(offset, mask, self.kernel_size, self.stride, self.padding, self.dilation)
            out = _sample_mixed(x, position, mask)
            return out if self.bias is None else out + self.bias.view(-1, 1, 1)
        return deform_conv2d(x, offset, self.weight, self.bias, self.stride, self.padding, self.dilation, mask)

    def mix(self, image):
        """Apply the weight to an image, (1, C, H, W), that is to be sampled at many offsets: Mixed, for the CPU."""
        return _mix(image, _ungrouped(self.weight, image.shape[1]), self.taps // self.weight[0, 0].numel())


class Mixed(NamedTuple):
    """Images with the weight of each tap applied: what is left to do is to sample and add.

    Attributes
    ----------
    table : Tensor, (G * kh * kw * B * rows * columns, O)
        The images with a border of zeros, one row a pixel.
    images : int
        B.
    size : tuple of int
        Height and width of the images without the border.
    """

    table: torch.Tensor
    images: int
    size: tuple


def flow_to_offset(flow, taps):
    """Offsets that move every tap by the same flow, so that the convolution looks around where the flow points.

    Parameters
    ----------
    flow : Tensor, (B, 2, H, W)
        Displacement as (x, y), pixels.
    taps : int
        Taps in all offset groups together.

    Returns
    -------
    Tensor, (B, 2 * taps, H, W)
        In the (y, x) order of `deform_conv2d`.
    """
    return flow.flip(1).repeat(1, taps, 1, 1)


def _positions(offset, mask, kernel, stride, padding, dilation):
    """Where each tap looks, (B, G, taps, 2, Ho, Wo) as (y, x) in pixels of the input, and the mask in that order."""
    batch, _, height, width = offset.shape
    lattice = _lattice((height, width), kernel, stride, padding, dilation).to(offset.device)
    position = offset.reshape(batch, -1, *lattice.shape) + lattice
    return position, mask if mask is None else mask.reshape(*position.shape[:3], height, width)


def _mix_then_sample(input, position, mask, weight):
    """Apply each tap's weight to the whole image, then sample; both are linear, so the order is free."""
    return _sample_mixed(_mix(input, weight, position.shape[1]), position, mask)


def _mix(input, weight, groups):
    """Apply the weight of each tap of each offset group to images, (B, C, H, W)."""
    # Samples outside the image find a border of zeros, two pixels at the far sides, where a corner has neighbours.
    padded = F.pad(input, (1, 2, 1, 2))
    pixels = padded.permute(0, 2, 3, 1).reshape(-1, groups, 1, input.shape[1] // groups).permute(1, 2, 0, 3)
    kernels = weight.reshape(len(weight), groups, -1, weight[0, 0].numel()).permute(1, 3, 2, 0).contiguous()
    return Mixed((pixels @ kernels).reshape(-1, len(weight)), len(input), tuple(input.shape[2:]))


def _sample_mixed(mixed, position, mask):
    """An output pixel is a weighted sum of rows of the table, four (the corners of a bilinear sample) for each tap.

    That is just what `embedding_bag` computes, without ever storing the samples.
    """
    batch, groups, taps, _, height, width = position.shape
    table, images, size = mixed
    rows, columns = (side + 3 for side in size)
    far = position.new_tensor(size).view(2, 1, 1)
    position = position.clamp(min=-1).minimum(far)
    position = position.view(batch, -1, 2, height * width).permute(2, 0, 3, 1).contiguous()
    low = position.detach().floor()
    bottom, right = position - low
    y, x = low.int()
    corner = torch.add(x, y, alpha=columns)
    if images > 1:
        corner += torch.arange(batch, dtype=corner.dtype, device=corner.device).view(-1, 1, 1) * (rows * columns)
    start = torch.arange(groups * taps, dtype=corner.dtype, device=corner.device) * (images * rows * columns)
    start = torch.cat([start + (dy * columns + dx) for dy in (1, 2) for dx in (1, 2)])
    index = torch.cat([corner] * 4, -1).add_(start)

    top = 1 - bottom
    if mask is not None:
        mask = mask.view(batch, -1, height * width).transpose(1, 2).contiguous()
        bottom = bottom * mask
        top = mask - bottom
    top_right, bottom_right = top * right, bottom * right
    factor = torch.cat([top - top_right, top_right, bottom - bottom_right, bottom_right], -1).to(table.dtype)
    out = F.embedding_bag(index.flatten(0, 1), table, mode="sum", per_sample_weights=factor.flatten(0, 1))
    return out.view(batch, height, width, -1).permute(0, 3, 1, 2)


def _sample_then_mix(input, position, mask, weight):
    """Sample each channel where its offset group looks, then apply the weight, as the definition reads."""
    batch, groups, taps, _, height, width = position.shape
    size = position.new_tensor(input.shape[2:]).view(2, 1, 1)
    # In grid_sample's coordinates, (x, y) last, the outer edges of the image are at -1 and 1.
    grid = (position * (2 / size) + (1 / size - 1)).flip(3).movedim(3, -1).reshape(-1, taps * height, width, 2)
    images = input.expand(batch, -1, -1, -1).reshape(batch * groups, -1, *input.shape[2:])
    samples = F.grid_sample(images.to(grid.dtype), grid, align_corners=False).to(images.dtype)
    if mask is not None:
        samples = samples.view(batch, groups, -1, taps, height, width) * mask.unsqueeze(2)
    return (weight.flatten(1) @ samples.view(batch, -1, height * width)).view(batch, -1, height, width)


@functools.lru_cache
def _lattice(grid, kernel, stride, padding, dilation):
    """Where the taps look without offsets: (kh * kw, 2, Ho, Wo), (y, x) in pixels of the input."""
    y, x = (
        torch.arange(k).view(-1, 1) * d - p + torch.arange(n) * s
        for n, k, s, p, d in zip(grid, kernel, stride, padding, dilation)
    )
    y = y.view(kernel[0], 1, grid[0], 1).expand(*kernel, *grid)
    x = x.view(1, kernel[1], 1, grid[1]).expand(*kernel, *grid)
    return torch.stack([y, x], 2).flatten(0, 1).float()


def _ungrouped(weight, channels):
    """The weight of a grouped convolution as that of an ordinary one, with zeros between groups."""
    groups = channels // weight.shape[1]
    if groups == 1:
        return weight
    same = torch.eye(groups, dtype=weight.dtype, device=weight.device)
    return torch.einsum("gockl,gh->gohckl", weight.unflatten(0, (groups, -1)), same).flatten(2, 3).flatten(0, 1)


def _check_shapes(input, offset, weight, stride, padding, dilation, mask):
    """Raise ValueError where the shapes do not fit, as `deform_conv2d` promises."""
    batch, components, *grid = offset.shape
    channels, kernel = input.shape[1], weight.shape[2:]
    offset_groups, rest = divmod(components, 2 * kernel.numel())
    if rest or not offset_groups or channels % offset_groups:
        raise ValueError(f"{components} channels of offsets do not fit {channels} channels and kernel {tuple(kernel)}.")
    if len(input) not in (1, batch):
        raise ValueError(f"A batch of {len(input)} images does not fit a batch of {batch} offsets.")
    if channels % weight.shape[1] or len(weight) % (channels // weight.shape[1]):
        raise ValueError(f"A weight of shape {tuple(weight.shape)} does not fit {channels} channels.")
    expected = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(input.shape[2:], kernel, stride, padding, dilation)
    ]
    if grid != expected:
        raise ValueError(f"Offsets of size {grid} do not fit an output of size {expected}.")
    if mask is not None and mask.shape != (batch, components // 2, *grid):
        raise ValueError(f"A mask of shape {tuple(mask.shape)} does not fit offsets of shape {tuple(offset.shape)}.")
