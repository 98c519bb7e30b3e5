from copy import deepcopy

import numpy as np
import pytest
import torch

from talking_face.face import geometry
from talking_face.generators.deformable import flow, painter
from talking_face.generators.deformable.canvas import Canvas
from talking_face.generators.deformable.mouth import lip_profiles, region_window
from talking_face.generators.deformable.renderer import Renderer, move_region
from talking_face.generators.deformable.resampling import enlarge


@pytest.fixture(scope="module")
def renderer():
    return Renderer.load()


@pytest.fixture(scope="module")
def face(engine, portrait):
    return engine.generator.prepare(portrait)[1].astype(np.float32)


@pytest.fixture(scope="module")
def photo(portrait):
    """The crop in the corner of a larger, noisy photo, and the matrix that finds it there."""
    image = np.random.default_rng(0).integers(0, 256, (400, 600, 3), dtype=np.uint8)
    image[100:356, 250:506] = portrait.crop
    return image, np.array([[1.0, 0, -250], [0, 1, -100]])


def as_tensor(landmarks):
    return torch.from_numpy(landmarks)[None]


def test_flow_brings_each_landmark_from_where_the_photo_has_it(face):
    target = face.copy()
    target[55:60, 1] += 0.15
    target[5:12, 1] += 0.12
    points = torch.from_numpy(target[[8, 30, 36, 48, 51, 57]])
    found = flow.backward_flow(as_tensor(face), as_tensor(target), points)[0].numpy()
    np.testing.assert_allclose(found, (face - target)[[8, 30, 36, 48, 51, 57]], atol=0.03)


def test_prepared_flow_is_the_same(face):
    target = as_tensor(face).repeat(3, 1, 1)
    target[:, 55:60, 1] += torch.tensor([[0.0], [0.1], [0.25]])
    points = flow.grid(flow.CROP_BOX, 20)
    expected = flow.backward_flow(as_tensor(face), target, points)
    found = flow.FlowField(as_tensor(face), points, flow.fade(points))(target)
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-5)


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


def test_unshuffling_is_pixel_unshuffle():
    pictures = torch.rand(2, 3, 8, 12)
    assert torch.equal(painter.unshuffle(pictures), torch.nn.functional.pixel_unshuffle(pictures, 2))


def test_the_region_is_moved_as_in_training():
    random = torch.Generator().manual_seed(0)
    region = torch.randn(1, 3, 96, 96, generator=random)
    flows = 0.3 * torch.randn(4, 2, 6, 6, generator=random)  # beyond the border, too
    flows = torch.nn.functional.interpolate(flows, size=(30, 30), mode="bicubic")
    dense = torch.nn.functional.interpolate(flows, size=(96, 96), mode="bilinear").permute(0, 2, 3, 1)
    place = 2 * (flow.grid((0, 0, 1, 1), 96).reshape(1, 96, 96, 2) + dense) - 1
    expected = torch.nn.functional.grid_sample(
        region.expand(4, -1, -1, -1), place, padding_mode="reflection", align_corners=False
    )
    picture = torch.cat([region, torch.zeros(1, 1, 96, 96)], 1)[0].permute(1, 2, 0).contiguous().numpy()
    found = move_region(picture, flows.permute(0, 2, 3, 1).contiguous().numpy())
    np.testing.assert_allclose(found[..., :3], expected.permute(0, 2, 3, 1).numpy(), atol=2e-3)


@pytest.mark.parametrize("side, worst", [(256, 0.25), (720, 0.5)])
def test_the_lattice_is_fine_enough(portrait, face, side, worst):
    matrix = np.array([[256 / side, 0, 0], [0, 256 / side, 0]])
    canvas = Canvas(np.zeros((side, side, 3), np.uint8), matrix)
    target = face.copy()
    target[55:60, 1] += 0.2
    pixels = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)[::7]
    points = torch.from_numpy(geometry.transform(canvas.to_face, pixels).astype(np.float32))
    exact = flow.backward_flow(as_tensor(face), as_tensor(target), points)[0].numpy() @ canvas.from_face[:, :2].T
    nodes = flow.FlowField(as_tensor(face), canvas.lattice, torch.ones(len(canvas.lattice)))(as_tensor(target))
    lattice = (nodes[0].numpy() @ canvas.from_face[:, :2].T.astype(np.float32)).reshape(canvas.nodes, canvas.nodes, 2)
    found = enlarge(lattice, (side, side), canvas.fade).reshape(-1, 2)[::7]
    assert np.linalg.norm(exact, axis=1).max() > 5 and np.linalg.norm(found - exact, axis=1).max() < worst


def test_halving_is_average_pooling():
    maps = torch.rand(2, 3, 8, 12)
    torch.testing.assert_close(painter.halve(maps), torch.nn.functional.avg_pool2d(maps, 2))


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


def test_lip_profiles_mark_the_open_mouth():
    landmarks = torch.zeros(1, 68, 2)
    corners = torch.linspace(0.2, 0.8, 7)
    landmarks[0, 48:55] = torch.stack([corners, torch.full((7,), 0.35)], 1)
    landmarks[0, [48, 59, 58, 57, 56, 55, 54]] = torch.stack([corners, torch.full((7,), 0.75)], 1)
    landmarks[0, [48, 54]] = torch.tensor([[0.2, 0.5], [0.8, 0.5]])
    inner = torch.linspace(0.25, 0.75, 5)
    landmarks[0, 60:65] = torch.stack([inner, torch.full((5,), 0.45)], 1)
    landmarks[0, [60, 67, 66, 65, 64]] = torch.stack([inner, torch.full((5,), 0.65)], 1)
    landmarks[0, [60, 64]] = torch.tensor([[0.25, 0.55], [0.75, 0.55]])
    profiles = lip_profiles(landmarks)
    inside, mouth = profiles[0, 5], profiles[0, 6]
    assert inside[53, 48] == 1 and inside[38, 48] == 0 and inside[53, 10] == 0
    assert mouth[38, 48] == 1 and mouth[20, 48] == 0
    assert (mouth >= inside).all()


def test_the_painters_attention_vanishes_at_the_regions_border():
    window = region_window(96)[0, 0]
    assert window[0].max() == 0 and window[:, -1].max() == 0 and window[48, 48] == 1


def test_frames_do_not_depend_on_their_chunk(renderer, portrait, face):
    state = renderer.state(Canvas(portrait.crop), portrait.crop, face)
    targets = np.repeat(face[None], 5, 0)
    targets[:, [57, 66], 1] += np.linspace(0, 0.2, 5, dtype=np.float32)[:, None]
    together = renderer.parts(state, targets)
    for target, part in zip(targets, together):
        alone = renderer.parts(state, target[None])[0]
        assert np.abs(alone.astype(int) - part).max() <= 1
