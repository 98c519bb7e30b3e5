"""Movement beside speech: as much and as fast as real speakers', never the same twice, always the same for one seed."""

import numpy as np
import pytest

from talking_face.audio.prosody import prosody, silence
from talking_face.emotions import EMOTIONS
from talking_face.motion import eyes
from talking_face.motion.emotion_weights import emotion_weights
from talking_face.motion.library import Library
from talking_face.motion.life import live


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture(scope="module")
def minute(speech):
    """The prosody of a minute of speech."""
    repeats = 1500 // speech.frames + 1
    return prosody(np.tile(speech.log_mel, (repeats, 1)), np.tile(speech.samples, repeats))


def lively(library, spoken, emotion="neutral", **options):
    return live(library, spoken, emotion_weights(emotion, len(spoken.loudness)), **options)


def test_heads_move_as_real_speakers_do(library, minute):
    yaw, pitch, roll, right, down, *_ = np.mean([lively(library, minute, seed=s).pose.std(0) for s in range(4)], 0)
    assert 2 < yaw < 5 and 2 < pitch < 4 and 0.8 < roll < 2.2 and 0.035 < right < 0.11 and 0.035 < down < 0.11


def test_heads_move_as_smoothly_as_real_speakers_do(library, minute):
    angles = lively(library, minute).pose[:, :3]
    angles = angles - angles.mean(0)
    after = [(angles[:-lag] * angles[lag:]).sum() / (angles**2).sum() for lag in (6, 12, 25)]
    assert 0.5 < after[0] < 0.85 and 0.15 < after[1] < 0.6 and abs(after[2]) < 0.25
    assert np.abs(np.diff(angles, axis=0)).max() < 4  # degrees a frame: no jumps where pieces join


def test_ten_minutes_neither_drift_nor_repeat(library):
    pose = lively(library, silence(15_000)).pose[:, :3]
    first, last = pose[:3000], pose[-3000:]
    assert np.abs(first.mean(0) - last.mean(0)).max() < 1.5 and 0.5 < (first.std(0) / last.std(0)).mean() < 2
    piece = last[1000:1050]
    away = [np.abs(pose[t : t + 50] - piece).mean() for t in range(0, 12_000, 5)]
    assert min(away) > 0.1


def test_one_seed_gives_one_take_and_the_next_another(library, minute):
    first, again, other = (lively(library, minute, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.pose, again.pose)
    np.testing.assert_array_equal(first.look, again.look)
    assert np.abs(first.pose - other.pose).max() > 2


def test_a_passport_photo_only_blinks(library, minute):
    life = lively(library, minute, liveliness=0)
    assert not life.pose.any() and not life.brows.any() and not life.look[:, :2].any()
    assert life.look[:, 2].max() > 0.99


def test_liveliness_scales_movement(library, minute):
    half, whole = (np.abs(lively(library, minute, liveliness=value).pose[:, 0]).mean() for value in (0.5, 1.5))
    assert 2 < whole / half < 3.5


def test_sad_heads_are_slower_and_lower_than_happy_ones(library, minute):
    sad, happy = (lively(library, minute, emotion).pose for emotion in ("sadness", "happiness"))
    speed = [np.abs(np.diff(pose[:, :3], axis=0)).mean() for pose in (sad, happy)]
    assert speed[0] < 0.7 * speed[1] and sad[50:, 1].mean() < happy[50:, 1].mean() - 2


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_takes_begin_where_the_photo_is(library, minute, emotion):
    life = lively(library, minute, emotion)
    assert np.abs(life.pose[0, :3]).max() < 1 and np.abs(life.look[0, :2]).max() < 4


def test_eyes_stay_with_the_viewer_while_the_head_turns(library, minute):
    life = lively(library, minute)
    assert np.corrcoef(life.pose[:, 0], life.look[:, 0])[0, 1] < -0.4


def test_people_blink_every_few_seconds(minute):
    counts, lengths = [], []
    for seed in range(10):
        closed = eyes.blinks(1500, minute, np.zeros(0, int), np.random.default_rng(seed)) > 0.5
        edges = np.flatnonzero(np.diff(closed.astype(int)))
        counts.append(np.count_nonzero(closed[1:] & ~closed[:-1]) / 60)
        lengths += list(np.diff(edges)[::2])
    assert 0.25 < np.mean(counts) < 0.5 and np.mean(lengths) < 7


def test_people_breathe_every_four_seconds_and_faster_in_fear(library, minute):
    breaths = []
    for emotion in ("neutral", "fear"):
        height = lively(library, minute, emotion).pose[:, 6]
        assert abs(height[0]) < 0.001 and 0.003 < np.abs(height).max() < 0.01
        breaths.append(np.count_nonzero((height[1:] > 0) & (height[:-1] <= 0)) * 25 / len(height))
    assert 0.2 < breaths[0] < 0.3 and breaths[1] > 1.1 * breaths[0]


def test_nods_lie_on_accents(library, minute):
    """Pitch is lower on accents than around them."""
    pitch = np.mean([lively(library, minute, seed=seed).pose[:, 1] for seed in range(6)], 0)
    strong = minute.accents[minute.strength > np.median(minute.strength)]
    strong = strong[(strong > 12) & (strong < len(pitch) - 12)]
    around = (pitch[strong - 10] + pitch[strong + 10]) / 2
    assert (pitch[strong] - around).mean() < -0.15
