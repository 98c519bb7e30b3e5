import numpy as np

from talking_face.evaluation.mouth import telling
from talking_face.evaluation.mouth.material import Pair, between_lips


def test_a_real_mouth_within_our_lips_is_all_but_a_pixel_of_what_lies_between_them(portrait):
    points = portrait.matrix[:, :2] @ portrait.landmarks.T.astype(np.float64) + portrait.matrix[:, 2:]
    points = points.T.copy()
    points[[65, 66, 67], 1] += 12
    real = np.full((256, 256, 3), 200, np.uint8)
    within = telling.within_lips(Pair("somebody", real, points, np.zeros_like(real), points, real))
    inside = between_lips(points, 256)
    assert (within[inside] == 200).all() and not within[~inside].any()
    assert 0 < inside.sum() < between_lips(points, 256, 0).sum()


def test_mouths_that_differ_are_told_and_those_that_do_not_are_not(monkeypatch):
    monkeypatch.setattr(telling, "STEPS", 20)
    random = np.random.default_rng(0)
    mouths = random.normal(0, 0.3, (2, 24, 32, 64, 3)).astype(np.float32)
    assert telling.separability(mouths[0], mouths[1] + 1) > 0.9
    assert 0.2 < telling.separability(*mouths) < 0.8
    assert telling.cut_mouth(np.zeros((256, 256, 3), np.uint8), 60 + 100 * random.random((68, 2))).shape == (32, 64, 3)
