import numpy as np
import pytest

from talking_face.face.geometry import LIPS, face_to_crop, lip_opening
from talking_face.generators.deformable.inside.bite import bitten, edge_of
from talking_face.motion.driving import Motion

P, F = 9, 15  # frames: lips closed, lower lip on the teeth


@pytest.fixture
def prepared(engine, portrait):
    return engine.generator.prepare(portrait, crop=True, living=False)


@pytest.fixture
def motion():
    """Lips at rest, which from frame 12 on say f."""
    bite = (np.arange(18) >= 12).astype(np.float32)
    return Motion(np.zeros((18, 68, 2), np.float32), np.zeros((18, 7)), np.zeros((18, 3)), bite)


def test_teeth_show_between_the_lips_for_f_and_not_for_p(engine, prepared, motion):
    driven, anatomy = engine.generator.drive(prepared, motion), prepared.state.anatomy
    closed, layer = anatomy.layers(driven, motion.bite)[[P, F]]
    assert not closed.any()
    drawn = layer[..., 3] > 200
    assert drawn.sum() > 100
    assert (anatomy.upper[drawn, 3] > 0.5).mean() > 0.9  # and no dark below them
    x, y = face_to_crop(driven[F, [62, 66]].mean(0)).round().astype(int)
    p, f = engine.generator.render_part(prepared, motion)[[P, F], y, x - 5 : x + 6].astype(float).mean(1)
    assert f.mean() > p.mean() + 25 and f[0] / f[1] < p[0] / p[1]  # brighter than where lips meet, and less red


@pytest.mark.parametrize("gap", [0.0, 0.1, 0.3])
def test_the_lower_lip_meets_the_teeth_wherever_it_comes_from(engine, prepared, motion, gap):
    edge = edge_of(prepared.state.anatomy)
    lips = engine.generator.drive(prepared, motion)[:P]
    lips[:, [*range(55, 60), 65, 66, 67], 1] += gap
    lips[:, 6:11, 1] += gap
    bite = np.linspace(0, 1, P)
    moved = bitten(lips, bite, edge)
    away = moved[:, 66, 1] - edge(moved[:, 66, 0])
    assert -0.06 < away[-1] < 0 and 0.03 < lip_opening(moved)[-1] < 0.08
    assert np.abs(np.diff(lip_opening(moved))).max() < 0.05  # smoothly
    np.testing.assert_array_equal(moved[0], lips[0])
    still = np.setdiff1d(np.arange(68), [*LIPS, *range(6, 11)])
    np.testing.assert_array_equal(moved[:, still], lips[:, still])
    assert moved[-1, 57, 1] - moved[-1, 66, 1] < lips[-1, 57, 1] - lips[-1, 66, 1]  # the lip rolls in
    assert lips[-1, 8, 1] - moved[-1, 8, 1] == pytest.approx(max(0, 0.8 * (gap - 0.08)), abs=0.05)  # and the jaw comes
