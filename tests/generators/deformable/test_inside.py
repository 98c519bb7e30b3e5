from dataclasses import replace

import cv2
import numpy as np
import pytest

from talking_face.face import geometry
from talking_face.generators.deformable.generator import in_detail
from talking_face.generators.deformable.inside import tooth_colour
from talking_face.generators.deformable.inside.anatomy import OVERLAP
from talking_face.generators.deformable.inside.lines import lip_line, lip_lines
from talking_face.generators.deformable.inside.mouths import Mouths
from talking_face.generators.deformable.inside.seam import meet
from talking_face.generators.deformable.inside.sharpness import SIZE, blur_of
from talking_face.generators.deformable.inside.shut import shut_mouth
from talking_face.generators.deformable.inside.teeth import SCALE, going_on
from talking_face.generators.deformable.mouth import FINE, REGION_SIZE

MIDDLE = [61, 62, 63, 65, 66, 67]


@pytest.fixture(scope="module")
def mouths():
    return Mouths.load()


@pytest.fixture
def anatomy(mouths, portrait, face):
    corner = face[48:60].mean(0) - REGION_SIZE / 2
    return mouths(portrait.crop, face, corner)


def opened(face, gap):
    """The face with its lips apart, eye distances."""
    target = face.copy()
    target[[61, 62, 63], 1] = target[[61, 62, 63], 1].mean() - gap * 0.3
    target[[65, 66, 67], 1] = target[[61, 62, 63], 1].mean() + gap
    target[[55, 56, 57, 58, 59], 1] += 0.7 * gap
    return target.astype(np.float32)


def test_nothing_is_drawn_between_closed_lips(anatomy, face):
    closed = opened(face, 0.0)
    assert not anatomy.layers(closed[None]).any()


def test_teeth_do_not_grow_with_the_opening(anatomy, face):
    wide = [opened(face, gap) for gap in (0.3, 0.45)]
    a, b = anatomy.layers(np.stack(wide)).astype(int)
    edge = round(anatomy.edge + (OVERLAP - 0.02) * FINE / REGION_SIZE)  # of the upper row
    middle = slice(FINE // 2 - 15, FINE // 2 + 15)
    teeth = slice(edge - 8, edge - 2)
    both = (a[teeth, middle, 3] == 255) & (b[teeth, middle, 3] == 255)
    assert both.mean() > 0.8
    light = np.log(a[teeth, middle, :3] / b[teeth, middle, :3])[both]  # lips shade teeth that stay where they are
    assert light.std() < 0.05


def test_teeth_are_brighter_than_the_cavity(anatomy, face):
    (layer,) = anatomy.layers(opened(face, 0.4)[None]).astype(int)
    column = layer[:, FINE // 2][layer[:, FINE // 2, 3] == 255, :3].mean(-1)
    assert column.max() > 120 and column.min() < 0.5 * column.max()


def test_nobody_gets_teeth_that_are_excluded(mouths, face):
    first = mouths.teeth.choose(face)
    second = mouths.teeth.choose(face, {first.name})
    assert first.name != second.name and first.scale == pytest.approx(1, abs=0.16)


def test_a_smile_shows_ones_own_teeth_in_ones_own_colour(mouths, portrait, face):
    """The drawn teeth of one face's smile, found again in the picture with them."""
    target = opened(face, 0.22)
    target[48:, 0] += 0.2 * (target[48:, 0] - target[48:, 0].mean())
    corner = face[48:60].mean(0) - REGION_SIZE / 2
    anatomy = mouths(portrait.crop, face, corner)
    (layer,) = anatomy.layers(target[None])
    picture = cv2.resize(portrait.crop, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    x, y = geometry.face_to_crop(corner, SIZE).round().astype(int)
    part = picture[y : y + FINE, x : x + FINE]
    share = layer[..., 3:] / 255
    part[:] = part + share * (layer[..., :3] - part.astype(float))
    row = mouths.own_teeth(picture, portrait.crop, target)
    assert row is not None and row.name == "own"
    np.testing.assert_allclose(row.colour, mouths.teeth.colour(portrait.crop, geometry.face_to_crop(face)), atol=0.35)
    assert mouths.own_teeth(picture, portrait.crop, opened(face, 0.02)) is None
    width = row.picture[..., 3].any(0).sum()
    assert width > 0.2 * SCALE
    middle = round(geometry.face_to_crop(target[[60, 64]], SIZE)[:, 0].mean())
    picture[y : y + FINE, middle - 3 : middle + 3] //= 5  # a gap between the front teeth
    row = mouths.own_teeth(picture, portrait.crop, target)
    assert row is not None and row.picture[..., 3].any(0).sum() > 0.8 * width


def test_a_row_goes_on_and_fades_behind_its_last_teeth():
    picture = np.zeros((20, 60, 4), np.float32)
    picture[:, 25:35] = [200, 200, 200, 1]
    longer = going_on(picture)
    np.testing.assert_array_equal(longer[:, 25:35], picture[:, 25:35])
    beside = longer[10, 35:40, 3]
    assert np.all(beside > 0) and np.all(np.diff(beside) < 0)
    assert not longer[:, :4].any() and not going_on(np.zeros_like(picture)).any()


def test_closed_lips_are_found_where_they_meet(portrait):
    picture, _, landmarks = in_detail(portrait)
    mistaken = landmarks.copy()
    mistaken[[65, 66, 67], 1] += 0.05
    met = meet(picture, mistaken)
    assert np.abs(geometry.lip_opening(met)) < 1e-6
    assert np.abs(met[MIDDLE, 1] - landmarks[MIDDLE, 1]).max() < 0.04


@pytest.mark.parametrize("grey", [False, True])
def test_open_mouths_stay_open(portrait, grey):
    picture, _, landmarks = in_detail(portrait)
    if grey:
        picture = np.repeat(picture.mean(-1, keepdims=True), 3, 2).astype(np.uint8)
    smiling = opened(landmarks, 0.12)
    points = geometry.face_to_crop(smiling, SIZE)
    cv2.fillPoly(picture, [points[60:68].round().astype(np.int32)], (225, 215, 205))
    assert meet(picture, smiling) is smiling


def test_an_open_mouth_is_shut_and_a_closed_one_left_alone(portrait):
    _, crop, landmarks = in_detail(portrait)
    closed = opened(landmarks, 0.0)
    assert shut_mouth(crop, closed)[0] is crop
    smiling = opened(landmarks, 0.15)
    white = crop.copy()
    cv2.fillPoly(white, [geometry.face_to_crop(smiling[60:68]).round().astype(np.int32)], (255, 255, 255))
    shut, met = shut_mouth(white, smiling)
    assert geometry.lip_opening(met) == pytest.approx(0, abs=1e-6)
    mouth = np.zeros(crop.shape[:2], np.uint8)
    cv2.fillPoly(mouth, [geometry.face_to_crop(met[48:60]).round().astype(np.int32)], 1)
    assert (shut[mouth > 0].min(-1) < 240).mean() > 0.99  # no teeth between the lips
    assert (shut[:100] == white[:100]).all() and (shut[:, :40] == white[:, :40]).all()
    column, row = geometry.face_to_crop(met[[62, 66]].mean(0)).round().astype(int)
    line = shut[row - 1 : row + 2, column - 8 : column + 9].mean((0, 1))
    lip = shut[row + 4 : row + 6, column - 8 : column + 9].mean((0, 1))
    assert (line < 0.95 * lip).all() and line[0] / lip[0] > line[1] / lip[1]  # dark, and redder than the lips
    soft = shut_mouth(white, smiling, blur=3.0)[0][row - 1 : row + 2, column - 8 : column + 9].mean((0, 1))
    assert (line < soft).all() and (soft < lip).all()


def test_a_mouth_is_shut_alike_in_a_large_photo(portrait):
    """The line, and what it hides, are as wide beside the lips as in a small photo."""
    _, crop, landmarks = in_detail(portrait)
    crop, smiling, scale = crop.copy(), opened(landmarks, 0.15), 4
    cv2.fillPoly(crop, [geometry.face_to_crop(smiling[60:68]).round().astype(np.int32)], (255, 255, 255))
    shift = (1 / scale - 1) / 2
    matrix = np.array([[1 / scale, 0, shift], [0, 1 / scale, shift]])
    photo = cv2.warpAffine(crop, matrix, (scale * len(crop),) * 2, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    shut, met = shut_mouth(photo, smiling, matrix)
    seen = cv2.resize(shut, crop.shape[1::-1], interpolation=cv2.INTER_AREA)
    x, y = geometry.face_to_crop(met[48:60]).round().astype(int).T
    lips = slice(y.min(), y.max() + 1), slice(x.min(), x.max() + 1)
    assert np.abs(seen[lips].astype(int) - shut_mouth(crop, smiling)[0][lips]).mean() < 4


@pytest.mark.parametrize("sigma", [1.0, 2.0])
def test_blur_is_measured(portrait, sigma):
    picture, _, _ = in_detail(replace(portrait))
    blurred = cv2.GaussianBlur(picture, (0, 0), sigma)
    assert blur_of(blurred) == pytest.approx(np.hypot(blur_of(picture), sigma), abs=0.5)


def test_lip_lines_pass_through_their_points():
    points = np.array([[0, 0], [10, -6], [20, -5], [30, -6], [40, 0.0]])
    np.testing.assert_allclose(lip_line(points, points[:, 0]), points[:, 1], atol=0.2)


def test_the_line_of_a_turned_mouth_stays_among_its_points():
    """The far corner of a mouth turned away lies behind the lip, before points that come sooner along it."""
    points = np.array([[0, 0], [20, -3], [30, -2], [33, 0], [31, 2.0]])
    line = lip_line(points, np.linspace(-5, 40, 91))
    assert np.all((line > -5) & (line < 4))


def test_teeth_in_the_photo_do_not_tell_the_colour_of_teeth(portrait, face):
    points = geometry.face_to_crop(opened(face, 0.2).astype(np.float64))
    bitten = portrait.crop.copy()
    cv2.fillPoly(bitten, [points[geometry.INNER_LIPS].round().astype(np.int32)], (255, 255, 255))
    before, after = (tooth_colour.features(crop, points) for crop in (portrait.crop, bitten))
    np.testing.assert_array_equal(before, after)


def test_a_bright_lip_that_landmarks_take_in_is_not_taken_for_teeth(portrait, face):
    points = geometry.face_to_crop(opened(face, 0.2).astype(np.float64))
    picture, lip, tooth = portrait.crop.copy(), (210, 130, 130), (200, 190, 170)
    cv2.fillPoly(picture, [points[geometry.OUTER_LIPS].round().astype(np.int32)], lip)
    middle = int(points[[62, 66], 1].mean())
    inside = tooth_colour.inside(points[geometry.INNER_LIPS])
    picture[:middle][inside[:middle]] = tooth
    teeth = tooth_colour.tooth_pixels(picture, points)
    assert len(teeth) and np.all(teeth - 1 == tooth)


def test_speaking_lips_hide_more_of_what_is_between_them_than_smiling_ones(face):
    points = opened(face, 0.2) * 100
    columns = np.linspace(points[60, 0], points[64, 0], 21)[1:-1]
    smiling, speaking = (np.subtract(*lip_lines(points, columns, share)[::-1]) for share in (0.0, 1.0))
    assert np.all(speaking < smiling) and np.all(speaking > -0.5)
    assert speaking[0] / smiling[0] < speaking[9] / smiling[9]  # most at the corners


def test_lips_are_moved_to_where_what_is_drawn_ends(anatomy, face):
    target = opened(face, 0.2)
    (lips,), (layer,) = anatomy.lips(target[None]), anatomy.layers(target[None])
    column, rows = ((lips[[62, 66]] - anatomy.corner) * (FINE / REGION_SIZE) - 0.5).T.round().astype(int)
    drawn = np.flatnonzero(layer[:, column[0], 3] > 128)
    np.testing.assert_allclose([drawn[0], drawn[-1]], rows, atol=2)
    assert lips[62, 1] > target[62, 1] and lips[66, 1] < target[66, 1]
    np.testing.assert_array_equal(np.delete(lips, MIDDLE, 0), np.delete(target, MIDDLE, 0))
    assert np.abs(anatomy.lips(opened(face, 0.0)[None]) - opened(face, 0.0)).max() < 1e-6
