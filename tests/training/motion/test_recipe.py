import numpy as np
import pytest

from talking_face.face.geometry import lip_opening
from talking_face.face.shape import FaceShape

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
