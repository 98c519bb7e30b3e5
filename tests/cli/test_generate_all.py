import numpy as np
import pytest

from talking_face.audio import read_sound
from talking_face.cli import main
from talking_face.data.clip import Clip, shrink
from talking_face.data.clip_file import write_clip
from talking_face.emotions import EMOTIONS
from talking_face.media.reading import read_video
from talking_face.media.writing import write_video


@pytest.fixture(scope="module")
def short(engine, speech):
    return engine.speech((speech.rate, speech.sound[: int(0.4 * speech.rate)]))


@pytest.fixture
def clips(tmp_path, portrait, short):
    """A folder with a video of the photo standing still, and one that is broken."""
    folder = tmp_path / "clips"
    folder.mkdir()
    still = np.repeat(portrait.image[None], 10, 0)
    write_video(folder / "talk.mp4", [still], short.sound, short.rate)
    (folder / "broken.mp4").write_text("no video")
    return folder


def generate_all(clips, output, *options):
    return main(["generate-all", "--input", str(clips), "--output", str(output), *options])


def test_every_clip_is_made_to_show_all_emotions(clips, tmp_path, capsys):
    assert generate_all(clips, tmp_path / "out") == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"talk_{name}.mp4" for name in EMOTIONS}
    said = capsys.readouterr().out
    assert "skipped broken: " in said and "6 videos of 1 clips" in said and "1 skipped" in said
    videos = {name: read_video(tmp_path / "out" / f"talk_{name}.mp4") for name in ("happiness", "anger")}
    assert [len(frames) for frames in videos.values()] == [10, 10]
    assert len(read_sound(tmp_path / "out" / "talk_anger.mp4")[1])
    assert np.abs(videos["happiness"][-1].astype(int) - videos["anger"][-1]).max() > 30


def test_prepared_clips_and_some_emotions_will_do(tmp_path, portrait, short):
    video = np.repeat(shrink(portrait.crop)[None], 10, 0)
    speech = np.interp(np.arange(3200) / 8000, np.arange(len(short.sound)) / short.rate, short.sound)
    clip = Clip("a", "1001", "neutral", "XX", "val", video, speech.astype(np.float32))
    write_clip(tmp_path / "1001_DFA_NEU_XX.hdf5", clip)
    assert generate_all(tmp_path, tmp_path / "out", "--emotions", "hap", "SAD", "--crop") == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"1001_DFA_NEU_XX_happiness.mp4", "1001_DFA_NEU_XX_sadness.mp4"}
    assert read_video(tmp_path / "out" / names.pop()).shape == (10, 256, 256, 3)


def nothing_works(clips):
    (clips / "talk.mp4").unlink()


def no_clips(clips):
    for path in clips.iterdir():
        path.unlink()


def no_folder(clips):
    no_clips(clips)
    clips.rmdir()


@pytest.mark.parametrize(
    "spoil, word", [(nothing_works, "None of the 1"), (no_clips, "no video"), (no_folder, "no file")]
)
def test_a_folder_of_no_use_is_refused_in_a_sentence(clips, tmp_path, capsys, spoil, word):
    spoil(clips)
    assert generate_all(clips, tmp_path / "out") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert word in line
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize("options, word", [(["--emotions", "bored"], "bored"), (["--model", "magic"], "magic")])
def test_choices_that_are_not_known_are_refused(clips, tmp_path, capsys, options, word):
    assert generate_all(clips, tmp_path / "out", *options) == 2
    assert word in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
