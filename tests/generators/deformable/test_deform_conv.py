"""The deformable convolution against torchvision's, against finite differences and against plain convolution."""

import random

import pytest
import torch
import torch.nn.functional as F
from torchvision import ops

from talking_face.generators.deformable import deform_conv
from talking_face.generators.deformable.deform_conv import DeformConv2d, deform_conv2d, flow_to_offset

CHANNELS, OUT_CHANNELS = 12, 8


def random_case(seed):
    """Arguments of a random deformable convolution: tensors by name, and (stride, padding, dilation)."""
    pick, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    kernel = pick.randint(1, 4), pick.randint(1, 3)
    stride, padding, dilation = ((pick.randint(low, 3), pick.randint(low, 2)) for low in (1, 0, 1))
    size = [d * (k - 1) + pick.randint(1, 12) for d, k in zip(dilation, kernel)]
    grid = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in zip(size, kernel, stride, padding, dilation)]
    batch, offset_groups = pick.randint(1, 3), pick.choice([1, 2, 3, 4])
    taps = offset_groups * kernel[0] * kernel[1]

    def tensor(*shape):
        return torch.randn(*shape, generator=generator)

    tensors = {
        "input": tensor(pick.choice([1, batch]), CHANNELS, *size),
        "offset": tensor(batch, 2 * taps, *grid) * pick.choice([0.5, 3, 100, 1e6]),
        "weight": tensor(OUT_CHANNELS, CHANNELS // pick.choice([1, 2, 4]), *kernel),
    }
    if pick.random() < 0.6:
        tensors["bias"] = tensor(OUT_CHANNELS)
    if pick.random() < 0.6:
        tensors["mask"] = tensor(batch, taps, *grid)
    return tensors, {"stride": stride, "padding": padding, "dilation": dilation}


def torchvision_result(tensors, geometry):
    images = tensors["input"].expand(len(tensors["offset"]), -1, -1, -1)
    return ops.deform_conv2d(**{**tensors, "input": images}, **geometry)


@pytest.mark.parametrize("seed", range(60))
def test_same_values_and_gradients_as_torchvision(seed):
    tensors, geometry = random_case(seed)
    for tensor in tensors.values():
        tensor.requires_grad_()
    ours, theirs = deform_conv2d(**tensors, **geometry), torchvision_result(tensors, geometry)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    cotangent = torch.randn(theirs.shape, generator=torch.Generator().manual_seed(seed))
    gradients = (torch.autograd.grad(out, list(tensors.values()), cotangent) for out in (ours, theirs))
    for name, our, their in zip(tensors, *gradients):
        torch.testing.assert_close(our, their, rtol=1e-3, atol=1e-3, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("groups", [1, 2])
def test_mixed_beforehand_it_is_the_same(groups):
    torch.manual_seed(0)
    layer = DeformConv2d(CHANNELS, OUT_CHANNELS, 3, padding=1, groups=2, offset_groups=groups)
    image, offset = torch.randn(1, CHANNELS, 9, 7), 3 * torch.randn(4, 2 * layer.taps, 9, 7)
    mask = torch.rand(4, layer.taps, 9, 7)
    torch.testing.assert_close(layer(layer.mix(image), offset, mask), layer(image, offset, mask))


@pytest.mark.parametrize("images", [1, 3])
@pytest.mark.parametrize("offset_groups", [1, 2, 4])
def test_same_without_gradients_piece_by_piece(offset_groups, images, monkeypatch):
    monkeypatch.setattr(deform_conv, "SAMPLES_AT_ONCE", 1)
    torch.manual_seed(0)
    tensors = {
        "input": torch.randn(images, 8, 6, 5),
        "offset": 2 * torch.randn(3, 18 * offset_groups, 6, 5),
        "weight": torch.randn(4, 8, 3, 3),
        "mask": torch.rand(3, 9 * offset_groups, 6, 5),
    }
    with torch.no_grad():
        ours = deform_conv2d(**tensors, padding=1)
    theirs = torchvision_result(tensors, {"padding": 1})
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("images", [1, 2])
@pytest.mark.parametrize("offset_groups", [1, 2])
def test_gradients_by_finite_differences(offset_groups, images):
    torch.manual_seed(0)
    taps = 4 * offset_groups
    # Away from whole pixels, where bilinear sampling has a kink.
    offset = torch.randint(-2, 2, (2, 2 * taps, 2, 3)) + 0.1 + 0.8 * torch.rand(2, 2 * taps, 2, 3)
    arguments = torch.randn(images, 4, 3, 4), offset, torch.randn(2, 2, 2, 2), torch.randn(2), torch.rand(2, taps, 2, 3)
    arguments = [tensor.double().requires_grad_() for tensor in arguments]

    def convolve(input, offset, weight, bias, mask):
        return deform_conv2d(input, offset, weight, bias, mask=mask)

    assert torch.autograd.gradcheck(convolve, arguments)


@pytest.mark.parametrize("offset_groups", [1, 4])
def test_training_after_inference_at_the_same_size(offset_groups):
    layer = DeformConv2d(4, 4, padding=1, offset_groups=offset_groups)
    x, offset = torch.randn(2, 4, 5, 7), torch.randn(2, 2 * layer.taps, 5, 7)
    with torch.inference_mode():
        layer(x, offset)
    layer(x, offset.requires_grad_()).sum().backward()
    assert offset.grad.abs().sum() > 0


def test_layer_without_offsets_is_a_plain_convolution_with_its_weights():
    layer = DeformConv2d(6, 4, 3, stride=2, padding=1, groups=2, offset_groups=3)
    plain = torch.nn.Conv2d(6, 4, 3, stride=2, padding=1, groups=2)
    plain.load_state_dict(layer.state_dict())
    x = torch.randn(2, 6, 8, 8)
    out = layer(x, torch.zeros(2, 2 * layer.taps, 4, 4))
    torch.testing.assert_close(out, plain(x), rtol=1e-4, atol=1e-4)


def test_flow_to_offset_looks_where_the_flow_points():
    x, weight = torch.randn(1, 2, 8, 9), torch.randn(2, 2, 3, 3)
    flow = torch.tensor([2.0, -1.0]).view(1, 2, 1, 1).expand(1, 2, 8, 9)  # 2 to the right, 1 up
    out = deform_conv2d(x, flow_to_offset(flow, 9), weight, padding=1)
    plain = F.conv2d(x, weight, padding=1)
    torch.testing.assert_close(out[..., 2:-1, 1:-3], plain[..., 1:-2, 3:-1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("offset_groups", [1, 4])
def test_half_precision_stays_half_and_close(offset_groups):
    torch.manual_seed(0)
    x, weight = torch.randn(1, 8, 6, 64), torch.randn(4, 8, 3, 3) / 8
    offset, mask = torch.randn(2, 18 * offset_groups, 6, 64), torch.rand(2, 9 * offset_groups, 6, 64)
    exact = deform_conv2d(x, offset, weight, padding=1, mask=mask)
    rough = deform_conv2d(x.bfloat16(), offset, weight.bfloat16(), padding=1, mask=mask.bfloat16())
    assert rough.dtype == torch.bfloat16
    torch.testing.assert_close(rough.float(), exact, rtol=0.05, atol=0.05)


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"offset": torch.zeros(2, 20, 5, 5)}, "20 channels of offsets"),
        ({"offset": torch.zeros(2, 54, 5, 5)}, "54 channels of offsets"),
        ({"offset": torch.zeros(2, 18, 5, 4)}, "output of size"),
        ({"input": torch.zeros(3, 4, 5, 5)}, "batch of 3 images"),
        ({"weight": torch.zeros(4, 3, 3, 3)}, "does not fit 4 channels"),
        ({"mask": torch.zeros(2, 18, 5, 5)}, "mask"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(change, complaint):
    arguments = {
        "input": torch.zeros(1, 4, 5, 5),
        "offset": torch.zeros(2, 18, 5, 5),
        "weight": torch.zeros(4, 4, 3, 3),
        "padding": 1,
    }
    with pytest.raises(ValueError, match=complaint):
        deform_conv2d(**{**arguments, **change})


def test_layer_refuses_offsets_of_other_groups():
    layer = DeformConv2d(4, 4, padding=1, offset_groups=2)
    with pytest.raises(ValueError, match="36 channels of offsets, got 18"):
        layer(torch.zeros(1, 4, 5, 5), torch.zeros(1, 18, 5, 5))
