"""The Compare tab in a real browser, with a narrow baseline of random weights. Screenshots go to artefacts/."""

import time

import pytest

from support.browser import find_chromium
from support.pages import DESK, PHONE, QUICK, SLOW, screenshot, serious_violations
from support.paths import ASSETS
from talking_face.audio import read_sound
from talking_face.evaluation.compared import REAL, STILL
from talking_face.ui.jobs import STOPPED

pytest.importorskip("playwright")
SOURCES = "images => images.map(image => image.src).join()"
pytestmark = [pytest.mark.browser, pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed")]


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_two_models_side_by_side_and_a_wipe_between_them(visit, size):
    page = visit(size)
    page.get_by_role("tab", name="Compare", exact=True).click()
    button = page.get_by_role("button", name="Compare", exact=True)
    button.wait_for()
    _leave_out_the_wide_baselines(page)
    place = _top(page)
    button.click()
    page.locator("#compare-status").get_by_text("✅ 4.5 seconds compared.").wait_for(timeout=3 * SLOW)
    page.wait_for_function("document.querySelector('#compare-video video')?.videoWidth === 524")
    page.locator("#compare-curves canvas, #compare-curves svg").first.wait_for()
    page.get_by_alt_text("in colour where it is painted").scroll_into_view_if_needed()  # it loads only then
    moved = abs(_top(page) - place)
    wiped = page.locator("#wipe img").evaluate_all(SOURCES)
    page.get_by_label("range slider for Frame").press("ArrowRight")
    page.wait_for_function(f"old => ({SOURCES})([...document.querySelectorAll('#wipe img')]) !== old", arg=wiped)
    page.wait_for_function("[...document.querySelectorAll('#wipe img')].every(image => image.complete)")
    screenshot(page, "compare")
    assert moved < 4, f"the layout jumped by {moved} pixels"
    assert page.locator("#compare-table th").nth(1).text_content() == "Deformable (ours)"
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert serious_violations(page) == []


@pytest.fixture(scope="module")
def clip(engine, tmp_path_factory):
    """A talking clip of two seconds."""
    rate, samples, _ = read_sound(ASSETS / "good_news.wav")
    speech = engine.speech((rate, samples[: 2 * rate]))
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    engine.write(path, engine.portrait(ASSETS / "london_009.jpg"), speech, crop=True, liveliness=0)
    return path


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_real_clip_takes_the_place_of_photo_and_voice(visit, clip, size):
    page = visit(size)
    page.get_by_role("tab", name="Compare", exact=True).click()
    _leave_out_the_wide_baselines(page)
    page.locator("#compare-clip input[type=file]").set_input_files(clip)
    page.locator("#compare-clip video").wait_for()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator("#compare-status").get_by_text("✅ 2.0 seconds compared.").wait_for(timeout=3 * SLOW)
    heads = page.locator("#compare-table th").all_text_contents()
    assert [head.strip() for head in heads[1:4]] == [STILL, REAL, "Deformable (ours)"]
    measures = page.locator("#compare-table td:first-child").all_text_contents()
    assert all(any(name in measure for measure in measures) for name in ("PSNR", "SSIM", "landmark"))
    page.locator("#wipe img").last.wait_for()
    screenshot(page, "compare-clip")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert serious_violations(page) == []


def test_a_comparison_can_be_stopped_and_begun_again(visit):
    page = visit(ignore=("AbortError",))
    page.get_by_role("tab", name="Compare", exact=True).click()
    status, button = page.locator("#compare-status"), page.get_by_role("button", name="Compare", exact=True)
    button.click()
    status.get_by_text("%").wait_for(timeout=SLOW)  # of progress
    page.get_by_role("button", name="Stop", exact=True).locator("visible=true").last.click()
    status.get_by_text(STOPPED).wait_for()
    status.get_by_text("%").wait_for(state="detached")
    assert page.locator("#compare-video video").count() == 0
    _leave_out_the_wide_baselines(page)
    button.click()
    status.get_by_text("✅ 4.5 seconds compared.").wait_for(timeout=3 * SLOW)


def test_a_comparison_ends_when_its_page_is_closed(visit, app_log):
    page = visit()
    page.get_by_role("tab", name="Compare", exact=True).click()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator("#compare-status").get_by_text("%").wait_for(timeout=SLOW)  # of progress
    stopped = app_log.read_text().count("A video was stopped")
    page.close()
    end = time.monotonic() + QUICK / 1000
    while app_log.read_text().count("A video was stopped") == stopped:
        assert time.monotonic() < end
        time.sleep(0.1)


def _leave_out_the_wide_baselines(page):
    """They paint a tenth as many frames a second as the others."""
    for name in ("Baseline", "Baseline, deformable layer"):
        page.get_by_label(name, exact=True).uncheck()
    page.locator("label", has_text="narrow").locator("input").check()  # and take in one that is quick


def _top(page):
    """Where the wipe begins, pixels from the top of the page."""
    return page.locator("#wipe").bounding_box()["y"] + page.evaluate("scrollY")
