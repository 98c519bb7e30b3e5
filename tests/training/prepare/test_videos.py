"""Videos of every kind become clips; those that cannot are named with the reason."""

import csv
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from support.paths import ASSETS
from talking_face.cli import main
from talking_face.data.clip_file import list_clips, read_clip, read_faces
from talking_face.data.clip_names import Labels
from talking_face.data.clip_sources import Source, find_sources
from talking_face.face import geometry

pytestmark = pytest.mark.slow

FRAMES = 27
READABLE = ("1005_DFA_HAP_XX.mp4", "1006_IEO_SAD_HI.flv", "s1/bbaf2n.mpg", "holiday.webm")


def ffmpeg(*arguments):
    from imageio_ffmpeg import get_ffmpeg_exe

    subprocess.run([get_ffmpeg_exe(), "-y", "-v", "error", *map(str, arguments)], check=True)


def write_master(path, face):
    """A portrait that sways to the right, in a wider picture, with espeak's voice."""
    from talking_face.audio import read_sound
    from talking_face.media.writing import write_video

    canvas = np.full((288, 360, 3), 90, np.uint8)
    canvas[16:272, 52:308] = face
    frames = np.stack([np.roll(canvas, round(i / 6), axis=1) for i in range(FRAMES)])
    rate, voice = read_sound(ASSETS / "good_news.wav")[:2]
    write_video(path, [frames], voice[: FRAMES * rate // 25], rate)


@pytest.fixture(scope="module")
def videos(tmp_path_factory, face):
    """The raw videos of a data set: four good ones, and one of each kind that is of no use."""
    folder = tmp_path_factory.mktemp("videos")
    (folder / "s1").mkdir()
    master = folder / READABLE[0]
    write_master(master, face)
    ffmpeg("-i", master, "-ar", 44100, "-q:v", 3, folder / READABLE[1])
    ffmpeg("-i", master, "-q:v", 3, folder / READABLE[2])
    ffmpeg("-i", master, "-c:v", "libvpx", "-deadline", "realtime", "-b:v", "2M", folder / READABLE[3])
    ffmpeg("-i", master, "-an", "-c:v", "copy", folder / "no_sound.mp4")
    grey = ("-f", "lavfi", "-i", "color=gray:s=160x128:d=1:r=25", "-i", master, "-map", "0:v", "-map", "1:a")
    ffmpeg(*grey, "-shortest", folder / "no_face.mp4")
    ffmpeg("-i", master, "-t", 0.6, folder / "short.mp4")
    ffmpeg("-i", master, "-c", "copy", "-movflags", "0", folder / "whole.mp4")
    (folder / "truncated.mp4").write_bytes((folder / "whole.mp4").read_bytes()[:20000])
    (folder / "whole.mp4").unlink()
    (folder / "nothing.mp4").touch()
    (folder / "letter.mp4").write_text("This is no video.")
    (folder / "notes.txt").write_text("Neither a video nor called one.")
    return folder


@dataclass
class Run:
    """What a run of the command left behind."""

    folder: Path
    code: int
    printed: str
    rows: dict


@pytest.fixture(scope="module")
def run(videos, tmp_path_factory):
    import contextlib
    import io

    folder, printed = tmp_path_factory.mktemp("clips"), io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = main(["prepare", "--input", str(videos), "--output", str(folder), "--workers", "2"])
    return Run(folder, code, printed.getvalue(), summary(folder))


def summary(folder):
    with open(folder / "summary.csv", newline="") as file:
        return {Path(row["file"]).name: row for row in csv.DictReader(file)}


def test_every_readable_video_becomes_a_clip(run):
    assert run.code == 0 and "4 converted, 0 kept, 6 skipped" in run.printed
    assert [path.stem for path in list_clips(run.folder)] == [
        "1005_DFA_HAP_XX",
        "1006_IEO_SAD_HI",
        "holiday_holiday",
        "s1_bbaf2n_NEU_XX",
    ]
    for name in READABLE:
        assert run.rows[Path(name).name]["outcome"] == "converted"


@pytest.mark.parametrize(
    "name, reason",
    [
        ("no_sound.mp4", "no sound"),
        ("no_face.mp4", "No face"),
        ("short.mp4", "at least 1 s"),
        ("truncated.mp4", "read"),
        ("nothing.mp4", "empty"),
        ("letter.mp4", "read"),
    ],
)
def test_each_video_of_no_use_is_named_with_its_reason(run, name, reason):
    row = run.rows[name]
    assert row["outcome"] == "skipped" and reason in row["reason"]
    assert name in run.printed and row["reason"] in run.printed


@pytest.mark.parametrize("name", ("1005_DFA_HAP_XX", "1006_IEO_SAD_HI", "s1_bbaf2n_NEU_XX", "holiday_holiday"))
def test_a_clip_holds_picture_sound_and_landmarks_in_step(run, name):
    clip = read_clip(run.folder / f"{name}.hdf5")
    frames = len(clip.video)
    assert abs(frames - FRAMES) <= 1 and clip.landmarks.shape == (frames, 68, 2)
    assert len(clip.speech) == frames * 320 and len(clip.speech_16k) == frames * 640
    assert np.abs(clip.speech).max() == pytest.approx(1, abs=1e-3)
    # Eyes where the canonical crop has them, moving on with the head: by the first frame's transform.
    eyes = geometry.eye_centres(clip.landmarks).mean(1)
    np.testing.assert_allclose(eyes[0], [64, 51.2], atol=1)
    scale = np.hypot(*clip.crop[0, :2]) / 2
    assert eyes[-1, 0] - eyes[0, 0] == pytest.approx(scale * round((FRAMES - 1) / 6), abs=1)
    # The colours of the photo, neither swapped nor shifted.
    cheek = clip.video[0, 70:80, 40:45].mean((0, 1))
    assert cheek[0] > cheek[2] + 20
    faces = read_faces(run.folder / f"{name}.hdf5", [0, 5])
    assert faces.shape == (2, 256, 256, 3)
    halved = cv2.resize(faces[1], (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(halved.astype(int) - clip.video[5]).mean() < 2


def test_names_tell_speaker_emotion_and_intensity(run):
    names = ("1005_DFA_HAP_XX", "1006_IEO_SAD_HI", "s1_bbaf2n_NEU_XX")
    happy, sad, grid = (read_clip(run.folder / f"{name}.hdf5") for name in names)
    assert (happy.speaker, happy.emotion, happy.intensity) == ("1005", "happiness", "XX")
    assert (sad.speaker, sad.emotion, sad.intensity) == ("1006", "sadness", "HI")
    assert (grid.speaker, grid.emotion, grid.source) == ("s1", "neutral", "bbaf2n.mpg")


def test_a_second_run_keeps_what_is_there_unless_its_video_changed(run, videos, capsys):
    path = videos / READABLE[0]
    (source,) = find_sources([path])
    before = source.fingerprint()
    assert main(["prepare", "--input", str(path), str(videos / "s1"), "--output", str(run.folder)]) == 0
    assert "0 converted, 2 kept, 0 skipped" in capsys.readouterr().out
    os.utime(path, (1, 1))
    assert source.fingerprint() != before


class Deadly(Source):
    """Ends the process that it is sent to, as a decoder's crash would."""

    def __reduce__(self):
        return os._exit, (1,)


def test_a_video_that_brings_its_process_down_does_not_stop_the_run(videos, tmp_path):
    from talking_face.training.prepare.videos import _prepare_all

    deadly = Deadly(Path("deadly.mp4"), "deadly", Labels("a", "b"), "train")
    (useless,) = find_sources([videos / "nothing.mp4"])
    outcomes = {outcome.file: outcome for outcome in _prepare_all([deadly, useless], tmp_path, 1, 60)}
    assert "broke down" in outcomes["deadly.mp4"].reason and "empty" in outcomes[str(useless.path)].reason
