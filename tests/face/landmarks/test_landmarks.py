"""Faces are found whatever their light, size and turn; both sources of landmarks are used as they should be."""

import dataclasses
import threading
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from support.paths import ASSETS
from talking_face.errors import CheckpointError, ChoiceError
from talking_face.face import geometry
from talking_face.face.images import load_image
from talking_face.face.landmarks import FaceFinder, face_alignment
from talking_face.face.landmarks.adapter import Adapter
from talking_face.face.mesh.topology import IBUG
from talking_face.face.shape import FaceShape


@pytest.fixture(scope="module")
def photo():
    return load_image(ASSETS / "london_009.jpg", max_side=400)


@pytest.fixture(scope="module")
def finder():
    return FaceFinder("mesh")


@pytest.fixture(scope="module")
def truth(finder, photo):
    """The landmarks on the untouched photo."""
    (face,) = finder.find(photo)
    return face.landmarks


@pytest.fixture(autouse=True)
def no_choice(monkeypatch):
    monkeypatch.delenv("TALKING_FACE_LANDMARKS", raising=False)


def error(found, expected):
    """Mean distance in eye distances."""
    right, left = geometry.eye_centres(expected)
    return np.linalg.norm(found - expected, axis=1).mean() / np.linalg.norm(left - right)


def test_a_face_looks_like_one(finder, photo, truth):
    (face,) = finder.find(photo)
    assert face.landmarks.shape == (68, 2) and face.landmarks.dtype == np.float32
    np.testing.assert_array_equal(face.box, [*truth.min(0), *truth.max(0)])
    right, left = geometry.eye_centres(truth)
    assert right[0] < truth[30, 0] < left[0]
    assert right[1] < truth[30, 1] < truth[51, 1] < truth[57, 1] < truth[8, 1]


@pytest.mark.parametrize("degrees", [0, 30, 90, 180, -90])
@pytest.mark.parametrize("light", [1.0, 0.25])
def test_tilt_and_light_do_not_matter(finder, photo, truth, degrees, light):
    angle, (height, width) = np.deg2rad(degrees), photo.shape[:2]
    linear = 0.8 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([linear, [230, 230] - linear @ [width / 2, height / 2]])
    view = cv2.warpAffine(photo, matrix, (460, 460), flags=cv2.INTER_AREA, borderValue=(90, 90, 90))
    view = (view * light).astype(np.uint8)
    face = finder.find(view)[0]
    assert error(face.landmarks, geometry.transform(matrix, truth)) < 0.03


@pytest.mark.parametrize("height", [0.75, 1.2])
def test_faces_of_other_proportions_keep_their_mouths(finder, photo, truth, height):
    squeezed = cv2.resize(photo, None, fx=1, fy=height, interpolation=cv2.INTER_AREA)
    (face,) = finder.find(squeezed)
    right, left = geometry.eye_centres(truth)
    missed = np.linalg.norm(face.landmarks - truth * [1, height], axis=1)[geometry.LIPS].mean()
    assert missed < 0.04 * np.linalg.norm(left - right)


def test_a_face_moves_with_its_picture(finder, photo):
    """A similarity of the photo does to a face what finding it there says."""
    angle, scale = np.deg2rad(20), 0.8
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([linear, [120, 10]])
    (face,), (found,) = (
        finder.find(photo),
        finder.find(cv2.warpAffine(photo, matrix, (420, 420), borderValue=(90, 90, 90))),
    )
    moved = face.moved(matrix)
    assert moved.mesh.shape == (478, 3) and moved.landmarks.dtype == moved.mesh.dtype == np.float32
    assert error(found.landmarks, moved.landmarks) < 0.03
    assert np.abs(np.subtract(moved.pose, found.pose)).max() < 4


def test_the_68_landmarks_are_points_of_the_mesh(finder, photo):
    (face,) = finder.find(photo)
    np.testing.assert_array_equal(face.landmarks, face.mesh[list(IBUG), :2])
    assert face.confidence > 0.8 and face.lips_confidence > 0.8


def test_a_face_is_followed_from_frame_to_frame(finder, photo):
    (first,) = finder.find(photo)
    shifted = np.roll(photo, (4, 6), (0, 1))
    face = finder.track(shifted, first)
    assert error(face.landmarks, first.landmarks + [6, 4]) < 0.03
    assert finder.track(np.full_like(photo, 90), first) is None


@pytest.mark.parametrize("agree", [True, False])
def test_where_the_mesh_is_unsure_another_source_is_asked(finder, photo, agree):
    (face,) = finder.find(photo)
    other = dataclasses.replace(face, landmarks=face.landmarks + np.float32(1 if agree else 60), confidence=0.9)
    both = FaceFinder()
    both.source = SimpleNamespace(find=lambda image: [dataclasses.replace(face, confidence=0.3)])
    both._second = SimpleNamespace(find=lambda image: [other])
    (found,) = both.find(photo)
    np.testing.assert_array_equal(found.landmarks, face.landmarks if agree else other.landmarks)
    assert found.confidence == 0.9


def test_far_away_and_several(finder, photo, truth):
    scene = np.full((900, 1280, 3), 110, np.uint8)
    places = [(np.array([[s, 0, x], [0, s, y]]), s) for s, x, y in ((0.45, 900, 500), (0.7, 60, 40))]
    for matrix, scale in places:
        height, width = (round(side * scale) for side in photo.shape[:2])
        x, y = matrix[:, 2].astype(int)
        scene[y : y + height, x : x + width] = np.array(Image.fromarray(photo).resize((width, height)))
    large, small = finder.find(scene)
    assert error(large.landmarks, geometry.transform(places[1][0], truth)) < 0.03
    assert error(small.landmarks, geometry.transform(places[0][0], truth)) < 0.04


def test_no_face(finder):
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    assert finder.find(np.array(Image.fromarray(noise).resize((640, 480)))) == []


def test_threads_agree(finder, photo, truth):
    found = []
    threads = [threading.Thread(target=lambda: found.append(finder.find(photo))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for (face,) in found:
        np.testing.assert_array_equal(face.landmarks, truth)


def test_the_adapter_follows_the_frame(truth):
    """A similarity before it or after it: the same."""
    matrix, adapt = np.array([[0.3, -0.8, 50], [0.8, 0.3, -20]]), Adapter.load()
    moved = adapt(geometry.transform(matrix, truth))
    np.testing.assert_allclose(moved, geometry.transform(matrix, adapt(truth)), atol=0.05)


def test_missing_adapter(tmp_path):
    with pytest.raises(CheckpointError, match="missing"):
        Adapter.load(tmp_path / "landmarks.safetensors")


def test_unknown_choice(monkeypatch, photo):
    monkeypatch.setenv("TALKING_FACE_LANDMARKS", "mediapipe")
    with pytest.raises(ChoiceError, match="mediapipe"):
        FaceFinder().find(photo)


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """An empty torch hub cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def test_face_alignment_is_never_downloaded(hub, photo):
    (hub / face_alignment.FILES[0]).touch()  # one of two is not enough
    assert FaceFinder().source.name == "mesh"
    with pytest.raises(CheckpointError, match="face-alignment"):
        FaceFinder("face-alignment").find(photo)


@pytest.mark.slow
def test_face_alignment_with_its_own_networks(hub, monkeypatch):
    """The package's real classes load stand-ins for its downloads; then faces keep their coordinates."""
    import torch
    from face_alignment import api, utils
    from face_alignment.detection.sfd import sfd_detector
    from face_alignment.detection.sfd.net_s3fd import s3fd
    from face_alignment.models import FAN

    for name in ("_get_preds_fromhm", "transform_np"):
        monkeypatch.setattr(utils, name, getattr(utils, name).py_func)  # numba's compiling takes longer than all else

    addresses = (sfd_detector.models_urls["s3fd"], api.models_urls["2DFAN-4"])
    assert tuple(address.rsplit("/", 1)[1] for address in addresses) == face_alignment.FILES
    for network, name in zip((s3fd(), FAN(4)), face_alignment.FILES, strict=True):
        torch.save(network.state_dict(), hub / name)

    finder = FaceFinder("face-alignment")
    source = finder.source
    assert source.name == "face-alignment"
    assert isinstance(source._model.face_alignment_net, FAN)
    blank = np.full((64, 64, 3), 90, np.uint8)
    assert source._landmarks(blank, np.array([10.0, 10, 50, 50])).shape == (68, 2)
    assert all(box.shape == (4,) for box, _ in source._detect(blank))

    # A photo whose red and green tell where a pixel is, and a network that finds landmarks by these colours, so that
    # the right answer is known however the photo is scaled, turned and cut on its way.
    side = 256
    y, x = np.mgrid[:side, :side]
    photo = np.stack([x, y, np.zeros_like(x)], -1).astype(np.uint8)
    expected = FaceShape.load().mean * 50 + [130, 110]
    targets = torch.tensor(expected / 255, dtype=torch.float32)

    class ColourFinder(torch.nn.Module):
        def forward(self, crops):
            small = torch.nn.functional.interpolate(crops, size=(64, 64), mode="area")
            heat = -((small[:, None, :2] - targets[None, :, :, None, None]) ** 2).sum(2)
            mirrored = bool(small[0, 0, 32, 40] < small[0, 0, 32, 24])
            return heat[:, geometry.MIRROR] if mirrored else heat

    monkeypatch.setattr(source._model, "face_alignment_net", ColourFinder())
    scale = face_alignment.LOOKS[0].long_side / side
    box = np.array([70.0, 90, 190, 210, 0.99]) * [scale, scale, scale, scale, 1]
    monkeypatch.setattr(source._model.face_detector, "detect_from_image", lambda view: [box])
    (face,) = finder.find(photo)
    assert np.abs(face.landmarks - source._adapt(expected)).mean() < 1.5
