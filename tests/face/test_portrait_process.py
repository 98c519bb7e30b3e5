"""The portrait that another process finds is the same, and so is what it says of a photo without a face."""

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from support.paths import ASSETS
from talking_face.concurrency.subprocesses import run_python
from talking_face.face import portrait_process

PHOTO = ASSETS / "london_009.jpg"
FOUND_AHEAD = """
import sys
from talking_face.errors import PhotoError
from talking_face.face.portrait_process import portrait_ahead

with portrait_ahead(sys.argv[1], 1280) as found:
    portrait = found(None)
with portrait_ahead(sys.argv[2], 1280) as found:
    try:
        found(None)
    except PhotoError as error:
        print(error)
assert "torch" not in sys.modules
print(portrait.crop.shape, portrait.landmarks.sum(dtype=float))
"""


class Engine(SimpleNamespace):
    """An engine that only looks for faces."""

    def portrait(self, image, max_side):
        return f"the face of {image} at {max_side}"


@pytest.mark.slow
def test_a_process_of_its_own_finds_the_same_portrait_or_none(tmp_path, monkeypatch):
    from talking_face.face.portrait import find_portrait

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))  # dlib finds faces without torch, face-alignment would not
    monkeypatch.delenv("TALKING_FACE_LANDMARKS", raising=False)
    Image.fromarray(np.full((300, 300, 3), 128, np.uint8)).save(tmp_path / "grey.png")
    said = run_python(["-c", FOUND_AHEAD, PHOTO, tmp_path / "grey.png"]).stdout.splitlines()
    landmarks = find_portrait(PHOTO).landmarks
    assert said[0].startswith("No face was found") and said[1] == f"(256, 256, 3) {landmarks.sum(dtype=float)}"


def test_where_torch_is_loaded_already_the_engine_finds_it():
    import torch  # noqa: F401

    with portrait_process.portrait_ahead("a photo", 640) as found:
        assert found(Engine()) == "the face of a photo at 640"


def test_without_the_other_process_the_engine_finds_it():
    future = Future()
    future.set_exception(BrokenProcessPool("killed"))
    assert portrait_process._wait(future, "a photo", 640, Engine()) == "the face of a photo at 640"
