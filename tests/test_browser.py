"""The demo as people meet it: the real app in a real browser, at desk and phone width, with camera and microphone.

Screenshots go to artefacts/, to be looked at.
"""

import numpy as np
import pytest
import soundfile
from browser import ASSETS, ROOT, film, find_chromium, running_app, running_browser
from PIL import Image

pytest.importorskip("playwright")
pytestmark = pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed")

DESK, PHONE = (1280, 900), (390, 844)
SCREENSHOTS = ROOT / "artefacts"
QUICK, SLOW = 30_000, 300_000  # milliseconds: for the page alone, and for anything that waits for the engine
SECONDS = 4.5  # of the first example's recording


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("app") / "log.txt") as address:
        yield address


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

    def visit(size=DESK, scheme="light"):
        context = browser.new_context(viewport=dict(zip(("width", "height"), size)), color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(QUICK)
        page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("response", lambda answer: answer.status >= 400 and wrong.append(f"{answer.status} {answer.url}"))
        page.on("request", lambda request: _is_foreign(request.url, address) and wrong.append(request.url))
        page.goto(address)
        page.get_by_role("button", name="Talk").wait_for()
        page.wait_for_load_state("networkidle")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []


def _is_foreign(url, address):
    return not url.startswith((address, "data:", "blob:"))


def _screenshot(page, name):
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{page.viewport_size['width']}.png", full_page=True)


def _choose_example(page, name="good_news.wav"):
    page.get_by_text(name).click()
    page.get_by_text("Face found.").wait_for(timeout=SLOW)
    page.get_by_text("seconds of speech.").wait_for(timeout=SLOW)


def _talk(page):
    page.get_by_role("button", name="Talk").click()
    return _video(page)


def _video(page, other_than=None):
    """Wait for a (new) video; its address."""
    ready = """old => {
        const video = document.querySelector('video')
        return video && video.src !== old && video.readyState >= 3 && video.src }"""
    return page.wait_for_function(ready, arg=other_than, timeout=SLOW).json_value()


def _upload(page, inside, path):
    page.locator(inside).get_by_label("File upload").set_input_files(path)


def _see(page, text):
    """Wait for a sentence both on the page and in the passing message."""
    page.get_by_test_id("toast-body").get_by_text(text).wait_for(timeout=SLOW)
    page.get_by_test_id("markdown").get_by_text(text).wait_for()
    assert page.get_by_text("Traceback").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_page_opens_and_fits(visit, size, scheme):
    page = visit(size, scheme)
    _screenshot(page, f"empty-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    unnamed = """() => [...document.querySelectorAll('button, input, video')].filter(e => e.offsetParent && !(
        e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)"""
    assert page.evaluate(unnamed) == []


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_an_example_talks_and_changes_its_mind(visit, size):
    page = visit(size, "light" if size == DESK else "dark")
    talk = page.get_by_role("button", name="Talk")
    place = talk.bounding_box()
    _choose_example(page)
    first = _talk(page)
    moved = abs(talk.bounding_box()["y"] + page.evaluate("scrollY") - place["y"])
    assert moved < 4, f"the layout jumped by {moved} pixels"

    video = page.locator("video")
    assert video.evaluate("v => v.duration") == pytest.approx(SECONDS, abs=0.1)
    assert video.evaluate("v => v.captureStream().getAudioTracks().length") == 1
    page.wait_for_function("document.querySelector('video').currentTime > 0.5")
    _screenshot(page, "talking")

    page.get_by_label("Sadness").check()
    second = _video(page, other_than=first)
    page.get_by_label("range slider for Intensity").press("ArrowRight")
    third = _video(page, other_than=second)
    assert len({first, second, third}) == 3
    assert page.locator("video").evaluate("v => v.duration") == pytest.approx(SECONDS, abs=0.1)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_camera_and_microphone(visit, size):
    page = visit(size)
    page.get_by_label("Capture from camera").click()
    page.get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('video')?.videoWidth > 0")
    _screenshot(page, "camera")
    page.get_by_label("capture photo").click()
    page.get_by_text("Face found.").wait_for(timeout=SLOW)
    page.get_by_alt_text("The photo, with the face that was found outlined").wait_for()

    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Stop").locator("visible=true").click()
    note = page.get_by_text("seconds of speech.")
    note.wait_for(timeout=SLOW)
    seconds = float(note.text_content().split()[1])
    assert seconds > 1

    _talk(page)
    assert page.locator("video").evaluate("v => v.duration") == pytest.approx(seconds, abs=0.1)
    _screenshot(page, "recorded")


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_bad_photos_are_told_and_nothing_is_lost(visit, tmp_path, size):
    page = visit(size)
    _choose_example(page)
    video = _talk(page)

    Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)).save(tmp_path / "noise.png")
    page.get_by_label("Remove Image").click()
    _upload(page, "#photo", tmp_path / "noise.png")
    _see(page, "No face was found")
    _screenshot(page, "no-face")

    page.get_by_label("Remove Image").click()
    (tmp_path / "damaged.jpg").write_bytes(b"no photo")
    _upload(page, "#photo", tmp_path / "damaged.jpg")
    page.get_by_text("cannot be read").wait_for(timeout=SLOW)

    page.get_by_role("button", name="Talk").click()
    page.get_by_text("There is no photo yet").wait_for(timeout=SLOW)
    assert page.locator("video").get_attribute("src") == video
    assert page.get_by_text("seconds of speech.").is_visible()


def test_a_silent_recording_is_told(visit, tmp_path):
    page = visit()
    soundfile.write(tmp_path / "silence.wav", np.zeros(32000), 16000)
    page.locator("#voice").get_by_label("Upload file").click()
    _upload(page, "#voice", tmp_path / "silence.wav")
    _see(page, "The recording is silent")
    _screenshot(page, "silent")
    page.get_by_role("button", name="Talk").click()
    page.get_by_text("There is no photo yet").wait_for(timeout=SLOW)
