import cv2
import numpy as np
import pytest

from talking_face.generators.deformable.resampling import enlarge, magnify


@pytest.fixture(scope="module")
def picture(portrait):
    return portrait.crop


@pytest.mark.parametrize("factor", [2, 4])
def test_every_pixel_is_among_the_samples_unchanged(picture, factor):
    fine = magnify(picture, factor)
    assert fine.shape == (factor * 256, factor * 256, 4)
    np.testing.assert_array_equal(fine[::factor, ::factor, :3], picture)


def test_a_picture_moved_by_part_of_a_pixel_is_as_sharp_as_by_the_filter_itself(picture):
    y, x = np.mgrid[:256, :256].astype(np.float32)
    moved_x, moved_y = x + 0.37, y + 0.21
    exact = cv2.remap(picture, moved_x, moved_y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)
    fast = cv2.remap(magnify(picture, 4), 4 * moved_x, 4 * moved_y, cv2.INTER_LINEAR)[..., :3]
    inside = (slice(8, -8), slice(8, -8))
    assert cv2.PSNR(exact[inside], fast[inside]) > 50
    sharpness = [cv2.Laplacian(image[inside], cv2.CV_32F).var() for image in (exact, fast)]
    assert sharpness[1] / sharpness[0] == pytest.approx(1, abs=0.02)


def test_smooth_fields_are_enlarged_better_than_by_bilinear_interpolation():
    def bump(width, height, size):
        x, y = ((np.arange(n) + 0.5) / n for n in (width, height))
        return np.exp(-((x - 0.5) ** 2 + (y[:, None] - 0.6) ** 2) / size**2).astype(np.float32)[..., None].repeat(2, 2)

    lattice, exact = bump(48, 48, 0.06), bump(300, 200, 0.06)
    ours = np.abs(enlarge(lattice, (300, 200)) - exact).max()
    bilinear = np.abs(cv2.resize(lattice, (300, 200)) - exact).max()
    assert ours < bilinear / 4 and ours < 0.02


def test_a_share_of_zero_leaves_nothing():
    share = np.ones((192, 192, 1), np.float32)
    share[:20] = 0
    field = enlarge(np.ones((48, 48, 2), np.float32), (96, 96), share)
    assert np.abs(field[:9]).max() == 0 and np.abs(field[12:] - 1).max() < 1e-4
