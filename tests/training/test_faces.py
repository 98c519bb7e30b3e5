"""Mesh and detector learn from pools in miniature, and export what the program reads."""

import csv
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from support.paths import ASSETS, SMOKE_CONFIGS
from support.smoke_runs import PowerCut, smoke
from talking_face.cli import main
from talking_face.face.checks import CLOSED_EYES, eye_opening
from talking_face.face.detector.detector import FaceDetector
from talking_face.face.landmarks import FaceFinder
from talking_face.face.mesh.predictor import MeshPredictor
from talking_face.face.mesh.topology import LIPS, eye_distance

pytestmark = pytest.mark.slow

PEOPLE = ("london_009", "london_024", "london_129")
SOURCE = "Face Research Lab London Set"


@pytest.fixture(scope="module")
def pools(tmp_path_factory):
    """The folder of both pools, made of three people whom our own mesh labels, and of photos without faces."""
    from talking_face.training.detector.build_pool import main as build

    folder = tmp_path_factory.mktemp("pools")
    base = folder / "mesh" / "base"
    base.mkdir(parents=True)
    pictures = np.stack([np.asarray(Image.open(ASSETS / f"{name}.jpg").convert("RGB")) for name in PEOPLE])
    finder = FaceFinder("mesh")
    np.save(base / "meshes.npy", np.stack([finder.find(picture)[0].mesh for picture in pictures]))
    np.save(base / "pictures.npy", pictures)
    halves = [cv2.resize(picture, (128, 128), interpolation=cv2.INTER_AREA) for picture in pictures]
    np.save(base / "halves.npy", np.stack(halves))
    with open(base / "rows.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "source", "person", "kind"])
        writer.writerows([name, SOURCE, name, "still"] for name in PEOPLE)
    build(["--base", str(base), "--output", str(folder / "detector")])
    backgrounds = folder / "backgrounds"
    backgrounds.mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    cv2.imwrite(str(backgrounds / "a.jpg"), noise)
    return folder


def test_labels_follow_a_mouth_that_is_made_another():
    from talking_face.training.mesh.augmentation.distortion import distort

    photo = np.asarray(Image.open(ASSETS / "london_009.jpg").convert("RGB"))
    points = FaceFinder("mesh").find(photo)[0].mesh[:, :2].astype(float)
    yy, xx = np.mgrid[: photo.shape[0], : photo.shape[1]]
    place = np.dstack([xx, yy, np.zeros_like(xx)]).astype(np.uint8)  # each pixel says where it is from
    for seed in range(5):
        crop, went = distort(place, points, 64.0, np.random.default_rng(seed))
        moved = np.linalg.norm(went - points, axis=1)
        lips, rest = list(LIPS), [10, 33, 263, 234, 454]
        assert moved[lips].max() > 1 and moved[rest].max() < 0.1
        found = cv2.remap(crop, went[None].astype(np.float32), None, cv2.INTER_LINEAR)[0, :, :2]
        assert np.abs(found[lips] - points[lips]).mean() < 0.8


def test_shut_eyes_are_seen():
    from talking_face.training.mesh.augmentation.distortion import blink

    photo, finder = np.asarray(Image.open(ASSETS / "london_009.jpg").convert("RGB")), FaceFinder("mesh")
    picture, shut = photo, SimpleNamespace(random=lambda: 0.0, uniform=lambda low, high: 0.2)
    for _ in range(2):  # one eye, then the other in the mirror
        points = finder.find(picture)[0].mesh[:, :2].astype(float)
        picture = np.ascontiguousarray(blink(picture, points, eye_distance(points), shut)[0][:, ::-1])
    opened, closed = (eye_opening(finder.find(picture)[0]) for picture in (photo, picture))
    assert opened > 2 * CLOSED_EYES and closed < 0.6 * opened


def test_hair_grows_around_the_lips_only():
    from talking_face.training.mesh.augmentation.beards import grow

    photo = np.asarray(Image.open(ASSETS / "london_009.jpg").convert("RGB"))
    points = FaceFinder("mesh").find(photo)[0].mesh[:, :2].astype(float)
    changed = [np.abs(grow(photo, points, 64.0, np.random.default_rng(seed)).astype(int) - photo) for seed in range(5)]
    eyes, nose = points[[33, 263], 1].max(), points[2]
    assert max(change.max() for change in changed) > 60
    assert all(change[: int(eyes)].max() == 0 for change in changed)
    assert any(change[int(nose[1]) :, int(nose[0])].max() > 20 for change in changed)


def run(name, pools, folder, **options):
    extra = [f"backgrounds={pools / 'backgrounds'}"] if name == "detector" else []
    return smoke(name, pools / name, folder, *extra, **options)


@pytest.mark.parametrize("name, loss", [("mesh", "coarse"), ("detector", "score")])
def test_a_smoke_run_learns_and_exports_what_the_program_reads(name, loss, pools, tmp_path):
    losses = [step[loss] for step in run(name, pools, tmp_path).values() if loss in step]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    photo = np.asarray(Image.open(ASSETS / "london_009.jpg").convert("RGB"))
    weights = tmp_path / "weights.safetensors"
    if name == "mesh":
        placed = MeshPredictor.load(weights)(photo, (30, 40, 220, 230))
        assert placed.mesh.shape == (478, 3) and np.isfinite(placed.mesh).all()
    else:
        assert isinstance(FaceDetector.load(weights)(photo), list)


def test_the_mesh_goes_on_after_a_power_cut_with_the_losses_it_would_have_had(pools, tmp_path):
    steps = run("mesh", pools, tmp_path / "whole")
    with pytest.raises(PowerCut):
        run("mesh", pools, tmp_path / "cut", power_cut_at=len(steps) - 2)
    resumed = run("mesh", pools, tmp_path / "cut")
    assert 2 <= len(resumed) < len(steps)
    assert resumed == {step: steps[step] for step in resumed}


@pytest.mark.parametrize("name", ["mesh", "detector"])
def test_a_missing_pool_is_said_in_one_sentence(name, tmp_path, capsys):
    options = [f"data={tmp_path}/nowhere", f"run={tmp_path}/run", f"output={tmp_path}/out"]
    assert main(["train", "--config", str(SMOKE_CONFIGS / f"{name}.yaml"), *options]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "cannot be read" in said and not (tmp_path / "run").exists()
