"""What a talking crop scores against a real speaker, who is here our own generator."""

import numpy as np
import pytest

from support.paths import DATA as ROOM
from talking_face.evaluation import metrics
from talking_face.evaluation.scores import FACE, PICTURE, RealClip
from talking_face.evaluation.tracking import track
from talking_face.face.geometry import lip_opening
from talking_face.media.reading import read_video


@pytest.fixture(scope="module")
def real(talking_frames):
    return RealClip(talking_frames)


def test_the_real_speaker_is_perfect(real, talking_frames):
    scores, opening = real.score(talking_frames)
    assert scores.keys() == {measure.key for measure in PICTURE + FACE}
    for key in ("lip_correlation", "lip_amplitude", "flicker", "ssim", "ssim_mouth_stable", "seen"):
        assert scores[key] == pytest.approx(1), key
    assert scores["psnr"] > 60 and scores["landmarks"] == 0
    assert scores["identity"] < 0.3
    np.testing.assert_array_equal(opening, real.opening)


def test_a_still_photo_neither_speaks_nor_flickers(real, talking_frames):
    scores, _ = real.score(np.repeat(talking_frames[:1], len(talking_frames), 0))
    for key in ("lip_correlation", "lip_amplitude", "flicker", "identity"):
        assert scores[key] == pytest.approx(0, abs=1e-9), key
    assert scores["sharpness"] == 1
    assert scores["psnr_mouth"] < scores["psnr"] < 60
    assert scores["landmarks_mouth"] > scores["landmarks"] > 0


def test_a_moved_head_costs_nothing_once_it_is_steady(real, talking_frames):
    shifted = np.roll(talking_frames, 3, 2)
    scores, _ = real.score(shifted)
    assert scores["psnr_stable"] > scores["psnr"] + 5
    assert scores["lip_correlation"] > 0.9 and scores["landmarks"] < 0.02


def test_blur_and_lost_faces_show(real, talking_frames):
    soft = talking_frames.reshape(-1, 64, 4, 64, 4, 3).mean((2, 4)).repeat(4, 1).repeat(4, 2).astype(np.uint8)
    assert real.score(soft)[0]["sharpness"] != pytest.approx(1, abs=0.1)
    assert track(np.full_like(talking_frames[:3], 128), real.face)[1] == 0


def test_landmarks_found_agree_with_the_data_rooms():
    path = ROOM / "clips" / "grid_x_pwij3p.mp4"
    if not path.is_file():
        pytest.skip("the data room is not here")
    labels = np.load(ROOM / "labels" / "grid_x_pwij3p.npz")["landmarks"].astype(float)
    found = RealClip(read_video(path)[:30]).opening
    assert metrics.correlation(found, lip_opening(labels[:30])) > 0.9
