"""Measures, and the comparison of models; the clips are made here, of a portrait that our own generator moves."""

import csv
import json
import sys

import numpy as np
import pytest
import torch

from support.paths import DATA as ROOM
from talking_face import markdown
from talking_face.cli import main
from talking_face.concurrency.subprocesses import peak_memory
from talking_face.data.clip_file import Clip, write_clip
from talking_face.data.clips import find_clips
from talking_face.errors import CheckpointError, DataError
from talking_face.evaluation import across_clips, metrics
from talking_face.evaluation.footprint import measure_footprint
from talking_face.evaluation.report import comparison_tables
from talking_face.evaluation.scores import FACE, PICTURE, RealClip
from talking_face.evaluation.tracking import track
from talking_face.face.geometry import lip_opening
from talking_face.media.video import read_video, write_video

SECONDS = 0.6


@pytest.fixture(scope="module")
def short_speech(engine, speech):
    start = int(0.3 * speech.rate)
    return engine.speech((speech.rate, speech.sound[start : start + int(SECONDS * speech.rate)]))


@pytest.fixture(scope="module")
def frames(engine, portrait, short_speech):
    """A talking canonical crop, (15, 256, 256, 3)."""
    return np.concatenate(list(engine.render(portrait, short_speech, crop=True)))


@pytest.fixture(scope="module")
def real(frames):
    return RealClip(frames)


@pytest.fixture
def folder(tmp_path, frames, short_speech):
    """A folder with the clip as video, and a file that is none."""
    folder = tmp_path / "clips"
    folder.mkdir()
    write_video(folder / "talk.mp4", [frames], short_speech.sound, short_speech.rate)
    (folder / "broken.mp4").write_text("no video")
    return folder


def test_psnr_and_ssim_can_look_at_a_part():
    picture = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    other, left = picture.copy(), np.arange(32) < 16
    other[:, 16:] //= 2
    mask = np.tile(left, (32, 1))
    assert metrics.psnr(other, picture, mask) > 60 > metrics.psnr(other, picture)
    mask[:, 10:] = False  # the windows of those next to the change see it
    assert metrics.ssim(other, picture, mask) == pytest.approx(1) and metrics.ssim(other, picture) < 0.95


def test_flicker_is_the_mean_change_of_the_pixels_that_count():
    frames = np.zeros((3, 4, 4, 3), np.uint8)
    frames[1, :2] = 10
    top = np.arange(4)[:, None] < np.array([2, 2, 2, 2])
    assert metrics.flicker(frames, top) == 10 and metrics.flicker(frames, ~top) == 0


def test_landmark_distance_is_euclidean():
    assert metrics.landmark_distance(np.zeros((5, 68, 2)), np.full((5, 68, 2), [3.0, 4.0])) == 5


def test_the_real_speaker_is_perfect(real, frames):
    scores, opening = real.score(frames)
    assert scores.keys() == {measure.key for measure in PICTURE + FACE}
    for key in ("lip_correlation", "lip_amplitude", "flicker", "ssim", "ssim_mouth_stable", "seen"):
        assert scores[key] == pytest.approx(1), key
    assert scores["psnr"] > 60 and scores["landmarks"] == 0
    assert scores["identity"] < 0.3
    np.testing.assert_array_equal(opening, real.opening)


def test_a_still_photo_neither_speaks_nor_flickers(real, frames):
    scores, _ = real.score(np.repeat(frames[:1], len(frames), 0))
    for key in ("lip_correlation", "lip_amplitude", "flicker", "identity"):
        assert scores[key] == pytest.approx(0, abs=1e-9), key
    assert scores["sharpness"] == 1
    assert scores["psnr_mouth"] < scores["psnr"] < 60
    assert scores["landmarks_mouth"] > scores["landmarks"] > 0


def test_a_moved_head_costs_nothing_once_it_is_steady(real, frames):
    shifted = np.roll(frames, 3, 2)
    scores, _ = real.score(shifted)
    assert scores["psnr_stable"] > scores["psnr"] + 5
    assert scores["lip_correlation"] > 0.9 and scores["landmarks"] < 0.02


def test_blur_and_lost_faces_show(real, frames):
    soft = frames.reshape(len(frames), 64, 4, 64, 4, 3).mean((2, 4)).repeat(4, 1).repeat(4, 2).astype(np.uint8)
    assert real.score(soft)[0]["sharpness"] != pytest.approx(1, abs=0.1)
    assert track(np.full_like(frames[:3], 128), real.face)[1] == 0


def test_landmarks_found_agree_with_the_data_rooms():
    path = ROOM / "clips" / "grid_x_pwij3p.mp4"
    if not path.is_file():
        pytest.skip("the data room is not here")
    labels = np.load(ROOM / "labels" / "grid_x_pwij3p.npz")["landmarks"].astype(float)
    found = RealClip(read_video(path)[0][:30]).opening
    assert metrics.correlation(found, lip_opening(labels[:30])) > 0.9


def test_clips_of_a_folder_are_listed_by_name(folder):
    clips = find_clips(folder)
    assert [clip.id for clip in clips] == ["broken", "talk"] and {clip.split for clip in clips} == {""}
    assert clips[1].photo().shape == (256, 256, 3) and len(clips[1].frames()) == 15
    (folder / "again").mkdir()
    (folder / "again" / "talk.mp4").write_bytes((folder / "talk.mp4").read_bytes())
    assert [clip.id for clip in find_clips(folder)] == ["again_talk", "broken", "talk"]
    with pytest.raises(DataError, match="There is no file or folder"):
        find_clips(folder / "nowhere")


def test_an_index_says_what_is_for_training(folder):
    rows = [("path", "emotion", "split"), ("talk.mp4", "happy", "val"), ("broken.mp4", "", "train")]
    index = folder / "index.csv"
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


def test_models_are_compared_on_all_clips(folder, tmp_path, capsys, monkeypatch):
    cost = {"fps": 100.0, "cpu": 20.0, "memory": 500.0}
    monkeypatch.setattr(across_clips, "measure_footprint", lambda model, photo, speech: cost)
    output = tmp_path / "report"
    assert main(["evaluate", "--models", "deformable", "--clips", str(folder), "--output", str(output)]) == 0
    said = capsys.readouterr().out
    assert "skipped broken" in said

    report = json.loads((output / "comparison.json").read_text())
    assert report["clips"] == ["talk"] and list(report["skipped"]) == ["broken"]
    still, ours = report["models"]["still photo"], report["models"]["deformable"]
    # The clip was made by this very model, from the same photo and sound.
    assert ours["lip_correlation"] > 0.9 and ours["psnr_mouth"] > still["psnr_mouth"] + 3
    assert ours.items() >= cost.items() and "fps" not in still

    table = (output / "comparison.md").read_text()
    assert f"| PSNR, dB | {still['psnr']:.2f} | {ours['psnr']:.2f} |" in table
    assert "| frames a second | - | 100.0 |" in table
    with open(output / "comparison.csv") as file:
        rows = list(csv.DictReader(file))
    assert [(row["model"], row["clip"]) for row in rows] == [("still photo", "talk"), ("deformable", "talk")]
    assert float(rows[1]["ssim"]) == pytest.approx(ours["ssim"])
    plots = {path.relative_to(output).as_posix() for path in output.rglob("*.png")}
    assert plots == {"lips.png"} | {f"bars/{key}.png" for key in ours}


@pytest.mark.parametrize("rows, word", [("talk.mp4,train", "for training"), ("broken.mp4,val", "could be used")])
def test_nothing_to_compare_is_said_in_a_sentence(folder, tmp_path, capsys, rows, word):
    (folder / "index.csv").write_text(f"path,split\n{rows}\n")
    command = [
        "evaluate",
        "--models",
        "deformable",
        "--clips",
        str(folder / "index.csv"),
        "--output",
        str(tmp_path / "r"),
    ]
    assert main(command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert word in line
    assert not (tmp_path / "r").exists()


def test_evaluate_without_a_data_room_says_so(tmp_path, capsys):
    assert main(["evaluate", "--data", str(tmp_path), "--only", "motion"]) == 2
    assert "data room" in capsys.readouterr().err


def test_speed_and_memory_come_from_a_process_of_its_own(portrait, short_speech):
    ballast = torch.ones(500_000_000 // 4)
    cost = measure_footprint("deformable", portrait.image, short_speech)
    assert cost["fps"] > 0.1 and cost["cpu"] > 0.1
    assert 200 < cost["memory"] < 3000 and peak_memory() > ballast.nbytes


def test_a_model_that_breaks_down_is_named(portrait, short_speech, monkeypatch):
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(CheckpointError, match="The model deformable broke down"):
        measure_footprint("deformable", portrait.image, short_speech)


def test_tables_show_what_is_not_known_as_a_dash():
    assert markdown.table(["a", "b"], [(1, 2)]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert "| SSIM | - |" in comparison_tables({"still photo": {"psnr": 1.0}})
