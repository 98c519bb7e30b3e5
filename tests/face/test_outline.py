"""The picture of what was found: visible on any ground and at any size, with numbers where there are several faces."""

import numpy as np
import pytest
from PIL import Image

from support.planted_faces import PlantedFinder, grey, planted_face
from talking_face.face.outline import face_at, outline
from talking_face.face.portrait import find_faces

LARGE, SMALL = planted_face((300, 400), 120), planted_face((900, 500), 60)


def photo_of(*faces, image=None):
    return find_faces(grey() if image is None else image, finder=PlantedFinder(*faces))


def contrast(picture, box, ground=128):
    """How far what is drawn in a box (left, top, right, bottom) differs from the ground, mean over its pixels."""
    left, top, right, bottom = np.rint(box).astype(int)
    return np.abs(picture[top : bottom + 1, left : right + 1].astype(int) - ground).mean()


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_the_face_shows_on_any_ground(ground):
    photo = photo_of(LARGE, image=np.full((960, 1280, 3), ground, np.uint8))
    drawn = outline(photo, 1)
    assert drawn.shape == photo.image.shape and drawn.dtype == np.uint8
    changed = (np.abs(drawn.astype(int) - ground) > 100).any(-1)
    assert 0.003 < changed.mean() < 0.2
    for x, y in np.rint(LARGE.landmarks[[8, 30, 36, 51]]).astype(int):  # chin, nose, eye, lip
        assert changed[y - 4 : y + 5, x - 4 : x + 5].any()


def test_lines_show_in_a_small_preview():
    """The page shows a phone's photo 180 pixels high: lines still have full contrast there."""
    drawn = Image.fromarray(outline(photo_of(LARGE), 1)).resize((240, 180), Image.Resampling.BOX)
    assert np.asarray(drawn).max() > 230


def test_of_several_the_chosen_one_is_drawn_in_full_and_the_other_fainter():
    photo = photo_of(LARGE, SMALL)
    first, second = outline(photo, 1), outline(photo, 2)
    assert contrast(first, LARGE.box) > 5 > contrast(first, SMALL.box) == 0  # only around it, not in it
    assert contrast(second, SMALL.box) > 5 > contrast(second, LARGE.box) == 0
    around = [900 - 150, 500 - 100, 900 + 150, 500 + 200]
    assert contrast(second, around) > contrast(first, around) > 0


def test_the_box_of_a_tiny_face_lies_around_it():
    tiny = planted_face((640, 480), 16)
    drawn = outline(photo_of(tiny), 0)
    assert contrast(drawn, tiny.box) == 0 < contrast(drawn, [*(tiny.box[:2] - 30), *(tiny.box[2:] + 30)])


def test_one_face_has_no_number():
    several = outline(photo_of(LARGE, SMALL), 1)
    one = outline(photo_of(LARGE), 1)
    corner = LARGE.box[:2] - 50
    assert contrast(several, [*corner, *(corner + 40)]) > 1.5 * contrast(one, [*corner, *(corner + 40)])


def test_a_lying_face_is_shown_upright():
    lying = LARGE.moved(np.array([[0.0, 1, 0], [-1, 0, 1279]]))
    assert outline(photo_of(lying), 1).shape == (1280, 960, 3)


def test_finer_landmarks_are_drawn_where_they_belong(tmp_path):
    Image.fromarray(grey(4000, 3000)).save(tmp_path / "large.png")
    photo = find_faces(tmp_path / "large.png", finder=PlantedFinder(planted_face((900, 500), 40)))
    portrait = photo.portrait()
    assert portrait.landmarks[33, 0] != photo.faces[0].landmarks[33, 0]  # those of a part cut out of the file
    np.testing.assert_allclose(outline(photo, 1, portrait).astype(int), outline(photo, 1), atol=40)


@pytest.mark.parametrize(
    ("point", "face"),
    [((300, 450), 1), ((900, 540), 2), ((900, 430), 2), ((150, 450), 1), ((620, 100), None), ((1270, 950), None)],
)
def test_a_point_tells_the_face(point, face):
    assert face_at(photo_of(LARGE, SMALL), point) == face


def test_of_overlapping_faces_it_is_the_one_that_is_meant():
    photo = photo_of(planted_face((300, 400), 120), planted_face((420, 400), 60))
    assert face_at(photo, (420, 430)) == 2 and face_at(photo, (200, 430)) == 1
