import gc
import itertools

import numpy as np
import pytest

from talking_face.engine import TalkingFace
from talking_face.errors import ChoiceError


@pytest.mark.parametrize("switch", [gc.enable, gc.disable])
def test_loading_leaves_the_garbage_collector_as_it_was(switch):
    switch()
    try:
        was = gc.isenabled()
        TalkingFace.load()
        assert gc.isenabled() is was
    finally:
        gc.enable()


def test_frames_are_the_whole_photo_one_for_each_of_the_sound(engine, portrait, speech):
    chunks = list(engine.render(portrait, speech, "happiness"))
    assert len(chunks) > 1
    assert sum(len(chunk) for chunk in chunks) == speech.frames
    assert all(chunk.dtype == np.uint8 and chunk.shape[1:] == portrait.image.shape for chunk in chunks)


def test_crop_renders_the_canonical_crop(engine, portrait, speech):
    assert next(engine.render(portrait, speech, crop=True)).shape[1:] == (256, 256, 3)


def test_the_face_talks_and_its_surroundings_do_not(engine, portrait, speech):
    still = engine.render(portrait, speech, crop=True, liveliness=0)
    frames = np.concatenate(list(itertools.islice(still, 3))).astype(int)
    motion = np.abs(np.diff(frames, axis=0)).mean((0, 3))
    assert motion[165:215, 95:160].mean() > 10 * max(motion[:12].mean(), 0.01)


def test_emotions_differ_and_the_seed_repeats(engine, portrait, speech):
    happy, again, angry = (
        list(itertools.islice(engine.render(portrait, speech, emotion), 2))[1]
        for emotion in ("happiness", "happiness", "anger")
    )
    np.testing.assert_array_equal(happy, again)
    assert np.abs(happy.astype(int) - angry).max() > 30


def test_the_video_is_written_with_progress(engine, portrait, speech, tmp_path):
    done = []
    written = engine.write(tmp_path / "out.mp4", portrait, speech, progress=lambda *counts: done.append(counts))
    assert written.frames == speech.frames
    assert done[-1] == (speech.frames, speech.frames)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.parametrize(
    "choice", [{"emotion": "bored"}, {"intensity": 1.6}, {"intensity": -0.1}, {"intensity": float("nan")}]
)
def test_choices_out_of_range_are_refused_before_anything_is_rendered(engine, portrait, speech, choice):
    with pytest.raises(ChoiceError):
        engine.render(portrait, speech, **choice)


def test_unknown_models_are_refused():
    with pytest.raises(ChoiceError, match="deformable"):
        TalkingFace.load("magic")
