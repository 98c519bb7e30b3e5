"""Clips as the reference laid them out; damaged ones are refused in a sentence."""

import h5py
import numpy as np
import pytest

from talking_face.data.clip_file import read_clip, read_faces, write_clip
from talking_face.errors import DataError


def test_the_published_layout_is_read_as_it_is(tmp_path, prepared_clip):
    """Without attributes, landmarks as dlib's integers, speech in double precision: as the reference wrote it."""
    clip, _ = prepared_clip
    path = tmp_path / "1005_DFA_FEA_LO.hdf5"
    with h5py.File(path, "w") as file:
        file["video"] = clip.video[..., ::-1]
        file["speech"] = clip.speech.astype(np.float64)
        file["lmarks"] = clip.landmarks.astype(np.int64)
    read = read_clip(path)
    assert (read.id, read.speaker, read.emotion, read.intensity) == ("1005_DFA_FEA_LO", "1005", "fear", "LO")
    np.testing.assert_array_equal(read.video, clip.video)
    assert read.speech.dtype == read.landmarks.dtype == np.float32
    assert read.speech_16k is None and read.split in ("train", "val") and not read.synthetic
    with pytest.raises(DataError, match="faces"):
        read_faces(path)


def damaged(change):
    def apply(path):
        with h5py.File(path, "a") as file:
            change(file)

    return apply


def replace(name, values):
    def change(file):
        del file[name]
        file[name] = values

    return damaged(change)


@pytest.mark.parametrize(
    "damage, word",
    [
        (damaged(lambda file: file.pop("speech")), "no `speech`"),
        (damaged(lambda file: file.pop("video")), "no `video`"),
        (damaged(lambda file: file["speech"].__setitem__(7, np.nan)), "no numbers"),
        (damaged(lambda file: file["lmarks"].__setitem__((0, 0, 0), np.inf)), "no numbers"),
        (replace("video", np.zeros((4, 64, 64, 3), np.uint8)), "shape"),
        (replace("video", np.zeros((4, 128, 128, 3), np.float32)), "float32"),
        (replace("lmarks", np.zeros((3, 68, 2))), "shape"),
        (replace("speech", np.zeros(0, np.float32)), "empty"),
        (lambda path: path.write_bytes(path.read_bytes()[:3000]), "damaged"),
        (lambda path: path.write_text("no HDF5"), "damaged"),
        (lambda path: path.unlink(), "no clip"),
    ],
)
def test_a_damaged_clip_is_refused_in_one_sentence(tmp_path, prepared_clip, damage, word):
    path = tmp_path / "clip.hdf5"
    write_clip(path, prepared_clip[0])
    read_clip(path)
    damage(path)
    with pytest.raises(DataError, match=word) as refusal:
        read_clip(path)
    assert len(str(refusal.value).splitlines()) == 1


def test_a_clip_that_cannot_be_written_whole_leaves_nothing(tmp_path, prepared_clip):
    def faces():
        yield np.zeros((256, 256, 3), np.uint8)
        raise RuntimeError("the decoder died")

    with pytest.raises(RuntimeError):
        write_clip(tmp_path / "clip.hdf5", prepared_clip[0], faces())
    assert not list(tmp_path.iterdir())
