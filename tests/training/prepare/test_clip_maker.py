from types import SimpleNamespace

import numpy as np
import pytest

from support.paths import ASSETS
from support.paths import DATA as ROOM
from talking_face.data.clip_sources import find_sources
from talking_face.errors import DataError
from talking_face.face import geometry
from talking_face.training.prepare.clip_maker import make_clip

FRAMES = 27  # of a clip


def _face(portrait, shift):
    from talking_face.face.landmarks import Face

    return Face(portrait.landmarks + np.float32(shift), portrait.mesh)


def follow(portrait, seen):
    """Follow a face through frames; `seen` gives where it is found in each, or None."""
    from talking_face.training.prepare import clip_maker

    faces = iter([None if shift is None else _face(portrait, shift) for shift in seen])
    finder = SimpleNamespace(
        find=lambda frame: [face] if (face := next(faces)) else [], track=lambda frame, face: next(faces)
    )
    return clip_maker._follow([portrait.image] * len(seen), finder)


def test_a_face_lost_for_a_moment_is_filled_in(portrait):
    crops, landmarks, _ = follow(portrait, [0, 0, None, None, 6, *[6] * 10])
    assert len(crops) == len(landmarks) == 15
    steps = np.diff(landmarks[:6, 30, 0])
    np.testing.assert_allclose(steps[1:4], steps[1:4].mean(), rtol=1e-3)
    assert steps[0] == steps[4] == 0 < steps[1]


def test_a_face_that_is_lost_or_leaves_the_scene_is_refused(portrait):
    for shift in (None, 400):
        with pytest.raises(DataError, match="lost in 8 of 20"):
            follow(portrait, [0] * 12 + [shift] * 8)


def test_an_index_gives_labels_and_landmarks(tmp_path, face, monkeypatch):
    """Laid out as the data room is: canonical crops whose landmarks are known are not searched for faces again."""
    from talking_face.audio import read_sound
    from talking_face.media.writing import write_video
    from talking_face.training.prepare import clip_maker

    for folder in ("clips", "labels"):
        (tmp_path / folder).mkdir()
    rate, voice = read_sound(ASSETS / "good_news.wav")[:2]
    write_video(tmp_path / "clips" / "ann_one.mp4", [np.stack([face] * FRAMES)], voice[: FRAMES * rate // 25], rate)
    points = np.random.default_rng(0).uniform(50, 200, (FRAMES, 68, 2)).astype(np.float16)
    np.savez(tmp_path / "labels" / "ann_one.npz", landmarks=points, crop=np.eye(3)[:2])
    index = tmp_path / "clips.csv"
    index.write_text("id,speaker,emotion,split,licence\nann_one,ann,sadness,val,CC0\n")
    monkeypatch.setattr(clip_maker, "finder", None)
    (source,) = find_sources([index])
    clip, faces = make_clip(source)
    assert (clip.id, clip.speaker, clip.emotion) == ("ann_one", "ann", "sadness")
    assert (clip.split, clip.licence) == ("val", "CC0")
    assert source.name == "ann_one_SAD_XX"
    np.testing.assert_allclose(clip.landmarks, points.astype(np.float32) / 2)
    assert np.abs(faces[3].astype(int) - face).mean() < 4


@pytest.mark.skipif(not ROOM.is_dir(), reason="the data room ../shared/data is not on this machine")
def test_the_data_room_converts():
    sources = find_sources([ROOM / "clips.csv"])
    assert len(sources) > 400 and not any(source.fault for source in sources)
    assert len({source.name for source in sources}) == len(sources)
    clip, faces = make_clip(next(source for source in sources if source.split == "val"))
    assert clip.speaker.startswith("grid") and clip.emotion == "neutral" and clip.split == "val"
    assert clip.video.shape == (75, 128, 128, 3) and len(faces) == 75
    np.testing.assert_allclose(geometry.eye_centres(clip.landmarks).mean((0, 1)), [64, 51.2], atol=2)
