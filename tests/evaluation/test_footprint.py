import sys

import pytest
import torch

from talking_face.concurrency.subprocesses import peak_memory
from talking_face.errors import CheckpointError
from talking_face.evaluation.footprint import measure_footprint


@pytest.mark.slow
def test_speed_and_memory_come_from_a_process_of_its_own(portrait, short_speech):
    ballast = torch.ones(500_000_000 // 4)
    cost = measure_footprint("deformable", portrait.image, short_speech)
    assert cost["fps"] > 0.1 and cost["cpu"] > 0.1
    assert 200 < cost["memory"] < 3000 and peak_memory() > ballast.nbytes


def test_a_model_that_breaks_down_is_named(portrait, short_speech, monkeypatch):
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(CheckpointError, match="The model deformable broke down"):
        measure_footprint("deformable", portrait.image, short_speech)
