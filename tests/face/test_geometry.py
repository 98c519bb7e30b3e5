import numpy as np
import pytest

from talking_face.face import geometry


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(68, 2)) * 40 + 100


def test_similarity_recovers_a_known_transform(points):
    angle, scale = 0.4, 1.7
    matrix = np.array([[np.cos(angle), -np.sin(angle), 5], [np.sin(angle), np.cos(angle), -3]])
    matrix[:, :2] *= scale
    found = geometry.similarity(points, geometry.transform(matrix, points))
    np.testing.assert_allclose(found, matrix, atol=1e-9)


def test_similarity_works_on_batches(points):
    batch = np.stack([points, points * 2 + 1])
    matrices = geometry.similarity(batch, np.stack([points, points]))
    np.testing.assert_allclose(geometry.transform(matrices, batch), np.stack([points, points]), atol=1e-9)


def test_crop_matrix_puts_the_eyes_where_the_data_room_has_them(points):
    crop = geometry.transform(geometry.crop_matrix(points), points)
    right, left = geometry.eye_centres(crop)
    np.testing.assert_allclose(right, [96, 102.4], atol=1e-6)
    np.testing.assert_allclose(left, [160, 102.4], atol=1e-6)


def test_invert_undoes_a_matrix(points):
    matrix = geometry.crop_matrix(points)
    back = geometry.transform(geometry.invert(matrix), geometry.transform(matrix, points))
    np.testing.assert_allclose(back, points, atol=1e-9)


def test_face_units_have_the_eyes_one_apart(points):
    face = geometry.crop_to_face(geometry.transform(geometry.crop_matrix(points), points))
    right, left = geometry.eye_centres(face)
    np.testing.assert_allclose(left - right, [1, 0], atol=1e-6)
    np.testing.assert_allclose(geometry.crop_to_face(geometry.face_to_crop(face)), face, atol=1e-9)


def test_mirror_swaps_sides_and_is_its_own_inverse():
    assert (geometry.MIRROR[geometry.MIRROR] == np.arange(68)).all()
    assert geometry.MIRROR[36] == 45 and geometry.MIRROR[48] == 54 and geometry.MIRROR[0] == 16


def test_lip_opening_is_the_gap_between_the_inner_lips():
    landmarks = np.zeros((2, 68, 2))
    landmarks[1, [65, 66, 67], 1] = 3
    np.testing.assert_array_equal(geometry.lip_opening(landmarks), [0, 3])


def test_smoothstep_is_flat_at_both_ends():
    np.testing.assert_allclose(geometry.smoothstep(np.array([-1, 0, 0.5, 1, 2])), [0, 0, 0.5, 1, 1])
    assert geometry.smoothstep(np.array(0.01)) < 0.001
