import numpy as np
import pytest

from talking_face.evaluation import metrics


def test_psnr_and_ssim_can_look_at_a_part():
    picture = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    other, left = picture.copy(), np.arange(32) < 16
    other[:, 16:] //= 2
    mask = np.tile(left, (32, 1))
    assert metrics.psnr(other, picture, mask) > 60 > metrics.psnr(other, picture)
    mask[:, 10:] = False  # the windows of those next to the change see it
    assert metrics.ssim(other, picture, mask) == pytest.approx(1) and metrics.ssim(other, picture) < 0.95


def test_flicker_is_the_mean_change_of_the_pixels_that_count():
    frames = np.zeros((3, 4, 4, 3), np.uint8)
    frames[1, :2] = 10
    top = np.arange(4)[:, None] < np.array([2, 2, 2, 2])
    assert metrics.flicker(frames, top) == 10 and metrics.flicker(frames, ~top) == 0


def test_landmark_distance_is_euclidean():
    assert metrics.landmark_distance(np.zeros((5, 68, 2)), np.full((5, 68, 2), [3.0, 4.0])) == 5
