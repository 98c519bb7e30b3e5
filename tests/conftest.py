"""The shipped engine, a portrait and a recording, loaded once for all tests."""

import os
from importlib.util import find_spec

import numpy as np
import pytest

from support.paths import ASSETS, ROOT, files

# What librosa has numba compile is kept in one folder a process: where two fill one at once, who reads it may crash
# (https://github.com/numba/numba/issues/10128).
os.environ["NUMBA_CACHE_DIR"] = str(ROOT / ".pytest_cache" / "numba" / os.environ.get("PYTEST_XDIST_WORKER", "alone"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep what shares fixtures on one worker: the tests of a file, and all that visit the app, which come first.

    What a browser shows depends on how busy the machine is: such a test fails when it fails twice.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
        item.add_marker(pytest.mark.xdist_group("app" if _visits_app(item) else item.location[0]))
        if _visits_app(item):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: not _visits_app(item))


def _visits_app(item):
    return "address" in item.fixturenames


@pytest.fixture(scope="session", autouse=True)
def generators():
    """Tests draw numbers from generators of PyTorch's, for which `lean_torch` leaves something out."""
    import torch._prims.rng_prims  # noqa: F401


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """A cache folder of the tests' own; the certificate in it serves them all."""
    folder = os.environ["TALKING_FACE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    return folder


@pytest.fixture(scope="session")
def engine():
    from talking_face.engine import TalkingFace

    return TalkingFace.load("deformable")


@pytest.fixture(scope="session")
def portrait(engine):
    return engine.portrait(ASSETS / "london_009.jpg")


@pytest.fixture(scope="session")
def speech(engine):
    return engine.speech(ASSETS / "good_news.wav")


@pytest.fixture(scope="session")
def short_speech(engine, speech):
    """15 frames of the recording."""
    start = int(0.3 * speech.rate)
    return engine.speech((speech.rate, speech.sound[start : start + int(0.6 * speech.rate)]))


@pytest.fixture(scope="session")
def talking_frames(engine, portrait, short_speech):
    """The shipped generator's canonical crop saying them, as models are compared: the head stays; (15, 256, 256, 3)."""
    return np.concatenate(list(engine.render(portrait, short_speech, crop=True, liveliness=0)))


@pytest.fixture
def clips_folder(tmp_path, talking_frames, short_speech):
    """A folder with these frames as video, and a file that is none."""
    from talking_face.media.writing import write_video

    folder = tmp_path / "clips"
    folder.mkdir()
    write_video(folder / "talk.mp4", [talking_frames], short_speech.sound, short_speech.rate)
    (folder / "broken.mp4").write_text("no video")
    return folder


@pytest.fixture(scope="session")
def prepared_clip(portrait):
    """A clip of the portrait standing still, and its face at the size of the canonical crop."""
    import cv2

    from talking_face.data.clip import Clip
    from talking_face.face.geometry import transform

    points = transform(portrait.matrix, portrait.landmarks).astype(np.float32)
    video = np.stack([cv2.resize(portrait.crop, (128, 128), interpolation=cv2.INTER_AREA)] * 4)
    speech = np.sin(np.arange(4 * 320) / 5).astype(np.float32)
    landmarks = np.stack([points] * 4) / 2
    labels = ("ann_one", "ann", "neutral", "XX", "train")
    return Clip(*labels, video, speech, landmarks, np.repeat(speech, 2)), portrait.crop


@pytest.fixture(scope="session")
def narrow_weights(tmp_path_factory):
    """Path of a narrow baseline's random weights, as text."""
    from support.narrow_baseline import save_narrow

    return str(save_narrow(tmp_path_factory.mktemp("weights") / "narrow.safetensors"))


@pytest.fixture(scope="session")
def few_frames(engine, speech):
    """The recording after its first second, as much of it as is compared."""
    from support.compared import FRAMES

    return engine.speech((speech.rate, speech.sound[speech.rate : speech.rate + speech.rate * FRAMES // 25]))


@pytest.fixture(scope="session")
def compared(portrait, few_frames, narrow_weights):
    """Our model and the narrow baseline, saying them happily."""
    from talking_face.evaluation.comparison import compare

    return compare(portrait, few_frames, "happiness", ["deformable", narrow_weights])


@pytest.fixture(scope="session")
def shape():
    """The face that all landmarks are measured by."""
    from talking_face.face.shape import FaceShape

    return FaceShape.load()


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory):
    """Where the shared app keeps its files."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="session")
def app_log(app_folder):
    return app_folder / "log.txt"


@pytest.fixture(scope="session")
def address(app_folder, app_log, narrow_weights):
    """Where the real demo answers, tools and one model more than usual included; started once, and leaves no files."""
    from support.browser import running_app

    options = ["--mcp"] if find_spec("mcp") else []
    options += ["--compare-with", narrow_weights]
    with running_app(app_log, *options, served=app_folder / "served") as address:
        yield address
    assert files(app_folder / "served") == []
