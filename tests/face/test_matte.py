"""A person cut out of a photo, on pictures of which it is known where they end."""

import cv2
import numpy as np
import pytest

from talking_face.face.matting.hair import find_walls
from talking_face.face.matting.matte import cut_out
from talking_face.face.matting.rough import SIDE as SIDE_OF_CUT
from talking_face.face.matting.rough import find_clothes
from talking_face.motion.library import Library

SIDE, DISTANCE = 480, 70.0


@pytest.fixture(scope="module")
def mesh():
    mesh = Library.load().mesh * DISTANCE
    return mesh + np.float32([SIDE / 2, 190, 0])


@pytest.fixture(scope="module")
def drawn(mesh):
    """A head and shoulders before a grid: the photo, and where the person is."""
    y, x = np.mgrid[:SIDE, :SIDE]
    face = (np.stack([x, y], -1) - [SIDE / 2, 190]) / DISTANCE
    head = np.hypot(face[..., 0] / 1.4, (face[..., 1] - 0.2) / 1.9) < 1
    body = (np.abs(face[..., 0]) < 0.7 + 1.1 * (face[..., 1] - 1.9)) & (face[..., 1] > 1.5)
    person = head | body
    photo = np.full((SIDE, SIDE, 3), 215, np.uint8)
    photo[::24] = photo[:, ::24] = 60
    photo[head] = 150, 110, 90
    photo[body & ~head] = 40, 60, 120
    return photo, person


def test_the_person_is_what_was_drawn(drawn, mesh):
    photo, person = drawn
    found = cut_out(photo, mesh)
    left, top, right, bottom = found.box
    below = 190 + int(2.9 * DISTANCE) - top  # where nothing moves any more
    alpha, real = found.person[:below, :, 3] > 127, person[top:bottom, left:right][:below]
    assert (alpha & real).sum() / (alpha | real).sum() > 0.95 and found.trust > 0.8


def test_both_layers_together_are_the_photo(drawn, mesh):
    photo, _ = drawn
    found = cut_out(photo, mesh)
    left, top, right, bottom = found.box
    share = found.person[..., 3:] / 255
    again = found.person[..., :3] + (1 - share) * found.plate
    apart = np.abs(again - photo[top:bottom, left:right])
    assert np.percentile(apart, 99.9) < 3


def test_a_lock_beside_the_head_is_cut_out_and_what_stands_apart_is_not(drawn, mesh):
    _, person = drawn
    photo = np.full((SIDE, SIDE, 3), 215, np.uint8)
    photo[person] = 60, 45, 40
    lock, pole = np.zeros((2, SIDE, SIDE), np.uint8)
    # From the crown out and down, a third of an eye distance away.
    cv2.ellipse(lock, (338, 200), (26, 60), 0, -130, 80, 1, 4)
    cv2.line(pole, (100, 150), (100, 230), 1, 4)
    photo[(lock | pole) > 0] = 60, 45, 40
    found = cut_out(photo, mesh)
    left, top, right, bottom = found.box
    alpha = found.person[..., 3]
    whole = lambda drawn: (drawn[top:bottom, left:right] > 0) & ~person[top:bottom, left:right]
    assert np.median(alpha[whole(lock)]) > 200 and not alpha[whole(pole)].any()
    assert found.plate[whole(lock)].min() > 190  # and nothing of it stays behind


@pytest.mark.parametrize("slope, found", [(0, 1), (3, 0)])
def test_a_wall_is_known_where_the_photo_ends_near_the_head_if_it_is_even(slope, found):
    """Half an eye distance of it is seen on the left, and a curl before it; a whole one on the right."""
    y, x = np.mgrid[:60, :100]
    away = np.clip(np.where(x < 50, 14 - x, x - 72) / 28, 0, None)
    left = x < 50
    small = np.float32(np.repeat(200 - slope * np.where(left, y, 0)[..., None], 3, 2))
    small[20:26, 6:14] = 40
    wall, wide, plain = find_walls(small, away, y < 30, (left, ~left), 28)
    assert (plain[left] == found).all() and plain[~left].all()
    assert wide[left].max() < 0.5 < wide[~left].min() and np.abs(wall[~left] - 200).max() < 1
    assert not found or np.abs(wall[left] - 200).max() < 5  # without the curl


@pytest.mark.parametrize("size", [2.4, 4.0])
def test_a_face_that_fills_the_photo_is_all_person_and_not_trusted(mesh, size):
    y, x = np.mgrid[:SIDE, :SIDE]
    photo = np.stack([150 + 20 * np.sin(x / 9), 110 + 20 * np.cos(y / 7), 90 + 0 * x], -1).astype(np.uint8)
    close = (mesh - np.float32([SIDE / 2, 190, 0])) * size + np.float32([SIDE / 2, 200, 0])
    found = cut_out(photo, close)
    assert found.person[..., 3].min() == 255 and found.trust == 0


def test_a_grid_goes_on_behind_the_head(drawn, mesh):
    photo, person = drawn
    found = cut_out(photo, mesh)
    left, top, right, bottom = found.box
    wall = np.full(photo.shape, 215, np.uint8)
    wall[::24] = wall[:, ::24] = 60
    inside = cv2.distanceTransform(person.astype(np.uint8), cv2.DIST_L2, 5) / DISTANCE
    behind = (inside > 0.02) & (inside < 0.15) & (np.arange(SIDE)[:, None] < 190 + DISTANCE)
    made_up, real = found.plate[behind[top:bottom, left:right]], wall[behind]
    lines = real[:, 0] < 100
    assert np.median(made_up[lines]) < 100 and np.mean(np.abs(made_up[~lines] - 215.0) < 30) > 0.95


def test_lines_that_end_at_hair_as_dark_are_none_of_it(drawn, mesh):
    photo, person = drawn
    photo = photo.copy()
    photo[person] = 60
    found = cut_out(photo, mesh)
    left, top, right, bottom = found.box
    away = cv2.distanceTransform((~person).astype(np.uint8), cv2.DIST_L2, 5) / DISTANCE
    beside = (away > 0.03) & (away < 0.1) & (np.arange(SIDE)[:, None] < 190 + DISTANCE) & (photo[..., 0] < 100)
    assert np.percentile(found.person[..., 3][beside[top:bottom, left:right]], 95) < 60


@pytest.mark.parametrize("lower_wall", [(90, 120, 140), (60, 85, 105)])
def test_long_hair_is_the_persons_down_to_the_photos_edge_and_a_darker_wall_is_not(mesh, lower_wall):
    y, x = np.mgrid[:SIDE, :SIDE]
    across, down = np.abs(x - SIDE / 2) / DISTANCE, (y - 190) / DISTANCE
    skin = (np.hypot(across / 1.05, (down - 0.4) / 1.5) < 1) | ((across < 0.6) & (down > 1))
    hair = ((np.hypot(across / 1.6, (down - 0.2) / 2) < 1) | ((across < 2.9) & (down > 0.2))) & ~skin
    photo = np.empty((SIDE, SIDE, 3), np.uint8)
    photo[:] = np.where(down[..., None] < 1, (90, 120, 140), lower_wall)
    photo[skin], photo[hair] = (210, 160, 130), (120, 70, 40)
    photo[hair & (x % 7 < 3)] = 70, 40, 25
    found = cut_out(photo, mesh)
    left, top, right, bottom = found.box
    alpha = np.zeros((SIDE, SIDE))
    alpha[top:bottom, left:right] = found.person[..., 3]
    low = (down > 0.4) & (down < 2)
    assert np.mean(alpha[hair & low] > 127) > 0.97
    assert np.mean(alpha[~hair & ~skin & low] > 127) < 0.03


def test_a_shoulder_beside_the_jaw_is_clothes_and_a_lamp_there_is_not():
    y, x = np.mgrid[:140, :140]
    places = (np.stack([x, y], -1) - [70, 40]) / SIDE_OF_CUT
    person = np.hypot(places[..., 0], places[..., 1] - 0.4) < 1.2
    shoulder = (x < 50) & (y > 66) & ~person
    lamp = (x > 95) & (y > 50) & (y < 64) & ~person
    small = np.full((140, 140, 3), 200, np.uint8)
    small[person], small[shoulder], small[lamp] = (190, 140, 110), (20, 20, 40), (90, 20, 20)
    found = find_clothes(small, person, places, 1.6)
    high = shoulder & (y < 40 + SIDE_OF_CUT * 1.15)
    beside = high & cv2.dilate(person.astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert beside.sum() > 5 and found[beside].mean() > 0.7
    assert found[high].mean() > 0.9
    assert not found[lamp].any()
