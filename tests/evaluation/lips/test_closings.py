import ctypes.util

import numpy as np
import pytest

from talking_face.evaluation.lips.closings import measure_closings, narrowest


class Lips:
    """Lips that are always as far open."""

    def __init__(self, gap):
        self.gap = gap

    def speech_shape(self, log_mel):
        shape = np.zeros((len(log_mel) // 4, 68, 2))
        shape[:, 65:68, 1] = shape[:, 66:67, 1] = self.gap
        return shape


def test_the_narrowest_gap_of_a_closure_is_within_a_frame_of_it():
    gap = np.array([0.2, 0.2, 0.1, 0.01, 0.2, 0.0])
    assert narrowest(gap, 0.10, 0.11) == 0.01
    assert narrowest(gap, 0.0, 0.03) == 0.2


@pytest.mark.skipif(not ctypes.util.find_library("espeak-ng"), reason="espeak-ng is not installed")
def test_lips_that_never_close_are_told_from_lips_that_never_open(monkeypatch):
    from talking_face.evaluation.lips import closings

    monkeypatch.setattr(closings, "TEXTS", {"en-us": "Pam may bake a bun."})
    shut, open_ = measure_closings(Lips(0.0)), measure_closings(Lips(0.1))
    assert shut["p, b, m that close, the worst voice"] == 1 and shut["lip gap in noisy silence"] == 0
    assert open_["p, b, m that close, the worst voice"] == 0 and open_["lip gap in digital silence"] > 0.05
