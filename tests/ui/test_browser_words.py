"""The page in other languages, by keyboard, with typed words, and without a connection."""

import signal

import numpy as np
import pytest
import soundfile

from support.browser import find_chromium, running_app
from support.pages import DESK, PHONE, SLOW, screenshot, serious_violations, wait_for_rest
from talking_face.media.reading import read_video

pytest.importorskip("playwright")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed")]

# What is no text of ours: an attribute of Gradio's, the browser's devices, a file that the tests offer.
NO_WORDS = r"/object Object|^Fake |^val$|\.safetensors$/"
TALKING = """() => {
    if (/Getting ready|Making/.test(document.querySelector('#status').textContent)) return true
    const notes = [...document.querySelectorAll('#photo-note, #voice-note')].map(note => note.textContent)
    if (/Face found/.test(notes[0]) && /seconds of speech/.test(notes[1])) document.querySelector('#go').click()
}"""
FOCUSED = """() => {
    const element = document.activeElement, { outlineStyle } = getComputedStyle(element.closest('label') ?? element)
    const name = element === document.body ? '' : element.name || element.id || element.textContent.trim()
    return [name, outlineStyle !== 'none', !!element.closest('#emotion')]
}"""


def _untranslated(page):
    return page.evaluate(f"[...window.untranslated].filter(text => !{NO_WORDS}.test(text))")


@pytest.mark.parametrize(("size", "locale", "scheme"), [(PHONE, "ar", "dark"), (DESK, "zh-CN", "light")])
def test_the_whole_page_speaks_the_browsers_language(visit, tmp_path, size, locale, scheme):
    page = visit(size, scheme, locale=locale)
    assert page.evaluate("document.documentElement.dir") == ("rtl" if locale == "ar" else "ltr")
    soundfile.write(tmp_path / "silence.wav", np.zeros(32000), 16000)
    page.locator("#voice input[type=file]").set_input_files(tmp_path / "silence.wav")
    sentence = {"ar": "التسجيل صامت", "zh-CN": "录音没有声音"}[locale]
    page.locator("#voice-note").get_by_text(sentence).wait_for(timeout=SLOW)
    page.get_by_test_id("toast-body").get_by_text(sentence).first.wait_for()
    page.locator("#typed button").first.click()
    for tab in page.get_by_role("tab").all():
        tab.click()
        wait_for_rest(page)
        screenshot(page, f"{locale}-{tab.get_attribute('data-tab-id') or tab.get_attribute('id')}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert serious_violations(page) == []
    assert _untranslated(page) == []


def test_the_language_can_be_switched_and_typed_words_are_spoken_and_written_in_it(visit, tmp_path):
    page = visit(locale="ar")
    page.locator("#language").select_option("de")
    page.get_by_role("button", name="Sprechen", exact=True).wait_for()
    page.reload()  # it is remembered
    page.get_by_role("button", name="Sprechen", exact=True).wait_for(timeout=SLOW)
    page.locator("#faces img").last.click()
    page.get_by_text("Oder die Worte tippen").click()
    page.get_by_label("Was gesagt werden soll").fill("Gute Nachrichten! Ich kann sprechen.")
    page.get_by_role("button", name="Sag es").click()
    page.get_by_text("Sekunden Sprache in guter Lautstärke").wait_for(timeout=SLOW)
    page.get_by_text("✅ Gesicht gefunden.").wait_for(timeout=SLOW)
    page.get_by_role("button", name="Sprechen", exact=True).click()
    page.locator("#status").get_by_text("Sekunden Video.").wait_for(timeout=SLOW)
    page.locator("#video video").evaluate("video => { video.pause(); video.currentTime = 0.5 }")
    page.wait_for_function("document.querySelector('#video video').textTracks[0]?.activeCues?.length === 1")
    screenshot(page, "typed-german")
    cues = page.locator("#video video").evaluate(
        "v => [...v.textTracks[0].cues].map(c => [c.text, c.startTime, c.endTime])"
    )
    assert [words for words, *_ in cues] == ["Gute Nachrichten!", "Ich kann sprechen."]
    assert cues[0][1] == 0 and cues[0][2] == cues[1][1] < cues[1][2]
    assert cues[1][2] == pytest.approx(page.locator("#video video").evaluate("v => v.duration"), abs=0.2)
    with page.expect_download(timeout=SLOW) as saved:
        page.get_by_role("button", name="Mit Untertiteln speichern").click()
    assert saved.value.suggested_filename == "talking-face-happiness-captions.mp4"
    saved.value.save_as(tmp_path / "captions.mp4")
    frames = read_video(tmp_path / "captions.mp4")
    white = frames[:, -90:-40].min(-1) > 245
    assert white[2].mean() > 0.01 and (white[2] != white[-3]).mean() > 0.01  # two sentences
    assert _untranslated(page) == []


def test_everything_is_reached_and_seen_by_keyboard(visit):
    page = visit()
    page.locator("#language").focus()
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
        if seen[-1][0] == "language":  # once around
            break
    assert sum(inside for _, _, inside in seen) == 1, "the emotions are one stop"
    assert [name for name, outlined, _ in seen if name and not outlined] == []
    assert page.locator("#video video").evaluate("video => !video.paused")  # the portrait goes on speaking
    page.locator("#emotion input:checked").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#emotion input:checked").input_value() == "neutral"
    assert page.locator("#status").get_attribute("role") == "status"


# Throughput in bytes a second and latency in milliseconds of slow 3G.
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
COUNT_STALLS = """() => {
    window.stalls = 0
    const video = document.querySelector('#video video')
    video.addEventListener('waiting', () => video.seeking || video.dataset.take === 'hero' || window.stalls++) }"""


def test_a_slow_network_is_waited_for_once(visit):
    page = visit()
    page.locator("#faces img").first.click()
    page.get_by_text("Good news!").click()
    page.get_by_text("✅ Face found.").wait_for(timeout=SLOW)
    page.get_by_text("seconds of speech").wait_for(timeout=SLOW)
    page.evaluate(COUNT_STALLS)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW_3G)
    page.locator("#go").click()
    page.locator(".stage.waits").wait_for(timeout=SLOW)  # before it plays
    screenshot(page, "slow-network")
    page.wait_for_function(
        "() => { const v = document.querySelector('#video video'); return v.ended && v.dataset.take !== 'hero' }",
        timeout=SLOW,
    )
    assert page.evaluate("window.stalls") <= 1
    assert page.locator(".stage.waits").count() == 0 and page.locator("#lost").is_hidden()


def _give(page):
    page.locator("#faces img").last.click()
    page.get_by_text("Good news!").click()
    page.get_by_text("✅ Face found.").wait_for(timeout=SLOW)
    page.get_by_text("seconds of speech").wait_for(timeout=SLOW)
    page.locator("#emotion input[value=sadness]").check(force=True)


def test_a_lost_connection_is_said_and_all_that_was_given_comes_back(browser, tmp_path):
    context = browser.new_context()
    with running_app(tmp_path / "log.txt", served=tmp_path / "served", ending=signal.SIGKILL) as address:
        page = context.new_page()
        page.goto(address)
        _give(page)
        lost = page.locator("#lost")
        context.set_offline(True)
        lost.get_by_text("The connection is lost.").wait_for(timeout=SLOW)
        screenshot(page, "lost")
        context.set_offline(False)
        lost.wait_for(state="hidden")

        # Where Gradio waited for an answer meanwhile, it loads the page anew.
        page.wait_for_function(TALKING, polling=1000, timeout=SLOW)
        page.evaluate("window.before = true")
    lost.get_by_text("The connection is lost.").wait_for(timeout=SLOW)  # the server is gone
    with running_app(tmp_path / "log.txt", served=tmp_path / "again", port=address.rsplit(":", 1)[1]):
        page.wait_for_function("!window.before", timeout=SLOW)  # loaded anew
        page.get_by_text("✅ Face found.").wait_for(timeout=SLOW)
        page.get_by_text("seconds of speech").wait_for(timeout=SLOW)
        assert page.locator("#emotion input:checked").input_value() == "sadness"
        context.close()


def test_another_server_that_takes_over_makes_the_video_that_was_being_made(visit):
    page = visit(ignore=("Failed to load resource", "net::ERR", "AbortError", "Connection errored out"))
    _give(page)
    page.evaluate("window.before = true")
    page.route("**/gradio_api/queue/data*", lambda route: None)  # the first server never gets there
    page.locator("#go").click()
    page.locator("#status").get_by_text("Getting ready").wait_for(timeout=SLOW)
    page.route("**/gradio_api/app_id", lambda route: route.fulfill(json={"app_id": "another"}))
    page.wait_for_function("!window.before", timeout=SLOW)
    page.unroute("**/gradio_api/queue/data*")
    page.locator("#status").get_by_text("seconds of video").wait_for(timeout=SLOW)
    assert page.locator("#emotion input:checked").input_value() == "sadness"
