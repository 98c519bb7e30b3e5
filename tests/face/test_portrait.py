"""The portrait stage: which face, which crop, which words when a photo will not do."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from support.paths import ASSETS, DATA
from talking_face.errors import PhotoError
from talking_face.face import geometry, portrait
from talking_face.face.checks import turn
from talking_face.face.images import load_image
from talking_face.face.landmarks import Face, FaceFinder
from talking_face.face.outline import outline
from talking_face.face.portrait import canonical_matrix, find_portrait


@pytest.fixture(scope="module")
def finder():
    return FaceFinder("dlib")


@pytest.fixture(scope="module")
def photo():
    return load_image(ASSETS / "london_024.jpg", max_side=600)


@pytest.fixture(scope="module")
def found(photo, finder):
    return find_portrait(photo, finder=finder)


def planted(*faces, scatter=0.0):
    """A finder of faces with these landmarks."""
    return SimpleNamespace(find=lambda image: [Face(points.astype(np.float32), scatter) for points in faces])


def test_shapes_and_canonical_eyes(photo, found):
    np.testing.assert_array_equal(found.image, photo)
    assert found.crop.shape == (256, 256, 3) and found.crop.dtype == np.uint8
    assert found.landmarks.shape == (68, 2) and found.landmarks.dtype == np.float32
    assert found.matrix.dtype == np.float64
    eyes = geometry.transform(found.matrix, geometry.eye_centres(found.landmarks))
    np.testing.assert_allclose(eyes, [[96, 102.4], [160, 102.4]], atol=0.5)
    assert found.notes == ()


def test_crop_shows_what_the_matrix_says(found):
    x, y = np.array([(100, 120), (128, 150), (150, 200)]).T
    places = geometry.transform(geometry.invert(found.matrix), np.stack([x, y], 1).astype(float))
    column, row = np.rint(places).astype(int).T
    assert np.abs(found.crop[y, x].astype(int) - found.image[row, column]).mean() < 12


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_photos_come_upright(photo, found, finder, quarters):
    turned = find_portrait(np.rot90(photo, quarters), finder=finder)
    np.testing.assert_array_equal(turned.image, photo)
    assert np.abs(turned.landmarks - found.landmarks).mean() < 2
    assert any("turned upright" in note for note in turned.notes)


def test_exif_rotation_needs_no_note(photo, found, finder, tmp_path):
    exif = Image.Exif()
    exif[0x112] = 6
    Image.fromarray(np.rot90(photo)).save(tmp_path / "a.png", exif=exif)
    turned = find_portrait(tmp_path / "a.png", finder=finder)
    np.testing.assert_array_equal(turned.landmarks, found.landmarks)
    assert turned.notes == ()


def test_dim_photo_is_used_and_noted(photo, found, finder):
    dim = find_portrait((photo * 0.2).astype(np.uint8), finder=finder)
    assert np.abs(dim.landmarks - found.landmarks).mean() < 3
    assert any("dark" in note for note in dim.notes)


def test_blurred_photo_is_noted(photo, finder):
    small = Image.fromarray(photo).resize((photo.shape[1] // 12, photo.shape[0] // 12))
    blurred = np.array(small.resize(photo.shape[1::-1], Image.Resampling.BICUBIC))
    assert any("blurred" in note for note in find_portrait(blurred, finder=finder).notes)


def test_several_faces(photo, found):
    three = planted(found.landmarks, found.landmarks * 0.5, found.landmarks * 0.4)
    assert "Found 3 faces and took the largest." in find_portrait(photo, finder=three).notes


def test_no_face(finder):
    with pytest.raises(PhotoError, match="No face"):
        find_portrait(np.full((200, 300, 3), 128, np.uint8), finder=finder)


def test_too_small(photo, found):
    width = np.linalg.norm(found.landmarks[16] - found.landmarks[0])
    with pytest.raises(PhotoError, match="only 63 pixels"):
        find_portrait(photo, finder=planted(found.landmarks * (63 / width)))
    small = find_portrait(photo, finder=planted(found.landmarks * (66 / width)))
    assert any("small" in note for note in small.notes)


def test_profile(photo, found):
    for side in (0, 16):
        points = found.landmarks.copy()
        points[27:36] += 0.8 * (points[side] - points[30])
        with pytest.raises(PhotoError, match="turned too far"):
            find_portrait(photo, finder=planted(points))


def test_a_mouth_that_is_not_made_out_is_said_or_refused(photo, found):
    unsure = find_portrait(photo, finder=planted(found.landmarks, scatter=0.03))
    assert any("mouth is hard" in note for note in unsure.notes)
    with pytest.raises(PhotoError, match="mouth cannot be made out"):
        find_portrait(photo, finder=planted(found.landmarks, scatter=0.08))


def test_cut_off(photo, found):
    low = planted(found.landmarks + [0, photo.shape[0] - found.landmarks[57, 1] + 5])
    with pytest.raises(PhotoError, match="cut off"):
        find_portrait(photo, finder=low)


def test_turn_is_signed(found):
    towards_right = found.landmarks.copy()
    towards_right[30] = towards_right[16]
    assert turn(towards_right) == pytest.approx(1, abs=0.01)
    assert abs(turn(found.landmarks)) < 0.3
    mirrored = (found.landmarks * [-1, 1])[geometry.MIRROR]
    assert turn(mirrored) == pytest.approx(-turn(found.landmarks), abs=1e-4)


def test_narrowed_eyes_do_not_blow_up_the_crop(found):
    """Of a frontal face the matrix is that of the eyes; where eyes come much closer, the nose bounds the scale."""
    np.testing.assert_allclose(canonical_matrix(found.landmarks), geometry.crop_matrix(found.landmarks))
    face = geometry.crop_to_face(geometry.transform(found.matrix, found.landmarks))
    turned = canonical_matrix(face * [0.6, 1])
    drop = face[33, 1]
    scale = np.hypot(*turned[:, 0]) * drop / 64
    assert scale == pytest.approx(portrait.MAX_NOSE_DROP, abs=0.01)
    np.testing.assert_allclose(geometry.transform(turned, np.zeros((1, 2))), [[128, 102.4]], atol=1)


def test_outline(found):
    drawn = outline(found)
    assert drawn.shape == found.image.shape and drawn.dtype == np.uint8
    changed = (drawn != found.image).any(-1)
    assert 0.005 < changed.mean() < 0.3
    # Visible on any ground: it holds lighter and darker pixels than the photo.
    difference = drawn.astype(int) - found.image
    assert difference.max() > 60 and difference.min() < -60
    chin = np.rint(found.landmarks[8]).astype(int)
    assert changed[chin[1] - 3 : chin[1] + 4, chin[0] - 3 : chin[0] + 4].any()


@pytest.mark.skipif(not (DATA / "stills.labels.npz").is_file(), reason="the data room is not here")
def test_crops_agree_with_the_data_room(finder):
    """The data room's stills are canonical already, so that the matrix of each ought to be the identity."""
    with np.load(DATA / "stills.labels.npz") as labels:
        names = labels["ids"][::151]
    points = np.array([[64.0, 70], [192, 70], [128, 128], [90, 190], [166, 190]])
    found = [find_portrait(DATA / "stills" / f"{name}.jpg", finder=finder) for name in names]
    moved = [geometry.transform(portrait.matrix, points) for portrait in found]
    assert np.linalg.norm(np.array(moved) - points, axis=-1).mean() < 2
