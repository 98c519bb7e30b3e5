from copy import deepcopy

import numpy as np
import pytest
import torch

from talking_face.face import geometry
from talking_face.generators.deformable import flow
from talking_face.generators.deformable.canvas import Canvas
from talking_face.generators.deformable.region import move_region
from talking_face.generators.deformable.renderer import Renderer


@pytest.fixture(scope="module")
def renderer():
    return Renderer.load()


@pytest.fixture(scope="module")
def photo(portrait):
    """The crop in the corner of a larger, noisy photo, and the matrix that finds it there."""
    image = np.random.default_rng(0).integers(0, 256, (400, 600, 3), dtype=np.uint8)
    image[100:356, 250:506] = portrait.crop
    return image, np.array([[1.0, 0, -250], [0, 1, -100]])


def test_half_precision_paints_the_same_picture(renderer, portrait, face):
    painter = deepcopy(renderer.painter).float()
    target = face.copy()
    target[[58, 57, 56, 67, 66, 65], 1] += 0.2
    canvas = Canvas(portrait.crop)
    exact, half = (
        renderer.parts(renderer.state(canvas, portrait.crop, face), target[None])[0].astype(int)
        for renderer in (Renderer(painter, half=False), Renderer(painter, half=True))
    )
    assert np.abs(exact - half).max() <= 12 and np.abs(exact - half).mean() < 0.2


def test_the_region_is_moved_as_in_training():
    normal = np.random.default_rng(0).normal
    region = torch.from_numpy(normal(size=(1, 3, 96, 96)).astype(np.float32))
    flows = torch.from_numpy(normal(size=(4, 2, 6, 6)).astype(np.float32) * 0.3)  # beyond the border, too
    flows = torch.nn.functional.interpolate(flows, size=(30, 30), mode="bicubic")
    dense = torch.nn.functional.interpolate(flows, size=(96, 96), mode="bilinear").permute(0, 2, 3, 1)
    place = 2 * (flow.grid((0, 0, 1, 1), 96).reshape(1, 96, 96, 2) + dense) - 1
    expected = torch.nn.functional.grid_sample(
        region.expand(4, -1, -1, -1), place, padding_mode="reflection", align_corners=False
    )
    picture = torch.cat([region, torch.zeros(1, 1, 96, 96)], 1)[0].permute(1, 2, 0).contiguous().numpy()
    found = move_region(picture, flows.permute(0, 2, 3, 1).contiguous().numpy())
    np.testing.assert_allclose(found[..., :3], expected.permute(0, 2, 3, 1).numpy(), atol=2e-3)


def test_a_face_at_rest_leaves_the_photo_untouched(renderer, portrait, photo, face):
    image, matrix = photo
    state = renderer.state(Canvas(image, matrix), portrait.crop, face)
    part = renderer.parts(state, face[None], paint=False)[0]
    np.testing.assert_array_equal(state.canvas.paste(part), image)


def test_nothing_outside_the_crop_changes(renderer, portrait, photo, face):
    image, matrix = photo
    state = renderer.state(Canvas(image, matrix), portrait.crop, face)
    moved = face.copy()
    moved[:, 0] += 0.1
    whole = state.canvas.paste(renderer.parts(state, moved[None])[0])
    changed = (whole != image).any(-1)
    assert changed[100:356, 250:506].mean() > 0.3
    changed[100:356, 250:506] = False
    assert not changed.any()


def test_rotated_photos_render_like_upright_ones(renderer, portrait, face):
    turned = np.ascontiguousarray(np.rot90(portrait.crop))
    to_upright = np.array([[0.0, -1, 255], [1, 0, 0]])
    target = face.copy()
    target[55:60, 1] += 0.2
    upright, sideways = (
        renderer.parts(renderer.state(Canvas(image, matrix), portrait.crop, face), target[None])[0]
        for image, matrix in ((portrait.crop, np.eye(3)[:2]), (turned, to_upright))
    )
    error = np.abs(np.rot90(sideways, -1).astype(int) - upright)
    assert error.mean() < 1 and np.quantile(error, 0.99) < 12


def test_opening_the_lips_paints_something_unlike_lips(renderer, portrait, face):
    target = face.copy()
    target[[58, 57, 56, 67, 66, 65], 1] += 0.3
    state = renderer.state(Canvas(portrait.crop), portrait.crop, face)
    painted, warped = (renderer.parts(state, target[None], paint=paint)[0] for paint in (True, False))
    x, y = geometry.face_to_crop(target[[62, 66]].mean(0)).round().astype(int)
    inside = (slice(y - 3, y + 4), slice(x - 6, x + 7))
    assert np.abs(painted[inside].astype(int) - warped[inside]).mean() > 10
    assert np.abs(painted.astype(int) - warped)[:80].max() == 0  # the forehead is the photo's own


def test_frames_do_not_depend_on_their_chunk(renderer, portrait, face):
    state = renderer.state(Canvas(portrait.crop), portrait.crop, face)
    targets = np.repeat(face[None], 5, 0)
    targets[:, [57, 66], 1] += np.linspace(0, 0.2, 5, dtype=np.float32)[:, None]
    together = renderer.parts(state, targets)
    for target, part in zip(targets, together):
        alone = renderer.parts(state, target[None])[0]
        assert np.abs(alone.astype(int) - part).max() <= 1
