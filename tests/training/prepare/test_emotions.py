import numpy as np
import pytest

from talking_face.cli import main
from talking_face.data.clip_file import list_clips, read_clip, write_clip
from talking_face.face import geometry


def test_emotional_copies_show_each_emotion_on_the_same_lips(tmp_path, prepared_clip, capsys):
    clip, crop = prepared_clip
    clips, copies = tmp_path / "clips", tmp_path / "copies"
    clips.mkdir()
    write_clip(clips / "ann_one_NEU_XX.hdf5", clip, [crop] * 4)
    arguments = ["prepare-emotions", "--input", str(clips), "--output", str(copies)]
    assert main(arguments) == 0
    made = {read_clip(path).emotion: read_clip(path) for path in list_clips(copies)}
    assert set(made) == {"anger", "disgust", "fear", "happiness", "sadness"}
    assert (copies / "ann_one_HAP_XX.hdf5").is_file()
    corners = {emotion: copy.landmarks[0, [48, 54], 1].mean() for emotion, copy in made.items()}
    assert corners["happiness"] < clip.landmarks[0, [48, 54], 1].mean() < corners["sadness"]
    for copy in made.values():
        assert copy.synthetic and copy.speaker == "ann" and copy.split == "train"
        np.testing.assert_array_equal(copy.photo, clip.video[0])
        np.testing.assert_array_equal(copy.speech, clip.speech)
        changed = np.abs(copy.video[0].astype(int) - clip.video[0]).mean(-1)
        assert changed[30:110, 30:100].mean() > 1 and changed[:3].max() <= 2
    capsys.readouterr()
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("0 made of 1 clips, 5 kept")


def test_closed_eyes_stay_closed_in_every_emotion(prepared_clip):
    from talking_face.face.geometry import LOWER_LIDS, UPPER_LIDS
    from talking_face.face.shape import FaceShape
    from talking_face.motion.model import MotionModel
    from talking_face.training.prepare.emotions import MOVED, emotional_landmarks

    motion, shape = MotionModel.load(), FaceShape.load()
    landmarks = geometry.crop_to_face(prepared_clip[0].landmarks * 2)
    landmarks[2, UPPER_LIDS] = landmarks[2, LOWER_LIDS]
    for emotion in MOVED:
        moved = emotional_landmarks(landmarks, emotion, motion, shape)
        gap = (moved[:, LOWER_LIDS, 1] - moved[:, UPPER_LIDS, 1]).mean(1)
        assert gap[2] == pytest.approx(0, abs=1e-3) and gap[0] > 0.03


def test_no_neutral_training_clip_is_one_sentence(tmp_path, prepared_clip, capsys):
    import dataclasses

    write_clip(tmp_path / "clip.hdf5", dataclasses.replace(prepared_clip[0], split="val"))
    assert main(["prepare-emotions", "--input", str(tmp_path), "--output", str(tmp_path / "copies")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
