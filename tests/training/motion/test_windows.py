import numpy as np
import pytest

from support.tiny_data_room import opened
from talking_face.data.motion_sets import Recording, resting_faces
from talking_face.errors import ConfigError
from talking_face.training.core.config import make_config


def test_groups_are_drawn_by_their_shares_and_sure_recordings_more_often(shape):
    from talking_face.training.motion.windows import WindowSampler

    def recording(source, confidence, mark):
        landmarks = np.stack([opened(shape, gap) for gap in np.linspace(0, 0.2, 20)])
        return Recording(source, source, source, False, confidence, np.full((80, 80), mark, np.float32), landmarks)

    recordings = [
        recording("web video", 0.9, 1),
        recording("web video", 0.3, 2),
        recording("MEAD", 0.9, 3),
        recording("GRID", 0.9, 4),
    ]
    basis = np.eye(2, 136, dtype=np.float32)
    sampler = WindowSampler(recordings, resting_faces(recordings), basis, 20, {"web": 3, "emotional": 1})
    random = np.random.default_rng(0)
    drawn = np.bincount([int(sampler._recording(random)[0][0, 0]) for _ in range(800)], minlength=5) / 800
    np.testing.assert_allclose(drawn, [0, 0.5625, 0.1875, 0.25, 0], atol=0.05)


def test_the_teacher_is_asked_about_undisturbed_sound_and_answers_for_the_same_frames(shape):
    from talking_face.training.motion.windows import WindowSampler

    random = np.random.default_rng(0)
    sound = random.normal(-4, 1, (400, 80)).astype(np.float32)
    gap = np.linspace(0, 0.2, 100)
    landmarks = np.stack([opened(shape, one) for one in gap])
    recordings = [Recording("web video", "web video", "web video", False, 0.9, sound, landmarks)]
    basis = np.linalg.svd((landmarks - landmarks.mean(0)).reshape(100, -1))[2][:1].astype(np.float32)
    asked = []

    def teacher(log_mel):
        asked.append(log_mel)
        return np.repeat(np.arange(100, dtype=np.float16)[:, None], 3, 1)

    sampler = WindowSampler(recordings, resting_faces(recordings), basis, 20, {"web": 1}, teacher)
    assert len(asked) == 1 and asked[0] is sound
    mels, targets, valid, deep = sampler.batch(8, random)
    assert mels.shape == (8, 80, 80) and targets.shape == (8, 20, 1) and valid.all() and deep.shape == (8, 20, 3)
    moved = np.abs(np.corrcoef(targets.numpy().ravel(), deep.numpy()[..., 0].ravel())[0, 1])
    assert moved > 0.99


@pytest.mark.parametrize("shares", [{"moon": 1.0}, {"web": -1.0}, {"web": 0.0}, 3])
def test_other_shares_are_refused_by_name(shares):
    from talking_face.training.motion.recipe import MotionConfig

    with pytest.raises(ConfigError, match="'shares'"):
        make_config(MotionConfig, {"shares": shares})
