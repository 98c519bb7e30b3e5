"""People who do things in odd orders, refuse what they are asked for, send on what they like, or have a bad network."""

import re

import numpy as np
import pytest
import soundfile

from support.browser import find_chromium
from support.pages import LEFT, PHONE, reload, screenshot, waits
from support.paths import ASSETS
from talking_face.media.frame_rate import FPS
from talking_face.media.reading import read_video
from talking_face.ui.jobs import STOPPED

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = [pytest.mark.browser, pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed")]

REFUSE = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('refused', 'NotAllowedError') }"
# A phone's sharing that fails in the ways of `refusals`, then works; what was shared is in `shared`.
SHARE = """Object.assign(window, { shared: [], refusals: [] })
    navigator.canShare = () => true
    navigator.share = async ({ files: [file] }) => {
        const wrong = window.refusals.shift()
        if (wrong) throw new DOMException('refused', wrong)
        window.shared.push([file.name, file.type, file.size])
    }"""
IS_WHOLE = """() => {
    const { buffered, duration, dataset } = document.querySelector('#video video')
    return dataset.take !== 'hero' && buffered.length === 1 && buffered.end(0) > duration - 0.3 }"""
IS_NEW = "document.querySelector('#video video').dataset.take !== window.old"
LEAD = "video => { video.currentTime = 0.5; video.play(); return window.player.ask(false)[1] - 0.5 }"
GO_BACK = "video => { video.pause(); video.currentTime = 0.5 }"  # and stay: on a busy machine it would be over too soon
SLOWLY = """milliseconds => {
    const ask = window.fetch
    window.old = document.querySelector('#video video').dataset.take
    window.fetch = async (...given) => {
        if (/queue.join/.test(given[0])) await new Promise(done => setTimeout(done, milliseconds))
        return ask(...given)
    } }"""


def _give(page, voice=ASSETS / "good_news.wav"):
    page.locator("#photo input[type=file]").set_input_files(ASSETS / "london_129.jpg")
    page.get_by_text("✅ Face found.").wait_for()
    page.locator("#voice input[type=file]").set_input_files(voice)
    page.get_by_text("seconds of speech").wait_for()


def _talk(page):
    page.locator("#go").click()
    page.locator("#status").get_by_text("seconds of video").wait_for()
    waits(page, IS_WHOLE)


def test_a_new_photo_is_looked_at_while_the_old_one_talks_and_a_stopped_video_ends_and_is_saved(visit, tmp_path):
    page = visit()
    sound, rate = soundfile.read(ASSETS / "good_news.wav")
    soundfile.write(tmp_path / "long.wav", np.tile(sound, 13), rate)
    _give(page, tmp_path / "long.wav")
    page.locator("#go").click()
    status = page.locator("#status")
    status.get_by_text("Making the video").wait_for()
    before = page.locator("#face img").get_attribute("src")
    page.locator("#photo input[type=file]").set_input_files(ASSETS / "london_024.jpg")
    page.locator(".stage .mark").wait_for()  # of the photo before
    expect(page.locator("#face img")).not_to_have_attribute("src", before)
    assert "Making the video" in status.inner_text()  # of a minute, which takes long
    screenshot(page, "new-photo-meanwhile")
    page.get_by_role("button", name="Stop", exact=True).click()
    status.get_by_text(STOPPED).wait_for()
    waits(page, "document.querySelector('#video video').duration < 55")
    page.locator("#video video").evaluate("video => { video.currentTime = video.duration - 0.2; video.play() }")
    waits(page, "document.querySelector('#video video').ended")
    status.get_by_text("Save gives the").wait_for()
    with page.expect_download() as saved:
        page.locator("#save").click()
    saved.value.save_as(tmp_path / "saved.mp4")
    shown = page.locator("#video video").evaluate("video => video.duration")
    assert len(read_video(tmp_path / "saved.mp4")) / FPS == pytest.approx(shown, abs=0.1)
    page.locator("#takes").get_by_text("Happiness, take 1").wait_for()
    end = "video => { video.currentTime = video.duration - 0.1; video.play(); return window.player.ask(false)[1] }"
    assert page.locator("#video video").evaluate(end) <= shown + 0.01  # no gap before what comes next


def test_a_page_that_is_loaded_anew_has_all_that_was_given_until_it_is_taken_away(visit):
    page = visit(ignore=LEFT)
    _give(page)
    page.get_by_label("Sadness").check()
    page.get_by_label("range slider for Intensity").press("ArrowRight")
    page.locator("#typed button").first.click()
    page.locator("#typed-text textarea").fill("These are my words.")
    page.get_by_role("button", name="More").click()
    page.get_by_label("Square").check()
    _talk(page)
    page.locator("#takes").get_by_text("Sadness, take 1").wait_for()
    waits(page, "sessionStorage.getItem('talking-face-fields').includes('my words')")
    reload(page)
    page.get_by_text("✅ Face found.").wait_for()
    page.get_by_text("seconds of speech").wait_for()
    page.locator("#takes").get_by_text("Sadness, take 1").wait_for()
    expect(page.get_by_label("Sadness")).to_be_checked()
    expect(page.get_by_label("range slider for Intensity")).to_have_value("1.1")
    page.locator("#typed button").first.click()
    expect(page.locator("#typed-text textarea")).to_have_value("These are my words.")
    page.get_by_role("button", name="More").click()
    expect(page.get_by_label("Square")).to_be_checked()
    screenshot(page, "loaded-anew")
    _talk(page)
    page.get_by_label("Remove Image").first.click()
    page.locator("#photo-note").get_by_text("One face, looking at the camera").wait_for()
    waits(page, "JSON.parse(sessionStorage.getItem('talking-face-fields'))[0] === null")
    reload(page)
    page.get_by_text("seconds of speech").wait_for()
    expect(page.locator("#photo img")).to_have_count(0)


def test_refused_microphone_and_camera_are_told_where_one_looks(visit):
    page = visit(PHONE, touch=True, script=REFUSE)
    page.locator("#faces img").last.tap()
    page.get_by_text("✅ Face found.").wait_for()
    page.locator("#next-voice").tap()
    expect(page.locator(".recorder output")).to_contain_text("The microphone cannot be used")
    expect(page.locator(".recorder output")).to_be_in_viewport()
    screenshot(page, "microphone-refused")
    page.get_by_label("Capture from camera").tap()
    expect(page.locator(".refused")).to_contain_text("The camera cannot be used")
    page.locator("#photo").get_by_text("Take or choose a photo").wait_for()
    screenshot(page, "camera-refused")
    page.locator("#faces img").last.tap()
    page.get_by_text("✅ Face found.").wait_for()
    expect(page.locator(".refused")).to_be_hidden()


def test_a_video_is_sent_on_in_one_touch_or_two_or_saved(visit):
    page = visit(PHONE, touch=True, script=SHARE)
    _give(page)
    _talk(page)
    share, send = page.locator("#share"), page.locator("#send")

    def touch(button, *refusals):
        page.evaluate("refusals => { window.refusals = refusals }", list(refusals))
        button.tap()
        waits(page, "!window.refusals.length")

    touch(share, "AbortError")  # they changed their mind
    expect(send).to_be_hidden()
    touch(share)
    waits(page, "window.shared.length === 1")
    old = page.locator("#video video").get_attribute("data-take")
    page.locator("#emotion label", has_text="Anger").tap()
    waits(page, "old => document.querySelector('#video video').dataset.take !== old", old)
    page.locator("#status").get_by_text("seconds of video").wait_for()
    touch(share, "NotAllowedError")  # getting the file took too long
    expect(share).to_be_hidden()
    screenshot(page, "send")
    touch(send)
    waits(page, "window.shared.length === 2")
    expect(share).to_be_visible()
    ((name, kind, size), (other, *_)) = page.evaluate("window.shared")
    assert (name, other) == ("talking-face-happiness.mp4", "talking-face-anger.mp4")
    assert kind == "video/mp4" and size > 10_000
    with page.expect_download() as saved:
        touch(share, "DataError")
    assert saved.value.suggested_filename == other


def test_what_the_network_loses_is_asked_for_again_and_a_slow_one_changes_further_ahead(visit):
    page = visit(ignore=("Failed to load resource",))
    _give(page)
    lost = []

    def lose(route):
        lost.append(route.request.url)
        route.abort() if len(lost) < 3 else route.continue_()

    page.route(re.compile(r"/\d+\.mp4"), lose)  # of the take: the first clip, which may come round again, is not
    _talk(page)
    assert len(lost) > 3 and lost[0] in lost[1:]
    page.locator("#video video").evaluate(GO_BACK)
    page.evaluate(SLOWLY, 1500)
    page.locator("#emotion label", has_text="Sadness").click()
    waits(page, IS_NEW)
    waits(page, IS_WHOLE)
    assert 1.5 <= page.locator("#video video").evaluate(LEAD) <= 2
