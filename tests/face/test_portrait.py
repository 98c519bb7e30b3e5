"""The portrait stage: which face, which crop, which words when a photo will not do."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from support.paths import ASSETS, DATA
from talking_face.data.turned_heads import Turner
from talking_face.errors import PhotoError
from talking_face.face import geometry
from talking_face.face.checks import face_width
from talking_face.face.images import load_image
from talking_face.face.landmarks import Face, FaceFinder
from talking_face.face.mesh.topology import IBUG
from talking_face.face.portrait import canonical_matrix, find_portrait


@pytest.fixture(scope="module")
def finder():
    return FaceFinder("mesh")


@pytest.fixture(scope="module")
def photo():
    return load_image(ASSETS / "london_024.jpg", max_side=600)


@pytest.fixture(scope="module")
def found(photo, finder):
    return find_portrait(photo, finder=finder)


def planted(*faces):
    """A finder of these faces."""
    return SimpleNamespace(find=lambda image: list(faces))


@pytest.fixture(scope="module")
def face(found):
    """The photo's face."""
    return Face(found.landmarks, found.mesh, found.pose, found.confidence)


def scaled(face, factor):
    return face.moved(factor * np.eye(2, 3))


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


def test_several_faces(photo, face):
    three = planted(face, scaled(face, 0.5), scaled(face, 0.4))
    assert "Found 3 faces and took the largest." in find_portrait(photo, finder=three).notes


def test_no_face(finder):
    with pytest.raises(PhotoError, match="No face"):
        find_portrait(np.full((200, 300, 3), 128, np.uint8), finder=finder)


def test_too_small(photo, face):
    width = face_width(face)
    with pytest.raises(PhotoError, match="only 55 pixels"):
        find_portrait(photo, finder=planted(scaled(face, 55 / width)))
    small = find_portrait(photo, finder=planted(scaled(face, 58 / width)))
    assert any("small" in note for note in small.notes)


@pytest.mark.parametrize("pose", [(50, 0, 0), (-50, 0, 0), (0, 50, 0)])
def test_turned_too_far(photo, face, pose):
    with pytest.raises(PhotoError, match="turned too far"):
        find_portrait(photo, finder=planted(replace(face, pose=pose)))


@pytest.mark.parametrize(
    "value, said", [("confidence", "face is hard to make out"), ("lips_confidence", "mouth cannot be")]
)
def test_what_is_not_made_out_is_refused(photo, face, value, said):
    with pytest.raises(PhotoError, match=said):
        find_portrait(photo, finder=planted(replace(face, **{value: 0.05})))


def test_in_the_dark_doubt_is_enough(photo, face):
    doubtful = planted(replace(face, confidence=0.8))
    find_portrait(photo, finder=doubtful)
    with pytest.raises(PhotoError, match="good light"):
        find_portrait((photo * 0.2).astype(np.uint8), finder=doubtful)


def squeezed(face, upper, lower, share):
    """A face whose mesh points `upper` lie closer to `lower`."""
    mesh = face.mesh.copy()
    mesh[upper] += share * (mesh[lower] - mesh[upper])
    return replace(face, mesh=mesh)


def test_closed_eyes_are_refused(photo, face):
    upper, lower = ([IBUG[i] for i in points] for points in ((37, 38, 43, 44), (41, 40, 47, 46)))
    with pytest.raises(PhotoError, match="eyes are closed"):
        find_portrait(photo, finder=planted(squeezed(face, upper, lower, 0.85)))


def test_a_wide_open_mouth_is_said(photo, face):
    lower = [IBUG[i] for i in (65, 66, 67)]
    mesh = face.mesh.copy()
    mesh[lower, 1] += 0.8 * np.ptp(face.landmarks[48:55, 0])
    notes = find_portrait(photo, finder=planted(replace(face, mesh=mesh))).notes
    assert any("wide open" in note for note in notes)


def test_a_photo_in_the_dark_is_refused(photo, face):
    with pytest.raises(PhotoError, match="too dark"):
        find_portrait((photo * 0.03).astype(np.uint8), finder=planted(face))


def test_a_small_face_is_taken_from_the_files_own_pixels(finder, tmp_path):
    """Scaled down to 640 pixels the face would be too small; the file has four times as many."""
    wide = np.full((1600, 2560, 3), 120, np.uint8)
    wide[600:856, 1500:1756] = np.asarray(Image.open(ASSETS / "london_129.jpg").convert("RGB"))
    Image.fromarray(wide).save(tmp_path / "wide.png")
    found = find_portrait(tmp_path / "wide.png", 640, finder)
    assert max(found.image.shape) == 640
    assert 130 < np.linalg.norm(found.landmarks[16] - found.landmarks[0]) < 200
    left, top = np.rint(found.landmarks[30] - 40).astype(int)
    patch = found.image[top : top + 80, left : left + 80]
    assert (cv2.matchTemplate(wide, patch, cv2.TM_SQDIFF_NORMED) < 1e-3).any()  # the very pixels


def test_cut_off(photo, face):
    low = planted(face.moved(np.array([[1, 0, 0], [0, 1, photo.shape[0] - face.landmarks[57, 1] + 5]])))
    with pytest.raises(PhotoError, match="cut off"):
        find_portrait(photo, finder=low)


def test_the_pose_of_a_turned_head(finder, photo, found):
    """A head turned aside by a flow of its depth is seen to be, about as far, and mirrored the other way."""
    picture, mesh = Turner(photo, found.mesh).turn(25, 0)
    (face,) = finder.find(picture)
    (mirrored,) = finder.find(np.ascontiguousarray(picture[:, ::-1]))
    assert face.pose[0] - found.pose[0] == pytest.approx(25, abs=7)
    assert mirrored.pose[0] == pytest.approx(-face.pose[0], abs=4)
    # The crop shows the turned face at the size that it would have from the front.
    scale = [np.hypot(*canonical_matrix(f.landmarks, f.pose)[:, 0]) for f in (face, found)]
    assert scale[0] == pytest.approx(scale[1], rel=0.1)


def test_a_frontal_face_is_framed_by_its_eyes(found):
    np.testing.assert_allclose(canonical_matrix(found.landmarks, (0, 5, 3)), geometry.crop_matrix(found.landmarks))
    turned = canonical_matrix(found.landmarks, (35, 0, 0))
    between = geometry.eye_centres(found.landmarks).mean(0, keepdims=True)
    np.testing.assert_allclose(geometry.transform(turned, between), [[128, 102.4]], atol=0.1)


@pytest.mark.skipif(not (DATA / "stills.labels.npz").is_file(), reason="the data room is not here")
def test_crops_agree_with_the_data_room(finder):
    """The data room's stills are canonical already, so that the matrix of each ought to be the identity."""
    with np.load(DATA / "stills.labels.npz") as labels:
        names = labels["ids"][::151]
    points = np.array([[64.0, 70], [192, 70], [128, 128], [90, 190], [166, 190]])
    found = [find_portrait(DATA / "stills" / f"{name}.jpg", finder=finder) for name in names]
    moved = [geometry.transform(portrait.matrix, points) for portrait in found]
    assert np.linalg.norm(np.array(moved) - points, axis=-1).mean() < 3
