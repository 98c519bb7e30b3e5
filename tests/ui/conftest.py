"""A browser, and pages in it that notice whatever goes wrong behind them."""

import gradio as gr
import pytest

from support.browser import film, running_browser
from support.pages import DESK, PATIENCE, open_page
from support.paths import ASSETS
from support.pretend_engine import PretendEngine, loaded
from talking_face.ui.studio import Studio
from talking_face.ui.talk.giving import Giving
from talking_face.ui.talk.making import Making
from talking_face.ui.talk.takes import Takes


@pytest.fixture
def pretended():
    """An engine that only pretends."""
    return PretendEngine()


@pytest.fixture
def studio(pretended):
    return Studio(loaded(pretended))


@pytest.fixture
def giving(studio):
    return Giving(studio)


@pytest.fixture
def making(studio):
    takes = Takes()
    studio.forgets.append(takes.forget)
    return Making(studio, takes)


@pytest.fixture
def toasts(monkeypatch):
    """What is said in passing."""
    shown = []
    monkeypatch.setattr(gr, "Warning", shown.append)
    return shown


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    camera = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    film(ASSETS / "london_129.jpg", camera)
    with running_browser(camera, ASSETS / "good_news.wav") as browser:
        yield browser


@pytest.fixture
def visit(address, browser):
    """Open the page at a size and in a colour scheme; afterwards, make sure that nothing went wrong behind it."""
    contexts, wrong, ignored = [], [], []

    def visit(size=DESK, scheme="light", ignore=(), touch=False, locale="en-US", script=""):
        ignored.extend(ignore)
        window = {"viewport": dict(zip(("width", "height"), size)), "has_touch": touch, "is_mobile": touch}
        context = browser.new_context(color_scheme=scheme, locale=locale, **window)
        contexts.append(context)
        context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("response", lambda answer: answer.status >= 400 and wrong.append(f"{answer.status} {answer.url}"))
        page.on("request", lambda request: _is_foreign(request.url, address) and wrong.append(request.url))
        open_page(page, address)
        return page

    yield visit
    found = [text for text in wrong if not any(words in text for words in ignored)]  # before what goes on is cut off
    for context in contexts:
        context.close()
    assert found == []


def _is_foreign(url, address):
    return not url.startswith((address, "data:", "blob:"))
