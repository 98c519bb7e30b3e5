"""What is written can be read back: colours, sync, length, labels; and failures leave nothing behind."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from imageio_ffmpeg import get_ffmpeg_exe

from support.mp4 import plays_from_the_start
from talking_face.audio import read_sound
from talking_face.errors import OutputError, RecordingError
from talking_face.media import reading
from talking_face.media.destination import check_destination
from talking_face.media.reading import read_video, stream_frames
from talking_face.media.writing import COMMENT, Written, write_gif, write_video


def ffmpeg(*arguments):
    """Run ffmpeg and return what it says."""
    done = subprocess.run([get_ffmpeg_exe(), "-hide_banner", "-nostdin", *arguments], capture_output=True, text=True)
    return done.stdout + done.stderr


def stated_seconds(path):
    hours, minutes, seconds = re.search(r"Duration: (\d+):(\d+):([\d.]+)", ffmpeg("-i", path)).groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def noise(seconds, rate=16000):
    return 0.1 * np.random.default_rng(0).standard_normal(round(seconds * rate)).astype(np.float32)


def grey(count, height=64, width=48):
    return np.full((count, height, width, 3), 128, np.uint8)


def test_frames_come_back(tmp_path):
    y, x = np.mgrid[:96, :64]
    frames = np.stack([np.stack([x * 3 + t, y * 2, 0 * x + 90], -1) for t in range(60)]).astype(np.uint8)
    path = tmp_path / "out.mp4"
    result = write_video(str(path), (frames[i : i + 7] for i in range(0, 60, 7)), noise(2.39), 16000)
    assert result == Written(60, 2.4)
    assert sorted(os.listdir(tmp_path)) == ["out.mp4"]
    back, (rate, samples, _) = read_video(path), read_sound(path)
    assert back.shape == frames.shape and back.dtype == np.uint8
    assert np.abs(back.astype(int) - frames).mean() < 3
    assert len(samples) / rate == pytest.approx(2.39, abs=0.01)
    assert len(read_video(path, max_seconds=1)) == 25


def test_colours_and_their_labels(tmp_path):
    colours = np.array(
        [[230, 20, 20], [20, 230, 20], [20, 20, 230], [255, 255, 255], [0, 0, 0], [128, 128, 128], [224, 172, 140]]
    )
    frames = np.repeat(np.repeat(colours, 32, 0)[None, None], 32, 1).repeat(10, 0).astype(np.uint8)
    write_video(tmp_path / "out.mp4", [frames], noise(0.4), 16000)
    back = read_video(tmp_path / "out.mp4")
    middles = back[5, 16, 16::32]
    assert np.abs(middles.astype(int) - colours).max() <= 4
    assert "yuv420p(tv, bt709, progressive)" in ffmpeg("-i", tmp_path / "out.mp4")


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_sound_and_picture_are_in_sync(tmp_path, rate):
    """A flash and a click begin together, early, late and in between; within 20 ms they still do when read back."""
    flashes = np.array([3, 20, 46, 71])
    frames, sound = grey(75) // 8, np.zeros(3 * rate, np.float32)
    frames[flashes] = 255
    for flash in flashes:
        start = flash * rate // 25
        sound[start : start + rate // 50] = np.sin(2 * np.pi * 1000 * np.arange(rate // 50) / rate)
    write_video(tmp_path / "out.mp4", [frames], sound, rate)
    back, (rate_back, samples, _) = read_video(tmp_path / "out.mp4"), read_sound(tmp_path / "out.mp4")
    assert np.array_equal(np.flatnonzero(back.mean((1, 2, 3)) > 128), flashes)
    loud = np.abs(samples[:, 0]) > 0.3
    for flash in flashes:
        start = round((flash - 2) / 25 * rate_back)
        heard = (start + loud[start:].argmax()) / rate_back
        assert heard == pytest.approx(flash / 25, abs=0.02)


@pytest.mark.parametrize("seconds", [0.31, 1.0, 2.503])
def test_length_is_the_recordings(tmp_path, seconds):
    count = int(np.ceil(seconds * 25))
    write_video(tmp_path / "out.mp4", [grey(count)], noise(seconds, 44100), 44100)
    assert 0 <= stated_seconds(tmp_path / "out.mp4") - seconds + 0.01 < 1 / 25 + 0.01  # stated to the hundredth
    assert len(read_video(tmp_path / "out.mp4")) == count


def test_file_says_that_it_is_generated(tmp_path):
    write_video(tmp_path / "out.mp4", [grey(10)], noise(0.4), 16000)
    tags = ffmpeg("-i", tmp_path / "out.mp4", "-f", "ffmetadata", "-")
    assert f"comment={COMMENT}" in tags and f"description={COMMENT}" in tags
    assert "title=" in tags and "AI-generated" in COMMENT
    write_video(tmp_path / "out.mp4", [grey(10)], noise(0.4), 16000, comment="Émotion: fear = 1; made by AI")
    said = ffmpeg("-i", tmp_path / "out.mp4")
    assert said.count("Émotion: fear = 1; made by AI") == 2


def test_browsers_can_start_before_the_end_is_loaded(tmp_path):
    write_video(tmp_path / "out.mp4", [grey(10)], noise(0.4), 16000)
    assert plays_from_the_start(tmp_path / "out.mp4")
    said = ffmpeg("-i", tmp_path / "out.mp4")
    assert "h264" in said and "aac" in said


def test_stereo_and_no_extra_length(tmp_path):
    write_video(tmp_path / "out.mp4", [grey(25)], np.stack([noise(1), noise(1)], 1), 16000)
    assert read_sound(tmp_path / "out.mp4")[1].shape[1] == 2


def never():
    raise AssertionError("frames were asked for")
    yield


@pytest.mark.parametrize("write, name", [(write_video, "out.mp4"), (write_gif, "out.gif")])
@pytest.mark.parametrize(
    "place, words",
    [
        ("missing/{}", "does not exist"),
        ("folder", "is a folder"),
        ("folder.{}", "is a folder"),
        ("out.avi", "does not end in"),
        ("out", "does not end in"),
    ],
)
def test_bad_destinations_are_refused_before_work_begins(tmp_path, write, name, place, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / f"folder.{name}").mkdir()
    sound = () if write is write_gif else (noise(0.4), 16000)
    with pytest.raises(OutputError, match=words):
        write(tmp_path / place.format(name), never(), *sound)


def test_unwritable_folder_is_refused(tmp_path):
    folder = Path("/proc/self") if sys.platform == "linux" else tmp_path
    if folder == tmp_path:
        folder.chmod(0o500)
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write everywhere")
    with pytest.raises(OutputError, match="Nothing can be written"):
        write_video(folder / "out.mp4", never(), noise(0.4), 16000)


def test_full_disk_is_noticed_before_work_begins(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**9, 10**9 - 10**6, 10**6))
    check_destination(tmp_path / "out.mp4", seconds=0.9)
    with pytest.raises(OutputError, match="full"):
        write_video(tmp_path / "out.mp4", never(), noise(10), 16000)


@pytest.mark.parametrize("error", [ValueError("no more"), OSError("weights are gone"), KeyboardInterrupt()])
@pytest.mark.parametrize("existing", [False, True])
def test_failure_leaves_nothing_behind(tmp_path, error, existing):
    path = tmp_path / "out.mp4"
    if existing:
        path.write_bytes(b"an older video")

    def frames():
        yield grey(30)
        raise error

    with pytest.raises(type(error)) as caught:
        write_video(path, frames(), noise(2), 16000)
    assert caught.value is error
    assert os.listdir(tmp_path) == ["out.mp4"] * existing
    assert not existing or path.read_bytes() == b"an older video"


def test_death_of_the_encoder_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("talking_face.media.writing.PRESET", "no such preset")
    with pytest.raises(OutputError, match="could not be written to the end"):
        write_video(tmp_path / "out.mp4", (grey(50, 256, 256) for _ in range(10)), noise(2), 16000)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("chunks", [[], [grey(0)], [grey(2), grey(2, 32, 32)], [grey(2), grey(2).astype(float)]])
def test_wrong_frames(tmp_path, chunks):
    with pytest.raises(ValueError):
        write_video(tmp_path / "out.mp4", chunks, noise(0.4), 16000)
    assert os.listdir(tmp_path) == []


def test_odd_sizes_lose_a_line(tmp_path):
    write_video(tmp_path / "out.mp4", [grey(10, 65, 47)], noise(0.4), 16000)
    assert read_video(tmp_path / "out.mp4").shape == (10, 64, 46, 3)


def test_frames_are_not_collected(tmp_path):
    """Each chunk is gone before the next but one is asked for."""
    import weakref

    alive = []

    def frames():
        for _ in range(20):
            chunk = grey(5)
            alive.append(weakref.ref(chunk))
            yield chunk
            del chunk
            assert sum(reference() is not None for reference in alive) <= 2

    write_video(tmp_path / "out.mp4", frames(), noise(4), 16000)


def test_gif(tmp_path):
    y, x = np.mgrid[:480, :360]
    still = np.stack([x * 0.7, y * 0.5, 200 - x * 0.4], -1).astype(np.uint8)
    frames = np.repeat(still[None], 50, 0)
    frames[:, :80, :80, 0] = np.linspace(0, 255, 50).astype(np.uint8)[:, None, None]
    assert write_gif(tmp_path / "out.gif", (frames[i : i + 10] for i in range(0, 50, 10))) == Written(50, 2.0)
    assert os.listdir(tmp_path) == ["out.gif"]
    back = read_video(tmp_path / "out.gif")
    assert back.shape[1:] == (320, 240, 3)
    assert stated_seconds(tmp_path / "out.gif") == pytest.approx(2.0, abs=0.081)
    assert np.abs(back[10].mean((0, 1)) - frames[10].mean((0, 1))).max() < 4
    still_part = back[:50, 60:, 60:]
    assert (still_part == still_part[0]).all()  # nothing flickers


def test_reading_what_is_no_video(tmp_path):
    (tmp_path / "garbage.mp4").write_bytes(b"garbage" * 999)
    soundfile.write(tmp_path / "sound.wav", noise(1), 16000)
    for name in ("missing.mp4", "garbage.mp4", "sound.wav", "."):
        with pytest.raises(RecordingError):
            read_video(tmp_path / name)


def test_a_video_is_waited_for_but_not_for_ever(tmp_path, monkeypatch):
    """What says nothing at all before its first picture is a busy machine, what goes on saying nothing is not."""
    write_video(tmp_path / "out.mp4", [grey(10)], noise(0.4), 16000)
    slow, silent = tmp_path / "slow", tmp_path / "silent"
    slow.write_text(f'#!/bin/sh\nexec "{get_ffmpeg_exe()}" -loglevel quiet "$@"\n')
    silent.write_text("#!/bin/sh\nexec sleep 999\n")
    for program in (slow, silent):
        program.chmod(0o755)
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", lambda: str(slow))
    assert reading.VIDEO_SECONDS >= 60 and len(read_video(tmp_path / "out.mp4")) == 10
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", lambda: str(silent))
    monkeypatch.setattr(reading, "VIDEO_SECONDS", 0.01)
    with pytest.raises(RecordingError, match="cannot be read as a video"):
        read_video(tmp_path / "out.mp4")


def test_a_video_that_is_left_early_leaves_no_program_behind(tmp_path):
    write_video(tmp_path / "out.mp4", [grey(200)], noise(8), 16000)
    frames = stream_frames(tmp_path / "out.mp4")
    next(frames)
    process = frames.gi_frame.f_locals["process"]
    frames.close()
    assert process.returncode is not None and process.stdout.closed


def test_reading_other_frame_rates_and_a_late_sound_track(tmp_path):
    ffmpeg(
        *["-f", "lavfi", "-i", "testsrc=size=64x48:rate=30:duration=2"],
        *["-itsoffset", "0.5", "-f", "lavfi", "-i", "sine=duration=1.5", tmp_path / "late.mkv"],
    )
    frames, (rate, samples, _) = read_video(tmp_path / "late.mkv"), read_sound(tmp_path / "late.mkv")
    assert frames.shape == (50, 48, 64, 3)
    assert (np.abs(samples[:, 0]) > 0.01).argmax() / rate == pytest.approx(0.5, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("name, sides", [("one.wav", (1,)), ("two.wav", (1, 0.4)), ("left.wav", (1, 0))])
@pytest.mark.parametrize("level", [0, -46])
def test_the_persons_own_sound_is_in_the_video_as_it_was(engine, portrait, speech, tmp_path, name, sides, level):
    own = speech.voice[: speech.rate] / np.abs(speech.voice[: speech.rate]).max() * 10 ** (level / 20)
    soundfile.write(tmp_path / name, np.outer(own, sides), speech.rate, subtype="PCM_24")
    engine.write(tmp_path / "out.mp4", portrait, engine.speech(tmp_path / name), crop=True)
    _, heard, _ = read_sound(tmp_path / "out.mp4")
    assert heard.shape[1] == len(sides)
    assert 20 * np.log10(heard.std(0)[0] / own.std()) == pytest.approx(0, abs=0.3)
    assert heard.std(0) / heard.std(0)[0] == pytest.approx(sides, abs=0.02)


def test_pictures_that_come_at_odd_times_are_brought_to_theirs(tmp_path):
    """A phone's frame rate changes with the light; black turns to white at 1.2 s."""
    source = "color=black:size=64x48:rate=30:duration=1.2[a];color=white:size=64x48:rate=30:duration=0.8[b]"
    uneven = r"[a][b]concat=n=2,select='not(mod(n\,3))+gt(n\,24)',setpts=PTS"
    graph = ["-filter_complex", f"{source};{uneven}", "-fps_mode", "vfr"]
    ffmpeg(*graph, tmp_path / "uneven.mp4")
    frames = read_video(tmp_path / "uneven.mp4")
    assert len(frames) in (49, 50, 51)
    assert (frames.mean((1, 2, 3)) > 128).argmax() == pytest.approx(30, abs=1)
