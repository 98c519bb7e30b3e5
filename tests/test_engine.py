import itertools

import numpy as np
import pytest
import torch

from talking_face.concurrency.pieces import MAX_CHUNK, MIN_CHUNK, pieces
from talking_face.engine import TalkingFace
from talking_face.errors import CheckpointError, ChoiceError
from talking_face.weights import load_weights, save_weights


def test_frames_are_the_whole_photo_one_for_each_of_the_sound(engine, portrait, speech):
    chunks = list(engine.render(portrait, speech, "happiness"))
    assert len(chunks) > 1
    assert sum(len(chunk) for chunk in chunks) == speech.frames
    assert all(chunk.dtype == np.uint8 and chunk.shape[1:] == portrait.image.shape for chunk in chunks)


@pytest.mark.parametrize("frames", [1, 3, 4, 50, 75, 1001])
def test_pieces_cover_the_video_and_shrink_towards_its_end(frames):
    parts = pieces(frames, MAX_CHUNK)
    assert np.array_equal(np.concatenate([np.arange(frames)[part] for part in parts]), np.arange(frames))
    lengths = [part.stop - part.start for part in parts]
    assert max(lengths) <= MAX_CHUNK and lengths == sorted(lengths, reverse=True) and lengths[-1] <= MIN_CHUNK


def test_crop_renders_the_canonical_crop(engine, portrait, speech):
    assert next(engine.render(portrait, speech, crop=True)).shape[1:] == (256, 256, 3)


def test_the_face_talks_and_its_surroundings_do_not(engine, portrait, speech):
    frames = np.concatenate(list(itertools.islice(engine.render(portrait, speech, crop=True), 3))).astype(int)
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


def test_weights_come_back_in_single_precision(tmp_path):
    save_weights(tmp_path / "w.safetensors", {"a": torch.ones(3)}, "thing", {"size": 3})
    tensors, config = load_weights(tmp_path / "w.safetensors", "thing")
    assert tensors["a"].dtype == torch.float32 and config == {"size": 3}


def test_bad_weights_are_refused_in_a_sentence(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(CheckpointError, match="missing"):
        load_weights(path, "thing")
    save_weights(path, {"a": torch.ones(3)}, "thing", {})
    with pytest.raises(CheckpointError, match="belong to 'thing'"):
        load_weights(path, "other")
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(CheckpointError, match="damaged"):
        load_weights(path, "thing")
