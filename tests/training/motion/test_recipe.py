import numpy as np
import pytest

from support.smoke_runs import smoke
from talking_face.face.geometry import lip_opening
from talking_face.face.shape import FaceShape
from talking_face.motion.hearing import Hearing
from talking_face.paths import CHECKPOINTS

pytestmark = pytest.mark.slow


def test_the_finished_motion_model_follows_the_sound(finished, data_room):
    from talking_face.data.motion_sets import load_recordings
    from talking_face.motion.model import MotionModel

    folder, _ = finished("motion")
    model = MotionModel.load(folder / "weights.safetensors")
    stranger = next(r for r in load_recordings(data_room, FaceShape.load()) if r.held_out and r.source == "web")
    predicted = lip_opening(model.speech_shape(stranger.log_mel))
    assert np.corrcoef(predicted, lip_opening(stranger.landmarks))[0, 1] > 0.8
    assert (folder / "sync.json").exists()


def test_hearing_learns_with_the_lips_what_a_teacher_says(data_room, tmp_path):
    changes = "networks=1", "steps=4", "validate_every=4", f"teacher={CHECKPOINTS}/hearing.safetensors"
    steps = smoke("motion", data_room, tmp_path, *changes)
    assert all(step["foresight"] > 0 for step in steps.values())
    tuned, before = Hearing.load(tmp_path / "hearing.safetensors"), Hearing.load()
    assert tuned.config == before.config
    moved = [(a - b).abs().max() for a, b in zip(tuned.parameters(), before.parameters())]
    assert min(moved) > 0
