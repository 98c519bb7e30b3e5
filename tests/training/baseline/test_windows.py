import dataclasses

import numpy as np
import pytest

from talking_face.data.clip import SIZE
from talking_face.data.clip_file import list_clips, read_clip
from talking_face.emotions import EMOTIONS
from talking_face.training.baseline import windows

FRAMES = 12  # of a clip


def test_windows_show_the_clip_in_step_with_its_sound(data):
    clip = read_clip(list_clips(data / "clips")[0])
    speech = windows.cut_speech(clip.speech, 3, 5)
    lead = windows.LEAD * 320
    np.testing.assert_array_equal(speech[lead : lead + 5 * 320], clip.speech[3 * 320 : 8 * 320])
    assert (speech[: lead - 3 * 320] == 0).all()
    image, _, emotion, spoken, video, mouth = windows.make_window(clip, np.arange(3, 8), speech, True)
    np.testing.assert_allclose(image, clip.photo.transpose(2, 0, 1) / 127.5 - 1, atol=1e-6)
    np.testing.assert_allclose(video, clip.video[3:8].transpose(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)
    assert EMOTIONS[emotion] == clip.emotion and spoken == windows.UNKNOWN and clip.synthetic
    np.testing.assert_allclose(mouth, clip.landmarks[0, 48:68].mean(0), atol=1e-4)


def test_stabilising_undoes_head_movement(data):
    clip = next(read_clip(path) for path in list_clips(data / "clips") if path.stem == "a_neutral")
    moved = np.stack([np.roll(frame, 2 * i, 1) for i, frame in enumerate(clip.video)])
    steps = 2 * np.arange(FRAMES)[:, None] * [1, 0]
    swaying = dataclasses.replace(clip, video=moved, landmarks=clip.landmarks + steps[:, None].astype(np.float32))
    inside = (slice(None), slice(None), slice(None), slice(30, 98))
    still, stable, loose = (
        windows.make_window(c, np.arange(6), np.zeros(1), on)[4][inside]
        for c, on in ((clip, False), (swaying, True), (swaying, False))
    )
    assert np.abs(stable - still).mean() < 0.2 * np.abs(loose - still).mean()


def test_mirrored_windows_mirror_the_mouth(data):
    clip = read_clip(list_clips(data / "clips")[0])
    plain = windows.make_window(clip, np.arange(2), np.zeros(1), False)
    mirrored = windows.make_window(clip, np.arange(2), np.zeros(1), False, windows.Look(mirrored=True))
    np.testing.assert_array_equal(plain[4][..., ::-1], mirrored[4])
    assert mirrored[5][0] == pytest.approx(SIZE - 1 - plain[5][0])
