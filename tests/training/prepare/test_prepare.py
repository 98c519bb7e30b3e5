"""Videos of every kind become clips, those that cannot are named with the reason, and damaged clips are refused."""

import csv
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import cv2
import h5py
import numpy as np
import pytest

from support.paths import ASSETS
from support.paths import DATA as ROOM
from talking_face.cli import main
from talking_face.data.clip_file import Clip, list_clips, read_clip, read_faces, write_clip
from talking_face.data.clip_names import Labels, clip_name, labels_from_name
from talking_face.data.clip_sources import Source, find_sources
from talking_face.errors import DataError
from talking_face.face import geometry
from talking_face.training.prepare.clip_maker import make_clip

FRAMES = 27
READABLE = ("1005_DFA_HAP_XX.mp4", "1006_IEO_SAD_HI.flv", "s1/bbaf2n.mpg", "holiday.webm")


def ffmpeg(*arguments):
    from imageio_ffmpeg import get_ffmpeg_exe

    subprocess.run([get_ffmpeg_exe(), "-y", "-v", "error", *map(str, arguments)], check=True)


def write_master(path, face):
    """A portrait that sways to the right, in a wider picture, with espeak's voice."""
    from talking_face.audio import read_sound
    from talking_face.media.video import write_video

    canvas = np.full((288, 360, 3), 90, np.uint8)
    canvas[16:272, 52:308] = face
    frames = np.stack([np.roll(canvas, round(i / 6), axis=1) for i in range(FRAMES)])
    rate, voice = read_sound(ASSETS / "good_news.wav")[:2]
    write_video(path, [frames], voice[: FRAMES * rate // 25], rate)


@pytest.fixture(scope="module")
def face():
    return cv2.cvtColor(cv2.imread(str(ASSETS / "london_009.jpg")), cv2.COLOR_BGR2RGB)


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
def test_a_clip_holds_picture_sound_and_landmarks_in_step(run, name, face):
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


def follow(portrait, seen):
    """Follow a face through frames; `seen` gives where it is found in each, or None."""
    from talking_face.face.landmarks import Face
    from talking_face.training.prepare import clip_maker

    faces = iter([None if shift is None else Face(portrait.landmarks + np.float32(shift)) for shift in seen])
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


def test_an_index_gives_labels_and_landmarks(tmp_path, face, monkeypatch):
    """Laid out as the data room is: canonical crops whose landmarks are known are not searched for faces again."""
    from talking_face.audio import read_sound
    from talking_face.media.video import write_video
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


INDEXES = [
    ("file\na.mp4\n", "path"),
    ("path,emotion\na.mp4,bored\n", "bored"),
    ("path,intensity\na.mp4,HUGE\n", "HUGE"),
    ("path,split\na.mp4,test\n", "test"),
    ("path\n", "no video"),
]


@pytest.mark.parametrize("text, word", INDEXES)
def test_a_faulty_index_is_one_sentence_and_exit_code_2(tmp_path, capsys, text, word):
    (tmp_path / "index.csv").write_text(text)
    assert main(["prepare", "--input", str(tmp_path / "index.csv"), "--output", str(tmp_path / "clips")]) == 2
    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == 1 and word in printed.err + printed.out


def test_an_empty_or_missing_input_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    for given in (tmp_path, tmp_path / "missing"):
        assert main(["prepare", "--input", str(given), "--output", str(tmp_path / "clips")]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "clips").exists()


def test_two_videos_of_one_name_are_told_apart(tmp_path):
    for name in ("1005_DFA_HAP_XX.mp4", "1005_DFA_HAP_XX.flv"):
        (tmp_path / name).touch()
    first, second = find_sources([tmp_path])
    assert not first.fault and "already has the name" in second.fault


@pytest.mark.parametrize(
    "path, labels, name",
    [
        ("1005_DFA_HAP_XX.flv", ("1005", "DFA", "happiness", "XX"), "1005_DFA_HAP_XX"),
        ("1040_ITH_SAD_X.flv", ("1040", "ITH", "sadness", "XX"), "1040_ITH_SAD_XX"),
        ("s12/bbaf2n.mpg", ("s12", "bbaf2n", "neutral", "XX"), "s12_bbaf2n_NEU_XX"),
        ("home/Birthday party.mov", ("Birthday party", "Birthday party", "", "XX"), "Birthday-party_Birthday-party"),
    ],
)
def test_labels_from_names(path, labels, name):
    assert labels_from_name(path) == labels and clip_name(labels_from_name(path)) == name


@pytest.fixture(scope="module")
def clip():
    from talking_face.engine import TalkingFace

    portrait = TalkingFace(None).portrait(ASSETS / "london_009.jpg")
    points = geometry.transform(portrait.matrix, portrait.landmarks).astype(np.float32)
    video = np.stack([cv2.resize(portrait.crop, (128, 128), interpolation=cv2.INTER_AREA)] * 4)
    speech = np.sin(np.arange(4 * 320) / 5).astype(np.float32)
    landmarks = np.stack([points] * 4) / 2
    labels = ("ann_one", "ann", "neutral", "XX", "train")
    return Clip(*labels, video, speech, landmarks, np.repeat(speech, 2)), portrait.crop


def test_the_published_layout_is_read_as_it_is(tmp_path, clip):
    """Without attributes, landmarks as dlib's integers, speech in double precision: as the reference wrote it."""
    clip, _ = clip
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
def test_a_damaged_clip_is_refused_in_one_sentence(tmp_path, clip, damage, word):
    path = tmp_path / "clip.hdf5"
    write_clip(path, clip[0])
    read_clip(path)
    damage(path)
    with pytest.raises(DataError, match=word) as refusal:
        read_clip(path)
    assert len(str(refusal.value).splitlines()) == 1


def test_a_clip_that_cannot_be_written_whole_leaves_nothing(tmp_path, clip):
    def faces():
        yield np.zeros((256, 256, 3), np.uint8)
        raise RuntimeError("the decoder died")

    with pytest.raises(RuntimeError):
        write_clip(tmp_path / "clip.hdf5", clip[0], faces())
    assert not list(tmp_path.iterdir())


def test_emotional_copies_show_each_emotion_on_the_same_lips(tmp_path, clip, capsys):
    clip, crop = clip
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


def test_closed_eyes_stay_closed_in_every_emotion(clip):
    from talking_face.face.shape import FaceShape
    from talking_face.motion.model import LOWER_LIDS, UPPER_LIDS, MotionModel
    from talking_face.training.prepare.emotions import MOVED, emotional_landmarks

    motion, shape = MotionModel.load(), FaceShape.load()
    landmarks = geometry.crop_to_face(clip[0].landmarks * 2)
    landmarks[2, UPPER_LIDS] = landmarks[2, LOWER_LIDS]
    for emotion in MOVED:
        moved = emotional_landmarks(landmarks, emotion, motion, shape)
        gap = (moved[:, LOWER_LIDS, 1] - moved[:, UPPER_LIDS, 1]).mean(1)
        assert gap[2] == pytest.approx(0, abs=1e-3) and gap[0] > 0.03


def test_no_neutral_training_clip_is_one_sentence(tmp_path, clip, capsys):
    import dataclasses

    write_clip(tmp_path / "clip.hdf5", dataclasses.replace(clip[0], split="val"))
    assert main(["prepare-emotions", "--input", str(tmp_path), "--output", str(tmp_path / "copies")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
