"""A head that turns over a background that stays."""

import cv2
import numpy as np
import pytest

from talking_face.face.matting.matte import cut_out, frame
from talking_face.face.mesh_estimate import mesh_of
from talking_face.generators.deformable.eyes import LOWER, UPPER, Eyes
from talking_face.generators.deformable.head import HeadFlow
from talking_face.generators.deformable.living_canvas import LivingCanvas
from talking_face.generators.deformable.mouth import FINE
from talking_face.motion.library import Library

TURNS = [
    (8, 0, 0, 0, 0, 0, 0),
    (-8, 0, 0, 0, 0, 0, 0),
    (0, 6, 0, 0, 0.1, 0, 0.005),
    (4, -6, 4, 0.15, -0.1, 0.03, -0.005),
]


@pytest.fixture(scope="module")
def mesh(portrait):
    return mesh_of(portrait, Library.load().mesh)


@pytest.fixture(scope="module")
def canvas(portrait, mesh):
    return LivingCanvas(portrait.image, portrait.matrix, mesh, cut_out(portrait.image, mesh))


def still(canvas):
    return np.zeros((canvas.nodes**2, 2), np.float32)


def test_at_rest_it_is_the_photo(canvas, portrait):
    part = canvas.paste(canvas.render(still(canvas)))
    assert np.abs(part.astype(int) - portrait.image).max() <= 8
    assert np.abs(part.astype(int) - portrait.image).mean() < 0.1


@pytest.mark.parametrize("turn", TURNS)
def test_turned_heads_do_not_fold(portrait, mesh, turn):
    height, width = portrait.image.shape[:2]
    flow = HeadFlow(mesh, (0, 0, width, height), (width, height))
    at = flow.nodes + flow(np.array([turn]))[0] / flow.step
    across, down = np.gradient(at, axis=1), np.gradient(at, axis=0)
    assert (across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]).min() > 0.2


@pytest.mark.parametrize("turn", TURNS)
def test_the_background_stays(canvas, portrait, mesh, turn):
    moved = canvas.paste(canvas.render(still(canvas), turn=canvas.head(np.array([turn]))[0]))
    matte = cut_out(portrait.image, mesh)
    left, top, right, bottom = matte.box
    far = cv2.distanceTransform(np.uint8(matte.person[..., 3] < 8), cv2.DIST_L2, 5) > 0.3 * canvas.distance
    apart = np.abs(moved.astype(int) - portrait.image)[top:bottom, left:right].max(-1)
    assert far.any() and apart[far].max() <= 2


def test_eyes_shift_as_told(canvas):
    flow = canvas.head(np.array([[0, 0, 0, 0.1, 0, 0, 0]]))[0]
    column, row = ((canvas.eyes.middle - canvas.corner) / canvas.head.step).astype(int)
    np.testing.assert_allclose(flow[row, column], [-0.1 * canvas.distance, 0], atol=0.02 * canvas.distance)


@pytest.mark.parametrize(("turn", "goes"), [((6, 0), (1, 0)), ((-6, 0), (-1, 0)), ((0, 6), (0, -1)), ((0, -6), (0, 1))])
def test_the_nose_goes_where_the_head_turns(canvas, mesh, turn, goes):
    """To the right at a positive yaw, up at a positive pitch."""
    flow = canvas.head(np.array([[*turn, 0, 0, 0, 0, 0]]))[0]
    column, row = ((mesh[4, :2] - canvas.corner) / canvas.head.step).astype(int)
    assert -flow[row, column] @ goes > 0.04 * canvas.distance


def test_shoulders_breathe_and_the_head_does_not(mesh):
    """Under a face high up in a large photo, whose bottom edge is far."""
    raised = HeadFlow(mesh, (0, 0, 256, 450), (256, 1000))
    (flow,) = raised(np.array([[0, 0, 0, 0, 0, 0, 0.01]]))
    rise = flow[..., 1] / raised.distance
    chin = int(mesh[152, 1] / raised.step[1])
    assert rise.max() == pytest.approx(0.01, rel=0.05) and not rise[:chin].any() and rise[-1].max() < 0.001
    assert not HeadFlow(mesh, (0, 0, 256, 450), (256, 1000), cut_out=False)(np.array([[0, 0, 0, 0, 0, 0, 0.01]])).any()


def test_what_lies_around_the_eyes_does_not_move_with_them(mesh):
    eyes = Eyes(mesh)
    y, x = np.mgrid[:256, :256].astype(np.float32)
    places = np.stack([x, y], -1)
    back, lid = eyes.back(*eyes(np.array([[10.0, 0, 0]])), places)
    assert lid is None and np.abs(back).max() > 1
    near = (np.abs(places - eyes.middle) < np.array([1.0, 0.4]) * eyes.distance).all(-1)
    assert not back[~near].any()


def test_a_closed_lid_covers_the_iris(mesh):
    eyes = Eyes(mesh)
    iris = (eyes.irises[:1] @ eyes.axes * eyes.distance + eyes.middle).astype(np.float32)
    _, lid = eyes.back(*eyes(np.array([[0.0, 0, 1]])), iris[None])
    assert lid[0, 0, 2] > 0 and lid[0, 0, 1] < 0  # inside the lid, which comes from above


def test_a_closed_lid_covers_the_rim_of_the_lower_one(mesh):
    """Which is wet and bright, and shines out under made-up lashes."""
    eyes = Eyes(mesh)
    below = mesh[[145, 374], :2] + 0.03 * eyes.distance * eyes.axes[1]
    _, lid = eyes.back(*eyes(np.array([[0.0, 0, 1]])), below.astype(np.float32)[None])
    assert lid[0, :, 2].min() > 0


def test_lids_that_the_mesh_has_on_the_eyes_end_at_the_lashes(portrait, mesh):
    """Otherwise the closed lid shows the upper edge of the iris."""
    photo, mesh = np.full((1024, 1024, 3), 170, np.uint8), 1024 / len(portrait.image) * mesh
    for upper, lower in zip(UPPER, LOWER):
        lid, rim = (mesh[list(line), :2].round().astype(np.int32) for line in (upper, lower))
        cv2.fillPoly(photo, [np.concatenate([lid, rim[::-1]])], (110, 130, 160))
        cv2.polylines(photo, [lid], False, (40, 30, 30), 3)
    lowered = mesh.copy()
    lowered[[i for line in UPPER for i in line[1:-1]], :2] += 0.03 * Eyes(mesh).distance * Eyes(mesh).axes[1]
    height = lambda *arguments: Eyes(*arguments).gap.max()
    assert height(lowered) < height(mesh) - 0.025
    assert height(lowered, photo) == pytest.approx(height(mesh), abs=0.012)
    assert height(mesh, photo) == pytest.approx(height(mesh), abs=0.005)


def test_made_up_lashes_keep_their_height_as_lids_close(portrait, mesh):
    photo = np.full_like(portrait.image, 190)
    for line in UPPER:
        band = mesh[list(line), :2] - [0, 0.02 * Eyes(mesh).distance]
        cv2.polylines(photo, [band.round().astype(np.int32)], False, (60, 45, 45), round(0.06 * Eyes(mesh).distance))
    eyes = Eyes(mesh, photo)
    height = np.linspace(-0.4, 0.4, 200)
    column = np.stack([np.full(200, eyes.irises[0, 0]), height], -1) @ eyes.axes * eyes.distance + eyes.middle
    column = np.float32(column[:, None])
    _, lid = eyes.back(*eyes(np.array([[0.0, 0, 1]])), column)
    seen = cv2.remap(photo, column + lid[..., :2], None, cv2.INTER_LINEAR)[:, 0, 0]
    drawn = cv2.remap(photo, column, None, cv2.INTER_LINEAR)[:, 0, 0]
    dark, before = np.sum((seen < 125) & (lid[:, 0, 2] > 0)), np.sum(drawn < 125)
    assert 0.5 * before < dark < 1.3 * before


@pytest.mark.parametrize("above", [0.07, 0.13])
def test_rims_of_glasses_stay_as_lids_close(portrait, mesh, above):
    """And lids of those who wear none close as if nobody had looked."""
    middle, distance, axes = frame(mesh)
    top = ((mesh[UPPER[0] + UPPER[1], :2] - middle) @ axes[1]).min() / distance - above
    rims, photo = np.linspace(-0.85, -0.15, 30), portrait.image.copy()

    def draw(left, right, y):
        ends = (middle + distance * np.array([[left, y], [right, y]]) @ axes) * 16
        cv2.line(photo, *ends.round().astype(int).tolist(), (40, 30, 30), round(0.04 * distance), cv2.LINE_AA, 4)

    def bend():
        eyes = Eyes(mesh, photo)
        rim = middle + distance * np.stack([np.append(rims, -rims), np.full(60, top)], -1) @ axes
        return np.abs(eyes.back(*eyes(np.array([[0.0, 0, 1]])), np.float32(rim[None]))[1][..., 1]).max() / distance

    draw(-0.85, -0.15, top)
    draw(0.15, 0.85, top)
    assert bend() > 0.03 and Eyes(mesh, photo).skin.max() == pytest.approx(Eyes(mesh).skin.max(), abs=0.03)
    draw(-0.15, 0.15, -0.1)
    assert bend() < 0.005


def test_what_is_stretched_is_sharpened_and_nothing_else(portrait, mesh, monkeypatch):
    canvas = LivingCanvas(portrait.image, portrait.matrix, mesh, turns=False)
    paint = np.zeros((FINE, FINE, 4), np.uint8)
    box = np.concatenate([canvas.lattice.numpy()[0], canvas.lattice.numpy()[-1]])
    paint[FINE // 2, FINE // 2 - 30 : FINE // 2 + 30, 3] = 255
    stretch = np.stack([np.zeros(len(canvas.lattice)), -0.5 * canvas.lattice[:, 1].numpy()], 1).astype(np.float32)
    placed = paint, canvas.placement(box, FINE)
    with_it = [canvas.render(flow, *placed).copy() for flow in (still(canvas), stretch)]
    monkeypatch.setattr(LivingCanvas, "_sharpen", lambda *_: None)
    without = [canvas.render(flow, *placed).copy() for flow in (still(canvas), stretch)]
    np.testing.assert_allclose(with_it[0], without[0], atol=1)
    changed = (with_it[1] != without[1]).any(-1)
    sharp, blurred = (np.abs(cv2.Laplacian(a[1][..., :3], cv2.CV_32F))[changed].mean() for a in (with_it, without))
    assert changed.sum() > 200 and sharp > 1.1 * blurred
