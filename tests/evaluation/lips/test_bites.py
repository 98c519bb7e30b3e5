import ctypes.util

import numpy as np
import pytest

from talking_face.evaluation.lips import bites
from talking_face.motion.model import MotionModel

pytestmark = pytest.mark.skipif(not ctypes.util.find_library("espeak-ng"), reason="espeak-ng is not installed")


class Bites:
    """Teeth that are always, or never, on the lip."""

    def __init__(self, bite):
        self.bite = bite

    def __call__(self, log_mel):
        self.bite = np.full(len(log_mel) // 4, np.ravel(self.bite)[0])
        return self


def test_teeth_that_never_reach_the_lip_are_told_from_teeth_that_never_leave_it():
    never, always = (list(bites.measure_bites(Bites(bite)).values()) for bite in (0.0, 1.0))
    assert never == [0, 0, 0] and always == [1, 1, 1]


def test_unknown_voices_bring_teeth_to_the_lip_on_f_and_v_alone_in_languages_not_fitted_on():
    found, mistaken, elsewhere = bites.measure_bites(MotionModel.load()).values()
    assert found > 0.5 and mistaken < 0.02 and elsewhere < 0.01
