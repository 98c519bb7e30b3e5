import numpy as np
import pytest
import torch

from talking_face.generators.deformable.canvas import Canvas
from talking_face.generators.deformable.renderer import Renderer
from talking_face.generators.deformable.tone import tone_of, toned

SEPIA = np.array([[0.39, 0.77, 0.19], [0.35, 0.69, 0.17], [0.27, 0.53, 0.13]])


def in_grey(crop):
    return np.repeat(crop.mean(-1, keepdims=True).round(), 3, -1).astype(np.uint8)


def in_sepia(crop):
    return np.clip(crop @ SEPIA.T * 0.8, 0, 255).round().astype(np.uint8)


@pytest.mark.parametrize("tone", [in_grey, in_sepia])
def test_an_opened_mouth_keeps_the_photos_tone(engine, portrait, tone):
    landmarks = engine.generator.prepare(portrait, True)[1].astype(np.float32)
    target = landmarks.copy()
    target[[55, 56, 57, 58, 59, 65, 66, 67], 1] += 0.15
    renderer = Renderer.load()
    crop = tone(portrait.crop)
    state = renderer.state(Canvas(crop), crop, landmarks)
    (part,) = renderer.parts(state, target[None])
    assert np.abs(part.astype(int) - crop).max() > 60  # something was painted
    np.testing.assert_allclose(part, _tone_of(part, tone), atol=4)


def _tone_of(part, tone):
    """The colours that a picture of that tone has at the same brightness."""
    ramp = tone(np.arange(256.0)[:, None].repeat(3, 1)).astype(float)
    brightness = part.astype(float).mean(-1)
    return np.stack([np.interp(brightness, ramp.mean(-1), ramp[:, k]) for k in range(3)], -1)


def test_photos_in_colour_are_left_alone(portrait):
    region = torch.from_numpy(portrait.crop[140:240, 80:176]).movedim(-1, 0)[None] / 255
    curves, share = tone_of(region)
    assert share == 0
    painted = torch.rand(2, 3, 8, 8)
    assert toned(painted, curves, share) is painted


def test_between_both_it_fades():
    colour = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    grey = colour.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    share_of = lambda much: tone_of(grey.lerp(colour, much))[1]
    assert share_of(0) == 1 and share_of(1) == 0 and 0 < share_of(0.04) < share_of(0.03) < 1
