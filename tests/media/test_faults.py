"""What goes wrong around a job ends in a sentence or is survived; nothing is left half done, and the next job works."""

import errno
import os
import resource
import stat
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest

from support.jobs import frames, next_job_works, wait_for, write
from support.paths import ROOT
from talking_face.audio import load_speech
from talking_face.errors import OutputError, RecordingError, SettingError
from talking_face.media import temporary_folders
from talking_face.media.reading import read_video
from talking_face.media.writing import write_gif, write_video
from talking_face.media.yuv import PlanarWriter

OLDER = b"an older video"
FOREVER = """
import itertools, sys, numpy as np
from talking_face.media.writing import write_video
noise = np.random.default_rng(0).integers(0, 255, (25, 64, 64, 3), np.uint8)
write_video(sys.argv[1], itertools.repeat(noise), np.zeros(16000), 16000)
"""


def test_killed_in_mid_render(tmp_path):
    path = tmp_path / "out.mp4"
    path.write_bytes(OLDER)
    process = subprocess.Popen([sys.executable, "-c", FOREVER, path], cwd=ROOT)
    wait_for(lambda: list(tmp_path.glob(f"{temporary_folders.PREFIX}*/part.mp4")))
    process.kill()
    process.wait()
    assert path.read_bytes() == OLDER
    (left,) = tmp_path.glob(f"{temporary_folders.PREFIX}*")
    long_ago = time.time() - 2 * temporary_folders.YOUNG
    wait_for(
        lambda: os.utime(left, (long_ago, long_ago)) or left.stat().st_mtime < time.time() - temporary_folders.YOUNG
    )
    next_job_works(tmp_path, ["out.mp4"])


def test_work_in_progress_is_not_cleared_away(tmp_path):
    def interrupted_by_another():
        yield from frames(2)
        (mine,) = tmp_path.glob(f"{temporary_folders.PREFIX}*")
        os.utime(mine, (0, 0))
        write(tmp_path / "other.mp4")
        yield from frames(2)

    write_video(tmp_path / "out.mp4", interrupted_by_another(), np.zeros(12800), 16000)
    next_job_works(tmp_path, ["other.mp4", "out.mp4"])


@contextmanager
def small_disk(folder):
    """A file system of two megabytes."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], capture_output=True)
    if done.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_disk_full(tmp_path):
    with small_disk(tmp_path):
        (tmp_path / "out.gif").write_bytes(OLDER)
        with pytest.raises(OutputError, match="free some space"):
            write_video(tmp_path / "out.mp4", frames(2000, 256), np.zeros(1600), 16000)
        with pytest.raises(OutputError, match="could not be written to the end"):
            write_gif(tmp_path / "out.gif", frames(30, 256))
        assert (tmp_path / "out.gif").read_bytes() == OLDER
        next_job_works(tmp_path, ["out.gif"])


def test_no_room_for_the_sound(tmp_path):
    with small_disk(tmp_path), pytest.raises(OutputError, match="full"):
        write_video(tmp_path / "out.mp4", frames(), np.zeros(60 * 16000), 16000)


def test_disk_full_while_signing(tmp_path, monkeypatch):
    """There was room for the video, but none for what it says about itself."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OutputError, match="disk is full"):
        patch.setattr("talking_face.media.content_credentials._add_xmp", full)
        write(tmp_path / "out.mp4")
    next_job_works(tmp_path)


def test_files_limited_in_size(tmp_path):
    """As by `ulimit -f`: ffmpeg dies of it in mid-video."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    code = (
        FOREVER.replace("write_video(", "\ntry: write_video(")
        + "except Exception as error: print(type(error).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "out.mp4"], cwd=ROOT, preexec_fn=limit, capture_output=True
    )
    assert done.stdout == b"OutputError\n"
    next_job_works(tmp_path)


def test_ffmpeg_missing(tmp_path, monkeypatch):
    def none():
        raise RuntimeError("No ffmpeg exe could be found.")

    with monkeypatch.context() as patch:
        patch.setattr("imageio_ffmpeg.get_ffmpeg_exe", none)
        (tmp_path / "phone").write_bytes(b"\0\0\0\x20ftypM4A ")
        for job in (write, lambda path: load_speech(tmp_path / "phone"), lambda path: read_video(tmp_path / "phone")):
            with pytest.raises(SettingError, match="ffmpeg is missing"):
                job(tmp_path / "out.mp4")
    (tmp_path / "phone").unlink()
    next_job_works(tmp_path)


@pytest.mark.parametrize("script", ["exit 1", "exec sleep 0", "kill -9 $$", "head -c 999999 >/dev/null; exit 3"])
def test_ffmpeg_dying_at_once(tmp_path, monkeypatch, script):
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with monkeypatch.context() as patch:
        patch.setattr("talking_face.media.yuv.FFMPEG_BINARY", str(program))
        patch.setattr("imageio_ffmpeg.get_ffmpeg_exe", lambda: str(program))
        with pytest.raises(OutputError):
            write(tmp_path / "out.mp4")
        (tmp_path / "song").write_bytes(b"no music")
        with pytest.raises(RecordingError):
            load_speech(tmp_path / "song")
    (tmp_path / "song").unlink()
    next_job_works(tmp_path, ["ffmpeg"])


def test_ffmpeg_gone_since_the_start(tmp_path, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(OutputError, match="cannot be started"):
        patch.setattr("talking_face.media.yuv.FFMPEG_BINARY", str(tmp_path / "nowhere"))
        write(tmp_path / "out.mp4")
    next_job_works(tmp_path)


def test_ffmpeg_killed_in_mid_video(tmp_path, monkeypatch):
    """Between two frames, it was working, and then it is gone."""
    write_frames, written = PlanarWriter.write_frames, []

    def write_and_kill(writer, frames):
        write_frames(writer, frames)
        written.append(len(frames))
        if sum(written) >= 10:
            assert writer.proc.poll() is None
            writer.proc.kill()
            writer.proc.wait()

    with monkeypatch.context() as patch, pytest.raises(OutputError, match="could not be written to the end"):
        patch.setattr(PlanarWriter, "write_frames", write_and_kill)
        write(tmp_path / "out.mp4")
    assert sum(written) >= 10
    next_job_works(tmp_path)


def test_two_processes_write_one_file(tmp_path):
    code = FOREVER.replace("itertools.repeat(noise)", "[noise]")
    command = [sys.executable, "-c", code, tmp_path / "out.mp4"]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert len(read_video(tmp_path / "out.mp4")) == 25 and os.listdir(tmp_path) == ["out.mp4"]


@pytest.mark.parametrize("jump", [-400 * 86400, 400 * 86400])
def test_the_clock_jumps_in_mid_video(tmp_path, monkeypatch, jump):
    real = time.time

    def jumping():
        yield from frames(2)
        monkeypatch.setattr(time, "time", lambda: real() + jump)
        yield from frames(2)

    write_video(tmp_path / "out.mp4", jumping(), np.zeros(12800), 16000)
    assert len(read_video(tmp_path / "out.mp4")) == 20
    monkeypatch.undo()
    next_job_works(tmp_path, ["out.mp4"])


def test_a_folder_that_vanishes_in_mid_video(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()

    def vanishing():
        yield from frames(2)
        for path in folder.rglob("*"):
            if path.is_file():
                path.unlink()
        yield from frames(2)

    with pytest.raises(OutputError):
        write_video(folder / "out.mp4", vanishing(), np.zeros(12800), 16000)
    next_job_works(folder)
