"""An interrupted or refused command says so, and leaves nothing half done."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from support.jobs import next_job_works, wait_for, write
from support.paths import ROOT
from support.strange_files import PHOTO, VOICE
from talking_face.cli import main
from talking_face.cli.progress import ProgressBar
from talking_face.errors import OutputError
from talking_face.media import temporary_folders, writing


@pytest.mark.slow
def test_an_interrupted_command_says_how_far_it_got(tmp_path):
    samples, rate = soundfile.read(VOICE)
    soundfile.write(tmp_path / "long.wav", np.tile(samples, 100), rate)
    command = [sys.executable, "-m", "talking_face", "generate", "--image", PHOTO, "--audio", tmp_path / "long.wav"]
    command += ["--output", tmp_path / "out.mp4", "--crop", "--max-seconds", "600"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: list(tmp_path.glob(f"{temporary_folders.PREFIX}*/part.mp4")))
    process.send_signal(signal.SIGTERM)  # Ctrl-C, SIGINT, is Python's own
    said = process.communicate(timeout=300)[1].splitlines()
    assert process.returncode == 130
    assert said[-1].startswith("talking_face: stopped after ") and said[-1].endswith(" of 445 s; nothing was written.")
    assert os.listdir(tmp_path) == ["long.wav"]


def test_how_far_is_counted_in_seconds():
    with pytest.raises(KeyboardInterrupt, match="after 12 of 600 s"), ProgressBar(15000) as progress:
        progress(300, 15000)
        raise KeyboardInterrupt


def test_no_sentence_is_needed_twice(tmp_path, capsys, monkeypatch):
    """What was refused leaves the program as it was: the same process goes on with the next job."""
    assert main(["verify", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setattr(writing, "PRESET", "no such preset")
    with pytest.raises(OutputError):
        write(tmp_path / "out.mp4")
    monkeypatch.undo()
    next_job_works(tmp_path)
