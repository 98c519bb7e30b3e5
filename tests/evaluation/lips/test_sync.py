import numpy as np
import pytest
import torch

from talking_face.data.motion_sets import Recording
from talking_face.evaluation.lips import sync
from talking_face.evaluation.lips.sync import FRAMES, SyncNetwork, in_step, lip_windows, offset, sound_windows


def test_lips_that_are_late_are_found_to_be_late_by_as_much():
    random = np.random.default_rng(0)
    secret = torch.from_numpy(random.normal(size=(100, 8)).astype(np.float32))
    late = torch.roll(secret, 3, 0)
    agrees = lambda heard, seen: secret[: len(heard)] @ late[: len(seen)].T
    frames, confidence = offset(agrees, np.zeros((400, 80)), random.normal(size=(100, 68, 2)))
    assert frames == 3 and confidence > 4


def test_how_far_lips_move_and_how_they_rest_says_nothing_of_their_timing():
    random = np.random.default_rng(0)
    shape = random.normal(size=(40, 68, 2))
    torch.testing.assert_close(lip_windows(shape), lip_windows(3 * shape + 1), atol=1e-4, rtol=0)


def test_the_shipped_network_takes_the_windows_of_sound_and_lips():
    network = SyncNetwork.load()
    heard = sound_windows(np.random.default_rng(0).normal(size=(160, 80)))
    seen = lip_windows(np.random.default_rng(0).normal(size=(40, 68, 2)))
    assert len(heard) == len(seen) == 40 - FRAMES + 1
    assert network(heard, seen).shape == (32, 32)


@pytest.mark.parametrize(("late", "moved"), [(3, 0), (-7, 7)])
def test_only_recordings_far_out_of_step_are_moved(monkeypatch, late, moved):
    monkeypatch.setattr(sync, "offset", lambda *_: (late, 0.2))
    log_mel = np.arange(240, dtype=np.float32)[:, None]
    recording = Recording("a", "web", "a", True, 1.0, log_mel, np.zeros((60, 68, 2), np.float32))
    assert in_step(recording, None).log_mel[0, 0] == 4 * moved
