from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from support.paths import ASSETS
from talking_face.face import geometry
from talking_face.face.framing import TALL, extended, square
from talking_face.face.images import warp
from talking_face.face.portrait import find_portrait


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


@pytest.mark.parametrize("ratio", [1, TALL])
def test_a_photo_is_extended_and_the_head_never_cut(portrait, ratio):
    made = extended(portrait, ratio)
    height, width = made.image.shape[:2]
    assert width / height == pytest.approx(ratio, abs=0.01) and width % 2 == height % 2 == 0
    shift = made.landmarks - portrait.landmarks
    assert np.allclose(shift, shift[0])  # at the photo's own resolution
    x, y = np.rint(made.landmarks[30]).astype(int)
    there, here = np.rint(portrait.landmarks[30]).astype(int), made.image[y - 20 : y + 20, x - 20 : x + 20]
    assert np.array_equal(here, portrait.image[there[1] - 20 : there[1] + 20, there[0] - 20 : there[0] + 20])
    crop = warp(made.image, made.matrix, (256, 256))
    assert np.abs(crop[60:200, 60:200].astype(int) - portrait.crop[60:200, 60:200]).mean() < 2


def test_a_wide_photo_is_cut_to_a_tall_one_without_making_anything_up(portrait):
    wide = np.pad(portrait.image, ((0, 0), (200, 200), (0, 0)), "edge")
    matrix = portrait.matrix.copy()
    matrix[:, 2] -= matrix[:, :2] @ [200, 0]
    moved = replace(portrait, image=wide, landmarks=portrait.landmarks + [200, 0], mesh=None, matrix=matrix)
    made = extended(moved, TALL)
    height, width = made.image.shape[:2]
    left, top = np.rint(moved.landmarks[0] - made.landmarks[0]).astype(int)
    assert top <= 0 and np.array_equal(made.image[-top + 20 : -top + 236], wide[20:236, left : left + width])
