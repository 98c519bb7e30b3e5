"""Each training step runs on a little made-up data, learns from it, and can be taken up again."""

from pathlib import Path

import numpy as np
import pytest

from talking_face import geometry
from talking_face.face_shape import FaceShape
from talking_face.training.mel_augmentation import augment_log_mel
from talking_face.training.motion_data import Recording, in_sync, is_held_out, resting_faces

ASSETS = Path(__file__).parent.parent / "assets"


@pytest.fixture(scope="module")
def shape():
    return FaceShape.load()


@pytest.fixture(scope="module")
def faces(engine):
    from talking_face.training.face_data import Faces

    found = []
    for name in ("london_009", "london_024"):
        portrait = engine.portrait(ASSETS / f"{name}.jpg")
        landmarks = geometry.crop_to_face(geometry.transform(portrait.matrix, portrait.landmarks)).astype(np.float32)
        opened = landmarks.copy()
        opened[[58, 57, 56, 67, 66, 65], 1] += 0.2
        found.append(Faces(name, name, "train", np.stack([portrait.crop] * 2), np.stack([landmarks, opened])))
    return found


@pytest.fixture(scope="module")
def recordings(shape):
    """Two speakers whose lips follow the level of a noise."""
    random, made = np.random.default_rng(0), []
    for speaker in ("a", "b"):
        level = np.repeat(np.sin(np.arange(90) / 4) ** 2, 4)[:, None]
        mel = (4 * level - 6 + random.normal(0, 0.2, (360, 80))).astype(np.float32)
        landmarks = np.repeat(shape.mean[None], 90, 0).astype(np.float32)
        landmarks[:, [57, 66], 1] += 0.2 * level[::4]
        made.append(Recording(speaker, "GRID", speaker, False, 1.0, mel, landmarks, np.zeros((90, 52), np.float32)))
    return made


def sampler(faces, shape, seed=0):
    from talking_face.training.face_data import PairSampler

    return PairSampler(faces, faces, shape, seed=seed)


def test_pairs_are_cut_alike_and_recoloured_alike(faces, shape):
    source, target, landmarks_s, landmarks_t, box = sampler(faces, shape).batch(6)
    assert source.shape == target.shape == (6, 3, 96, 96) and landmarks_s.shape == landmarks_t.shape == (6, 68, 2)
    assert box.shape == (6, 4) and 0 <= source.min() and source.max() <= 1
    skin = (slice(None), slice(None), slice(0, 10), slice(30, 66))
    assert (source[skin] - target[skin]).abs().mean() < 0.1


def test_closing_a_smile_leaves_no_teeth_to_copy(faces, shape):
    pairs = sampler(faces, shape)
    closed, landmarks, image, _ = pairs.close(faces[0].images[1], faces[0].landmarks[1])
    gap = landmarks[[65, 66, 67], 1] - landmarks[[63, 62, 61], 1]
    assert (gap <= 1e-4).all() and closed.shape == image.shape


def test_the_generator_learns_and_resumes_where_it_stopped(faces, shape, tmp_path):
    from talking_face.training.train_generator import Config, Run, prepare

    config = Config(batch=4, adversarial_from=8)
    batch = prepare(*sampler(faces, shape).batch(config.batch))
    run = Run(tmp_path, config)
    losses = [run.advance(batch, 1.0) for _ in range(10)]
    assert losses[-1] < losses[0]
    run.save()
    resumed = Run(tmp_path, config)
    assert resumed.step == 10
    assert resumed.advance(batch, 1.0) == pytest.approx(run.advance(batch, 1.0), rel=1e-4)


def test_the_motion_network_learns_and_brings_sound_into_sync(recordings):
    import dataclasses

    from talking_face.training import train_motion

    resting = resting_faces(recordings)
    config = train_motion.Config(steps=40, batch=8, window=40, components=4)
    shapes = np.concatenate([train_motion.speech_motion(r, resting) for r in recordings]).reshape(-1, 136)
    basis = np.linalg.svd(shapes, full_matrices=False)[2][:4].astype(np.float32)
    scale = np.maximum((shapes @ basis.T).std(0), 1e-3).astype(np.float32)
    samples = train_motion.WindowSampler(recordings, resting, basis, config, 0)
    network = train_motion.train_network(samples, basis, scale, config, 0)
    pairs = [
        (train_motion.lip_opening(train_motion.predict([network], r.log_mel, basis)), train_motion.lip_opening(r.landmarks))
        for r in recordings
    ]
    assert train_motion.shifted_correlation(pairs, 0) > 0.7
    late = [dataclasses.replace(train_motion.shift_sound(r, -8), id="late") for r in recordings]
    _, moved = train_motion.resynchronise(late, [network], basis)
    assert moved and all(4 <= columns <= 10 for columns in moved.values())


def test_in_sync_keeps_the_part_where_sound_and_picture_overlap():
    mel, landmarks = np.repeat(np.arange(10), 4)[:, None], np.arange(10)
    sound, picture, _ = in_sync(mel, landmarks, landmarks, 3)
    np.testing.assert_array_equal(sound[::4, 0], picture - 3)


def test_held_out_people_are_about_one_in_six_and_always_the_same():
    share = np.mean([is_held_out(f"person {i}") for i in range(3000)])
    assert 0.13 < share < 0.2
    assert is_held_out("person 7") == is_held_out("person 7")


def test_augmentation_keeps_shape_and_changes_the_voice():
    mel = np.random.default_rng(0).normal(-4, 1, (40, 80)).astype(np.float32)
    other = augment_log_mel(mel, np.random.default_rng(1))
    assert other.shape == mel.shape and other.dtype == np.float32 and np.abs(other - mel).mean() > 0.05
    assert np.isfinite(other).all()


def test_pose_is_taken_out_and_expression_kept(shape):
    turned = shape.mean + ([0.1, 0.0] @ shape.pose).reshape(68, 2)
    left = np.abs(shape.remove_pose(turned) - shape.mean).mean()
    assert left < np.abs(shape.align(turned) - shape.mean).mean() / 2
    smile = shape.mean.copy()
    smile[[48, 54], 1] -= 0.1
    assert shape.remove_pose(smile)[[48, 54], 1].mean() < shape.mean[[48, 54], 1].mean() - 0.08
