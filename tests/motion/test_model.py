import numpy as np
import pytest
import torch

from talking_face.emotions import EMOTIONS
from talking_face.face.geometry import lip_opening
from talking_face.motion import driving, model


@pytest.fixture(scope="module")
def motion_model():
    return model.MotionModel.load()


def still_motion(frames):
    still = (np.zeros((frames, *shape), np.float32) for shape in ((68, 2), (7,), (3,), ()))
    return driving.Motion(*still)


def test_motion_has_a_frame_for_every_frame_of_sound(engine, speech):
    found = engine.generator.motion(speech.log_mel)
    assert found.shape.shape == (speech.frames, 68, 2)
    assert found.pose.shape == (speech.frames, 7) and found.look.shape == (speech.frames, 3)


def test_lips_move_with_speech_and_rest_in_silence(motion_model, speech):
    quiet = np.full_like(speech.log_mel, -10.0)
    padded = np.concatenate([quiet[:200], speech.log_mel, quiet[:200]])
    gap = lip_opening(motion_model.speech_shape(padded))
    talking, silent = gap[60:-60], np.concatenate([gap[10:40], gap[-40:-10]])
    assert talking.std() > 0.03
    assert silent.max() < talking.mean()
    assert silent.std() < talking.std() / 3


def test_motion_does_not_depend_on_the_level_of_the_recording(motion_model, speech):
    loud, quiet = (motion_model.speech_shape(speech.log_mel + level) for level in (0.0, -2.0))
    np.testing.assert_allclose(loud, quiet, atol=1e-3)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_intensity_scales_the_emotion_and_neutral_has_none(engine, speech, emotion):
    neutral = engine.generator.motion(speech.log_mel, "neutral").shape[20:]
    moves = [
        np.abs(engine.generator.motion(speech.log_mel, emotion, i).shape[20:] - neutral).mean()
        for i in (0, 0.5, 1.0, 1.5)
    ]
    if emotion == "neutral":
        assert max(moves) == 0
    else:
        assert moves[0] == 0 and moves[1] < moves[2] < moves[3]


def test_the_same_seed_gives_the_same_motion(engine, speech):
    first, again, other = (engine.generator.motion(speech.log_mel, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.pose, again.pose)
    np.testing.assert_array_equal(first.look, again.look)
    assert np.abs(first.pose - other.pose).max() > 1


def test_driving_starts_at_the_photo_and_ends_at_the_motion(engine, portrait):
    _, landmarks, expression, *_ = engine.generator.prepare(portrait, living=False)
    driven = driving.drive(landmarks, expression, still_motion(30))
    np.testing.assert_allclose(driven[0], landmarks, atol=1e-5)
    np.testing.assert_allclose(driven[-1], landmarks - expression, atol=1e-5)
    assert abs(lip_opening(driven[-1])) < 1e-5  # a face at rest has its lips together


def test_small_features_move_less(engine, portrait):
    _, landmarks, *_ = engine.generator.prepare(portrait, living=False)
    usual, small = driving.proportions(landmarks), landmarks.copy()
    middle = small[48:68].mean(0)
    small[48:68, 0] = middle[0] + 0.75 * (small[48:68, 0] - middle[0])
    less = driving.proportions(small)
    assert (usual >= 0.55).all() and (usual <= 1.15).all()
    assert less[54, 0] == pytest.approx(max(0.55, 0.75 * usual[54, 0]), abs=0.12) and less[54, 0] < usual[54, 0]
    np.testing.assert_array_equal(less[17:48], usual[17:48])


@pytest.mark.parametrize("frames", [2, model.OVERLAP, model.WINDOW, model.WINDOW + 1, 3 * model.WINDOW - 7])
def test_windows_over_a_recording_of_any_length_join_without_a_seam(frames):
    log_mel = torch.randn(4 * frames, 3)
    sizes = []

    def hear(part):
        sizes.append(len(part) // 4)
        return part[::4].numpy()

    np.testing.assert_allclose(model.in_windows(hear, log_mel, frames), log_mel[::4].numpy(), atol=1e-5)
    assert max(sizes) <= model.WINDOW and (len(sizes) > 1) == (frames > model.WINDOW)


def test_no_lip_is_bitten_in_silence(motion_model):
    noise = np.random.default_rng(0).normal(-6, 0.2, (400, 80)).astype(np.float32)
    assert not motion_model(np.full((400, 80), -10.0, np.float32)).bite.any()
    assert not motion_model(noise).bite.any() and not motion_model.idle(50).bite.any()
