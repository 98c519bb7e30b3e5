"""A video in parts: the parts are the video, come before its end, and stop when nobody wants more."""

import re
import signal
import subprocess
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from support.mp4 import plays_from_the_start
from talking_face.audio import read_sound
from talking_face.media.reading import read_video
from talking_face.media.streaming import FIRST_SECONDS, SHORTEST, part_ends, stream_video
from talking_face.media.writing import COMMENT

RATE = 16000


def speech(frames):
    sound = 0.1 * np.random.default_rng(0).standard_normal(frames * RATE // 25).astype(np.float32)
    return SimpleNamespace(sound=sound, rate=RATE, frames=frames)


def ramp(count):
    """Single frames, each a little brighter than the one before, up to 100."""
    for index in range(count):
        yield np.full((1, 64, 48, 3), 20 + 2 * min(index, 100), np.uint8)


def brightness(path):
    return read_video(path).mean((1, 2, 3))


@pytest.mark.parametrize("frames", [1, 12, 25, 30, 37, 38, 112, 1500])
def test_parts_cover_the_video_and_none_is_tiny(frames):
    ends = part_ends(frames)
    lengths = np.diff([0, *ends])
    assert ends[-1] == frames / 25
    assert (lengths > 0).all() and (lengths[1:] >= SHORTEST).all()
    assert lengths[0] == pytest.approx(min(FIRST_SECONDS, frames / 25), abs=SHORTEST)
    assert np.multiply(ends, 25) == pytest.approx(np.rint(np.multiply(ends, 25)))


def test_the_parts_are_the_video(tmp_path):
    path = tmp_path / "whole [1]: it's.mp4"  # characters that mean something to ffmpeg
    together, seconds = b"", []
    for part in stream_video(path, ramp(100), speech(100)):
        assert part.path.suffix == ".ts"
        together += part.path.read_bytes()
        seconds.append(part.seconds)
    (tmp_path / "together.ts").write_bytes(together)
    assert seconds == pytest.approx([0.48, 0.96, 1.92, 0.64])
    whole = brightness(path)
    assert len(whole) == 100 and np.all(np.diff(whole) > 0)
    assert brightness(tmp_path / "together.ts") == pytest.approx(whole)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["together.ts", path.name]


def test_sound_runs_through_the_parts_without_a_gap(tmp_path):
    tone = speech(100)
    tone.sound = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(tone.sound)) / RATE).astype(np.float32)
    parts = [part.path.read_bytes() for part in stream_video(tmp_path / "out.mp4", ramp(100), tone)]
    (tmp_path / "together.ts").write_bytes(b"".join(parts))
    rate, samples, _ = read_sound(tmp_path / "together.ts")
    loud = np.abs(samples[rate // 10 : -rate // 10, 0])
    windows = loud[: len(loud) // 480 * 480].reshape(-1, 480).max(1)  # 10 ms, more than four periods
    assert windows.min() > 0.45
    assert len(samples) / rate == pytest.approx(4, abs=0.06)


def test_each_part_starts_on_its_own_and_where_the_last_ended(tmp_path):
    starts = []
    for part in stream_video(tmp_path / "out.mp4", ramp(100), speech(100)):
        done = subprocess.run(
            [get_ffmpeg_exe(), "-hide_banner", "-i", part.path, "-vf", "showinfo", "-an", "-f", "null", "-"],
            capture_output=True,
            text=True,
        )
        first = re.search(r"n: *0 .*?pts_time:([\d.]+).*?type:(\w)", done.stderr)
        assert first[2] == "I"
        start = re.search(r"start: ([\d.]+)", done.stderr)
        starts.append(float(start[1]))
    assert np.diff(starts) == pytest.approx([0.48, 0.96, 1.92], abs=0.1)  # the sound may begin up to a tenth earlier


def test_the_first_part_comes_before_the_last_frames_are_made(tmp_path):
    made = []

    def frames():
        for chunk in ramp(200):
            if len(made) == 150:
                assert watched.wait(60), "nothing was handed over"
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
    parts = stream_video(tmp_path / "out.mp4", (made.append(0) or chunk for chunk in ramp(5000)), speech(5000))
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
    done = subprocess.run([get_ffmpeg_exe(), "-i", tmp_path / "out.mp4"], capture_output=True, text=True)
    assert COMMENT in done.stderr
    assert plays_from_the_start(tmp_path / "out.mp4")
