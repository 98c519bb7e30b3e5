"""The Compare tab in a real browser, with a narrow baseline of random weights. Screenshots go to artefacts/."""

import pytest

from support.browser import find_chromium
from support.jobs import wait_for
from support.pages import (
    DESK,
    PHONE,
    expect_accessible,
    expect_no_jump,
    expect_to_fit,
    open_tab,
    screenshot,
    settled,
    waits,
)
from support.paths import ASSETS
from talking_face.audio import read_sound
from talking_face.evaluation.compared import REAL, STILL
from talking_face.ui.jobs import STOPPED

expect = pytest.importorskip("playwright.sync_api").expect
# The addresses of the wipe's two pictures, once they are there and others than those before.
WIPE = """old => {
    const images = [...document.querySelectorAll('#wipe img')], sources = images.map(image => image.src).join()
    return images.length > 1 && images.every(image => image.complete) && sources !== old && sources }"""
pytestmark = [pytest.mark.browser, pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed")]


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_two_models_side_by_side_and_a_wipe_between_them(visit, size):
    page = visit(size)
    open_tab(page, "Compare")
    _leave_out_the_wide_baselines(page)
    place = settled(page, "#wipe")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator("#compare-status").get_by_text("✅ 4.5 seconds compared.").wait_for()
    waits(page, "document.querySelector('#compare-video video')?.videoWidth === 524")
    page.locator("#compare-curves canvas, #compare-curves svg").first.wait_for()
    page.get_by_alt_text("in colour where it is painted").scroll_into_view_if_needed()  # it loads only then
    expect_no_jump(page, "#wipe", place)
    slider = page.get_by_label("range slider for Frame")
    expect(slider).to_be_enabled()
    shown = waits(page, WIPE)
    slider.press("ArrowRight")
    waits(page, WIPE, shown)
    screenshot(page, "compare")
    expect(page.locator("#compare-table th").nth(1)).to_have_text("Deformable (ours)")
    expect_to_fit(page)
    expect_accessible(page)


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
    open_tab(page, "Compare")
    _leave_out_the_wide_baselines(page)
    page.locator("#compare-clip input[type=file]").set_input_files(clip)
    page.locator("#compare-clip video").wait_for()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator("#compare-status").get_by_text("✅ 2.0 seconds compared.").wait_for()
    for place, name in enumerate((STILL, REAL, "Deformable (ours)"), 1):
        expect(page.locator("#compare-table th").nth(place)).to_have_text(name)
    for name in ("PSNR", "SSIM", "landmark"):
        expect(page.locator("#compare-table td:first-child", has_text=name)).not_to_have_count(0)
    waits(page, WIPE)
    screenshot(page, "compare-clip")
    expect_to_fit(page)
    expect_accessible(page)


def test_a_comparison_can_be_stopped_and_begun_again(visit):
    page = visit(ignore=("AbortError",))
    open_tab(page, "Compare")
    status, button = page.locator("#compare-status"), page.get_by_role("button", name="Compare", exact=True)
    button.click()
    status.get_by_text("%").wait_for()  # of progress
    page.get_by_role("button", name="Stop", exact=True).locator("visible=true").last.click()
    status.get_by_text(STOPPED).wait_for()
    status.get_by_text("%").wait_for(state="detached")
    expect(page.locator("#compare-video video")).to_have_count(0)
    _leave_out_the_wide_baselines(page)
    button.click()
    status.get_by_text("✅ 4.5 seconds compared.").wait_for()


def test_a_comparison_ends_when_its_page_is_closed(visit, app_log):
    page = visit()
    open_tab(page, "Compare")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator("#compare-status").get_by_text("%").wait_for()  # of progress
    stopped = app_log.read_text().count("A video was stopped")
    page.close()
    wait_for(lambda: app_log.read_text().count("A video was stopped") > stopped)


def _leave_out_the_wide_baselines(page):
    """They paint a tenth as many frames a second as the others."""
    for name in ("Baseline", "Baseline, deformable layer"):
        page.get_by_label(name, exact=True).uncheck()
    page.locator("label", has_text="narrow").locator("input").check()  # and take in one that is quick
