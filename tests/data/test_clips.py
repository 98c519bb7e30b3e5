import numpy as np
import pytest

from talking_face.data.clip import Clip
from talking_face.data.clip_file import write_clip
from talking_face.data.clips import find_clips
from talking_face.errors import DataError


def test_clips_of_a_folder_are_listed_by_name(clips_folder):
    clips = find_clips(clips_folder)
    assert [clip.id for clip in clips] == ["broken", "talk"] and {clip.split for clip in clips} == {""}
    assert clips[1].photo().shape == (256, 256, 3) and len(clips[1].frames()) == 15
    (clips_folder / "again").mkdir()
    (clips_folder / "again" / "talk.mp4").write_bytes((clips_folder / "talk.mp4").read_bytes())
    assert [clip.id for clip in find_clips(clips_folder)] == ["again_talk", "broken", "talk"]
    with pytest.raises(DataError, match="There is no file or folder"):
        find_clips(clips_folder / "nowhere")


def test_an_index_says_what_is_for_training(clips_folder):
    rows = [("path", "emotion", "split"), ("talk.mp4", "happy", "val"), ("broken.mp4", "", "train")]
    index = clips_folder / "index.csv"
    index.write_text("".join(",".join(row) + "\n" for row in rows))
    assert [(clip.emotion, clip.split) for clip in find_clips(index)] == [("happiness", "val"), ("", "train")]


def prepared(folder, **changes):
    """Write a prepared clip whose file has no 256 px faces, as published ones have none."""
    fields = {"id": "x", "speaker": "x", "emotion": "fear", "intensity": "XX", "split": "val"}
    video = np.random.default_rng(0).integers(0, 255, (5, 128, 128, 3), dtype=np.uint8)
    clip = Clip(**fields | {"video": video, "speech": np.ones(1600, np.float32)} | changes)
    write_clip(folder / "1001_DFA_FEA_XX.hdf5", clip)
    return clip


def test_prepared_clips_are_read_too(tmp_path):
    clip = prepared(tmp_path)
    (found,) = find_clips(tmp_path)
    assert (found.id, found.emotion, found.split) == ("1001_DFA_FEA_XX", "fear", "val")
    assert found.frames().shape == (5, 256, 256, 3)
    half = found.photo().reshape(128, 2, 128, 2, 3).mean((1, 3))
    assert np.corrcoef(half.ravel(), clip.video[0].ravel())[0, 1] > 0.9
    rate, samples = found.sound()
    assert rate == 8000 and len(samples) == 1600


def test_a_prepared_clip_with_bad_sound_is_refused_in_a_sentence(tmp_path):
    import h5py

    prepared(tmp_path)
    with h5py.File(tmp_path / "1001_DFA_FEA_XX.hdf5", "a") as file:
        file["speech"][3] = np.nan
    with pytest.raises(DataError, match="speech"):
        find_clips(tmp_path)[0].sound()
    with h5py.File(tmp_path / "1001_DFA_FEA_XX.hdf5", "a") as file:
        del file["speech"]
    with pytest.raises(DataError, match="no `speech`"):
        find_clips(tmp_path)[0].sound()
