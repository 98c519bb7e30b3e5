"""The page in other languages, by keyboard, with typed words, and without a connection."""

import signal

import numpy as np
import pytest
import soundfile

from support import group_photo
from support.browser import find_chromium, running_app
from support.pages import (
    DESK,
    LEFT,
    PATIENCE,
    PHONE,
    expect_accessible,
    expect_to_fit,
    open_page,
    open_tab,
    reload,
    screenshot,
    waits,
)
from support.ports import free_ports
from talking_face.media.reading import read_video

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = [pytest.mark.browser, pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed")]

# What is no text of ours: an attribute of Gradio's, the browser's devices, a file that the tests offer.
NO_WORDS = r"/object Object|^Fake |^val$|\.safetensors$/"
LOST = *LEFT, "Failed to load resource", "net::ERR"  # what is said besides where there is no network
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
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if locale == "ar" else "ltr")
    soundfile.write(tmp_path / "silence.wav", np.zeros(32000), 16000)
    page.locator("#voice input[type=file]").set_input_files(tmp_path / "silence.wav")
    sentence = {"ar": "التسجيل صامت", "zh-CN": "录音没有声音"}[locale]
    page.get_by_test_id("toast-body").get_by_text(sentence).first.wait_for()
    page.locator("#voice-note").get_by_text(sentence).wait_for()
    page.locator("#typed button").first.click()
    page.locator("#typed-text textarea").wait_for()
    expect(page.get_by_role("tab")).to_have_count(3)
    for tab in page.get_by_role("tab").all():
        open_tab(page, tab)
        screenshot(page, f"{locale}-{tab.get_attribute('id')}")
        expect_to_fit(page)
        expect_accessible(page)
    assert _untranslated(page) == []


def test_the_language_can_be_switched_and_typed_words_are_spoken_and_written_in_it(visit, tmp_path):
    page = visit(locale="ar", ignore=LEFT)
    page.locator("#language").select_option("de")
    page.get_by_role("button", name="Sprechen", exact=True).wait_for()
    reload(page)  # it is remembered
    page.get_by_role("button", name="Sprechen", exact=True).wait_for()
    page.locator("#faces img").last.click()
    page.get_by_text("Oder die Worte tippen").click()
    page.get_by_label("Was gesagt werden soll").fill("Gute Nachrichten! Ich kann sprechen.")
    page.get_by_role("button", name="Sag es").click()
    page.get_by_text("Sekunden Sprache in guter Lautstärke").wait_for()
    page.get_by_text("✅ Gesicht gefunden.").wait_for()
    page.get_by_role("button", name="Sprechen", exact=True).click()
    page.locator("#status").get_by_text("Sekunden Video.").wait_for()
    waits(page, IS_OVER, "hero")
    page.locator("#video video").evaluate("video => { video.currentTime = 0.5 }")
    waits(page, "document.querySelector('#video video').textTracks[0]?.activeCues?.length === 1")
    screenshot(page, "typed-german")
    cues = waits(
        page,
        "[...document.querySelector('#video video').textTracks[0].cues].map(c => [c.text, c.startTime, c.endTime])",
    )
    assert [words for words, *_ in cues] == ["Gute Nachrichten!", "Ich kann sprechen."]
    assert cues[0][1] == 0 and cues[0][2] == cues[1][1] < cues[1][2]
    assert cues[1][2] == pytest.approx(page.locator("#video video").evaluate("v => v.duration"), abs=0.2)
    page.evaluate(LISTEN)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Mit Untertiteln speichern").click()
    waits(page, "window.said.includes('Die Untertitel werden geschrieben')")
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
    waits(page, "!document.querySelector('#video video').paused")  # the portrait goes on speaking
    page.locator("#emotion input:checked").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#emotion input[value=neutral]")).to_be_checked()
    expect(page.locator("#status")).to_have_role("status")


LISTEN = """() => {
    const status = document.querySelector('#status'), hear = () => window.said += status.textContent
    window.said = ''
    new MutationObserver(hear).observe(status, { childList: true, characterData: true, subtree: true }) }"""
IS_OVER = """old => {
    const video = document.querySelector('#video video'), { take } = video.dataset
    return video.ended && take !== 'hero' && take !== old && take }"""

# Throughput in bytes a second and latency in milliseconds of slow 3G.
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
# Where a busy machine shows no picture though it has come, that is no stall of the network.
COUNT_STALLS = """() => {
    Object.assign(window, { stalls: 0, waited: false })
    const video = document.querySelector('#video video'), stage = document.querySelector('.stage')
    const waits = () => window.waited ||= stage.classList.contains('waits')
    new MutationObserver(waits).observe(stage, { attributeFilter: ['class'] })
    const isHere = time => [...Array(video.buffered.length).keys()].some(part =>
        video.buffered.start(part) <= time && time < video.buffered.end(part))
    const next = () => Math.min(video.currentTime + 0.5, video.duration - 0.1)
    video.addEventListener('waiting', () =>
        video.seeking || video.dataset.take === 'hero' || isHere(next()) || window.stalls++) }"""
TRIES = 3  # of which one has to do: where the machine is busy, pictures themselves may come too late


def test_a_slow_network_is_waited_for_once(visit):
    page = visit()
    _give(page)
    page.evaluate(COUNT_STALLS)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW_3G)
    take, stalls = "hero", []
    for _ in range(TRIES):
        page.evaluate("Object.assign(window, { stalls: 0, waited: false })")
        page.locator("#go").click()
        waits(page, "window.waited")  # before it plays
        screenshot(page, "slow-network")
        take = waits(page, IS_OVER, take)
        stalls.append(page.evaluate("window.stalls"))
        if stalls[-1] <= 1:
            break
    assert min(stalls) <= 1
    expect(page.locator(".stage.waits")).to_have_count(0)
    expect(page.locator("#lost")).to_be_hidden()


def _give(page):
    """Choose photo, line and emotion, and wait until the server has nothing to do any more."""
    page.locator("#faces img").last.click()
    page.get_by_text("Good news!").click()
    page.get_by_text("✅ Face found.").wait_for()
    page.get_by_text("seconds of speech").wait_for()
    page.evaluate(LISTEN)
    page.locator("#emotion input[value=sadness]").check(force=True)
    waits(page, "/Getting ready.*Your video will play here/s.test(window.said)")


def test_a_lost_connection_is_said_and_found_again(visit):
    page = visit(ignore=LOST)
    page.context.set_offline(True)
    lost = page.locator("#lost")
    lost.get_by_text("The connection is lost.").wait_for()
    screenshot(page, "lost")
    page.context.set_offline(False)
    lost.wait_for(state="hidden")


def test_a_server_that_starts_anew_gets_all_that_was_given(browser, tmp_path):
    log, port = tmp_path / "log.txt", free_ports(1)[0]
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        with running_app(log, served=tmp_path / "served", ending=signal.SIGKILL, port=port) as address:
            open_page(page, address)
            _give(page)
            page.locator("#photo input[type=file]").set_input_files(group_photo.save_group(tmp_path / "two.jpg"))
            page.get_by_text("Found 2 faces").wait_for()
            group_photo.click(page, group_photo.RIGHT)
            page.get_by_text("took number 2 by size").wait_for()
            page.locator("#go").click()
            waits(page, "window.said.includes('Making the video')")
            page.evaluate("window.before = true")
        page.locator("#lost").get_by_text("The connection is lost.").wait_for()
        with running_app(log, served=tmp_path / "again", port=port):
            waits(page, "!window.before")  # loaded anew
            page.get_by_text("took number 2 by size").wait_for()
            page.get_by_text("seconds of speech").wait_for()
            expect(page.locator("#emotion input[value=sadness]")).to_be_checked()
            page.close()


def test_another_server_that_takes_over_makes_the_video_that_was_being_made(visit):
    page = visit(ignore=LOST)
    _give(page)
    page.evaluate("window.before = true")
    first = []

    def join(route):
        visitor = route.request.post_data_json["session_hash"]
        first[:] = first or [visitor]
        if visitor not in first:
            route.continue_()  # what the first server is asked for never begins

    page.route("**/gradio_api/queue/join*", join)
    page.locator("#go").click()
    page.locator("#status").get_by_text("Getting ready").wait_for()
    page.route("**/gradio_api/app_id", lambda route: route.fulfill(json={"app_id": "another"}))
    waits(page, "!window.before")
    page.locator("#status").get_by_text("seconds of video").wait_for()
    expect(page.locator("#emotion input[value=sadness]")).to_be_checked()
