"""A video in parts: the parts are the video, come before its end, and stop when nobody wants more."""

import re
import signal
import subprocess
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from support.mp4 import plays_from_the_start
from talking_face.audio import read_sound
from talking_face.media.streaming import LENGTHS, SHORTEST, part_ends, stream_video
from talking_face.media.writing import COMMENT

RATE = 16000


def speech(frames):
    sound = 0.1 * np.random.default_rng(0).standard_normal(frames * RATE // 25).astype(np.float32)
    return SimpleNamespace(sound=sound, rate=RATE, frames=frames)


def ramp(count):
    """Single frames, each a little brighter than the one before, up to 100."""
    for index in range(count):
        yield np.full((1, 64, 48, 3), 20 + 2 * min(index, 100), np.uint8)


@pytest.mark.parametrize("frames", [1, 12, 25, 30, 37, 38, 112, 1500])
def test_parts_cover_the_video_and_none_is_tiny(frames):
    ends = part_ends(frames)
    lengths = np.diff([0, *ends])
    assert ends[-1] == frames / 25
    assert (
        (lengths > 0).all()
        and (lengths[1:] >= min(LENGTHS[1], SHORTEST)).all()
        and (lengths[1:][-1:] >= SHORTEST).all()
    )
    assert lengths[0] == pytest.approx(min(LENGTHS[0], frames / 25), abs=SHORTEST)
    assert np.multiply(ends, 25) == pytest.approx(np.rint(np.multiply(ends, 25)))


@pytest.mark.parametrize("first", [1, 12, 40, 99])
def test_parts_from_the_middle_on_end_where_the_video_does_too(first):
    ends = part_ends(100, first)
    assert pytest.approx(4) == ends[-1] and any(end == pytest.approx(4 - first / 25) for end in ends)
    assert (np.diff([0, *ends]) > 0).all()


def test_the_parts_are_the_video(tmp_path):
    path = tmp_path / "whole [1]: it's.mp4"  # characters that mean something to ffmpeg
    together, seconds = [], []
    for part in stream_video(path, ramp(100), speech(100)):
        together.extend(_shown(part.path))
        assert part.start == pytest.approx(sum(seconds))
        seconds.append(part.seconds)
    assert seconds == pytest.approx([0.24, 0.32, 0.48, 0.96, 2.0])
    whole = _shown(path)
    assert len(whole) == 100 and np.all(np.diff(whole) > 0)
    assert together == pytest.approx(whole)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("first", [1, 40, 65])
def test_a_video_can_be_made_from_its_middle_on_and_is_whole_at_the_end(tmp_path, first):
    path, tone = tmp_path / "it's.mp4", speech(100)
    tone.sound = np.linspace(0.0, 0.9, 100 * RATE // 25 - 300, dtype=np.float32) * np.sin(np.arange(63700) / 5)
    frames, placed, seconds = [*ramp(100)], np.zeros(100), 0
    for part in stream_video(path, [*frames[first:], *frames[:first]], tone, first=first):
        start, shown = round(part.start * 25), _shown(part.path)
        placed[start : start + len(shown)] = shown
        seconds += part.seconds
        picture, sound = _starts(part.path)
        assert picture + part.offset == pytest.approx(part.start, abs=0.001)
        assert sound + part.offset == pytest.approx(part.start, abs=0.05)
    assert seconds == pytest.approx(4)
    assert _shown(path) == pytest.approx(placed) and np.all(np.diff(placed) > 0)
    rate, samples, _ = read_sound(path)
    loud = np.abs(samples[: 39 * rate // 10, 0]).reshape(13, -1).max(1)
    assert len(samples) / rate == pytest.approx(4, abs=0.06) and np.all(np.diff(loud) > 0)
    assert plays_from_the_start(path) and COMMENT in _said_of(path)


def test_sound_runs_through_the_parts_without_a_gap(tmp_path):
    ends = []
    for part in stream_video(tmp_path / "out.mp4", ramp(100), speech(100)):
        rate, samples, _ = read_sound(part.path)
        begin = _starts(part.path)[1]
        ends.append((begin, begin + len(samples) / rate))
    gaps = [begin - end for (_, end), (begin, _) in zip(ends, ends[1:])]
    assert np.abs(gaps).max() < 0.03


def _shown(path):
    """Brightness of each picture in a file, whenever it is shown."""
    command = [get_ffmpeg_exe(), "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-pix_fmt", "gray", "-f"]
    done = subprocess.run([*command, "rawvideo", "-"], capture_output=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, 64 * 48).mean(1)


def _said_of(path):
    return subprocess.run([get_ffmpeg_exe(), "-i", path], capture_output=True, text=True).stderr


def _starts(path):
    """Where picture and sound of a file begin, seconds."""
    starts = []
    for kind, show in (("v", "showinfo"), ("a", "ashowinfo")):
        command = [get_ffmpeg_exe(), "-hide_banner", "-copyts", "-i", path, f"-{kind}f", show, "-map", f"0:{kind}"]
        said = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True).stderr
        starts.append(float(re.search(r"n: *0 .*?pts_time:([\d.]+)", said)[1]))
    return starts


def test_each_part_starts_on_its_own_and_where_the_last_ended(tmp_path):
    for part in stream_video(tmp_path / "out.mp4", ramp(100), speech(100)):
        picture, sound = _starts(part.path)
        assert picture + part.offset == pytest.approx(part.start, abs=0.001)
        assert sound + part.offset == pytest.approx(part.start, abs=0.05)


def test_the_first_part_comes_before_the_last_frames_are_made(tmp_path):
    made = []

    def frames():
        for chunk in ramp(200):
            if len(made) == 150:
                assert watched.wait(300), "nothing was handed over"
            made.append(chunk)
            yield chunk

    watched = threading.Event()
    parts = stream_video(tmp_path / "out.mp4", frames(), speech(200))
    next(parts)
    assert len(made) <= 150
    watched.set()
    assert len(list(parts)) == len(part_ends(200)) - 1


def test_nobody_wanting_more_ends_the_work_and_leaves_nothing(tmp_path, monkeypatch):
    made, killed = [], []
    kill = subprocess.Popen.kill
    monkeypatch.setattr(subprocess.Popen, "kill", lambda process: killed.append(process) or kill(process))

    def frames():
        for chunk in ramp(5000):
            made.append(0)
            time.sleep(0.01 if len(made) > 1000 else 0)  # however late this thread gets to run again
            yield chunk

    parts = stream_video(tmp_path / "out.mp4", frames(), speech(5000))
    folder = next(parts).path.parent
    parts.close()
    assert len(made) < 4000
    assert [process.poll() for process in killed] == [-signal.SIGKILL]  # not waited for while it encodes the sound
    assert not folder.exists() and list(tmp_path.iterdir()) == []


def test_errors_come_through_and_leave_nothing(tmp_path):
    def frames():
        yield from ramp(60)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(stream_video(tmp_path / "out.mp4", frames(), speech(100)))
    assert list(tmp_path.iterdir()) == []


def test_the_whole_video_says_what_it_is(tmp_path):
    list(stream_video(tmp_path / "out.mp4", ramp(30), speech(30)))
    assert COMMENT in _said_of(tmp_path / "out.mp4")
    assert plays_from_the_start(tmp_path / "out.mp4")
