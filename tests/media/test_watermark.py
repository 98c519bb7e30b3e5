import numpy as np
import pytest

from talking_face.media.watermark import marked


@pytest.mark.parametrize("ground", [0, 128, 255])
@pytest.mark.parametrize("size", [(128, 128), (256, 256), (720, 1280), (1280, 720)])
def test_the_mark_is_small_and_shows_on_any_ground(size, ground):
    frames = np.full((2, *size, 3), ground, np.uint8)
    (result,) = marked([frames])
    assert (frames == ground).all(), "the frames given were changed"
    rows, columns = np.nonzero((result[0] != ground).any(-1))
    assert rows.min() > size[0] * 0.8 and columns.min() > size[1] * 0.75  # the lower right corner
    assert rows.max() < size[0] - 1 and columns.max() < size[1] - 1
    assert len(rows) < 0.01 * size[0] * size[1] or min(size) < 200
    patch = result[0, rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(int)
    assert patch.max() - patch.min() > 120
    assert np.array_equal(result[0], result[1])


def test_marked_frames_come_from_the_engine(engine, portrait, speech):
    plain, with_mark = (next(engine.render(portrait, speech, crop=True, mark=mark)) for mark in (False, True))
    changed = np.nonzero((plain != with_mark).any((0, 3)))
    assert changed[0].min() > 200 and changed[1].min() > 200
