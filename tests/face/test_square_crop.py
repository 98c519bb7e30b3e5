import numpy as np
import pytest
from PIL import Image

from support.paths import ASSETS
from talking_face.face import geometry
from talking_face.face.portrait import find_portrait
from talking_face.face.square_crop import square


def test_a_square_shows_the_face_at_the_photos_resolution():
    wide = np.full((600, 1000, 3), 90, np.uint8)
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
