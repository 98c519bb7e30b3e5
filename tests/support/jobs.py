"""Small jobs, and what must hold after one that went wrong."""

import os
import time

import numpy as np

from talking_face.media.content_credentials import read
from talking_face.media.reading import read_video
from talking_face.media.writing import write_video

PATIENCE = 600  # seconds


def frames(count=4, size=64):
    noise = np.random.default_rng(0).integers(0, 255, (5, size, size, 3), np.uint8)
    for _ in range(count):
        yield noise


def write(path):
    return write_video(path, frames(), np.zeros(12800), 16000)


def next_job_works(folder, names=()):
    """A job into the same folder succeeds, and leaves nothing there but its video."""
    write(folder / "next.mp4")
    assert len(read_video(folder / "next.mp4")) == 20 and read(folder / "next.mp4").credentials == "trusted"
    assert sorted(os.listdir(folder)) == sorted(["next.mp4", *names])


def wait_for(condition):
    """Wait until something holds; only what never will takes so long."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
