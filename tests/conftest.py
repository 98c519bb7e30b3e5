"""The shipped engine, a portrait and a recording, loaded once for all tests."""

import os

import pytest

from support.paths import ASSETS


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep what shares fixtures on one worker: the tests of a file, and all that visit the app, which come first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group("app" if _visits_app(item) else item.location[0]))
    items.sort(key=lambda item: not _visits_app(item))


def _visits_app(item):
    return "address" in item.fixturenames


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
def shape():
    """The face that all landmarks are measured by."""
    from talking_face.face.shape import FaceShape

    return FaceShape.load()


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Where the real demo answers; started once."""
    from support.browser import running_app

    with running_app(tmp_path_factory.mktemp("app") / "log.txt") as address:
        yield address
