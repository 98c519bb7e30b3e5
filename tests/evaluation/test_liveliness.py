"""Figures of life."""

import numpy as np
import pytest

from talking_face.evaluation.liveliness import blinks


@pytest.mark.parametrize("seen", [1.0, 0.25])
def test_blinks_are_counted_whatever_share_of_them_is_seen(seen):
    random = np.random.default_rng(0)
    opening = 10 + 0.2 * random.standard_normal(300)
    opening[200:] *= 0.8  # the eyes look down from here on
    for first in (40, 110, 118, 260):
        opening[first : first + 6] *= 1 - seen * np.array([0.3, 0.9, 1, 0.8, 0.5, 0.2])
    assert blinks(opening) == 4


def test_eyes_that_stay_open_do_not_blink():
    assert blinks(10 + 0.2 * np.random.default_rng(0).standard_normal(300)) == 0
