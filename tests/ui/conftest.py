"""A browser, and pages in it that notice whatever goes wrong behind them."""

import pytest

from support.browser import film, running_browser
from support.pages import DESK, QUICK
from support.paths import ASSETS


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    camera = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    film(ASSETS / "london_129.jpg", camera)
    with running_browser(camera, ASSETS / "good_news.wav") as browser:
        yield browser


@pytest.fixture
def visit(address, browser):
    """Open the page at a size and in a colour scheme; afterwards, make sure that nothing went wrong behind it."""
    contexts, wrong = [], []

    def visit(size=DESK, scheme="light", ignore=(), touch=False, locale="en-US"):
        window = {"viewport": dict(zip(("width", "height"), size)), "has_touch": touch, "is_mobile": touch}
        context = browser.new_context(color_scheme=scheme, locale=locale, **window)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(QUICK)
        page.on("console", lambda message: _is_wrong(message, ignore) and wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("response", lambda answer: answer.status >= 400 and wrong.append(f"{answer.status} {answer.url}"))
        page.on("request", lambda request: _is_foreign(request.url, address) and wrong.append(request.url))
        page.goto(address)
        page.locator("#go").wait_for()
        page.locator("#faces img").last.wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []


def _is_wrong(message, ignore):
    return message.type == "error" and not any(words in message.text for words in ignore)


def _is_foreign(url, address):
    return not url.startswith((address, "data:", "blob:"))
