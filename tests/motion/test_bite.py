import numpy as np

from talking_face.motion.bite import bites


def test_the_lip_comes_and_goes_softly_and_stays_briefly():
    heard = np.zeros(60, np.float32)
    heard[10], heard[30:50], heard[57] = 0.9, 1.0, 0.4
    bite = bites(heard)
    assert bite.dtype == np.float32 and bite[10] == 1 and bite[39] == bite[40] == 1
    shown = np.flatnonzero(bite > 0.5)
    assert np.all(np.diff(shown)[np.diff(shown) > 1] > 10)
    short, long = np.count_nonzero(bite[:20] > 0.5), np.count_nonzero(bite[20:] > 0.5)
    assert 2 <= short <= 3 and 4 <= long <= 6
    assert np.abs(np.diff(bite)).max() < 0.8
    assert not bite[52:].any()  # not sure enough


def test_without_any_f_nothing_is_bitten():
    assert not bites(np.zeros(7)).any() and bites(np.zeros(0)).shape == (0,)
