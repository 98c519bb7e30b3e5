"""What is drawn on and cut from pictures: the mark, the square, the six emotions side by side."""

import numpy as np
import pytest

from talking_face.emotions import EMOTIONS
from talking_face.face import geometry
from talking_face.face.portrait import find_portrait
from talking_face.face.square_crop import square
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


def test_a_square_shows_the_face_at_the_photos_resolution(engine):
    wide = np.full((600, 1000, 3), 90, np.uint8)
    from PIL import Image

    from talking_face.paths import ASSETS

    wide[150:406, 600:856] = np.asarray(Image.open(ASSETS / "london_009.jpg").convert("RGB"))
    portrait = find_portrait(wide)
    cut = square(portrait)
    height, width = cut.image.shape[:2]
    assert height == width and height % 2 == 0 and 256 <= height < 400
    left, top = np.rint(portrait.landmarks[0] - cut.landmarks[0]).astype(int)
    assert np.array_equal(cut.image, portrait.image[top : top + height, left : left + width])
    assert geometry.transform(cut.matrix, cut.landmarks) == pytest.approx(
        geometry.transform(portrait.matrix, portrait.landmarks), abs=1e-3
    )


def test_a_square_stays_within_a_photo_that_is_all_face(portrait):
    cut = square(portrait)
    assert cut.image.shape[0] == cut.image.shape[1] == min(portrait.image.shape[:2])


def test_six_emotions_side_by_side_are_in_step(engine, portrait, speech):
    chunk = next(engine.all_emotions(portrait, speech, intensity=1.2, seed=3))
    alone = next(engine.render(portrait, speech, "sadness", 1.2, seed=3, crop=True))
    assert chunk.dtype == np.uint8 and chunk.shape[0] == len(alone)
    assert all(side % 2 == 0 for side in chunk.shape[1:3])
    last = chunk[:, -4 - 256 : -4, -4 - 256 : -4]
    assert EMOTIONS[-1] == "sadness" and np.array_equal(last, alone)
    faces = [chunk[-1, top : top + 256, left : left + 256] for top in (32, 320) for left in (4, 264, 524)]
    assert len({face.tobytes() for face in faces}) == 6
