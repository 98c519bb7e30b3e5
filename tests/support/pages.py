"""What the browser's tests do with a page: sizes, screenshots, and waiting until something holds.

A page draws after it has been told to, on a busy machine much later, so nothing is read from it at once: `waits` and
Playwright's `expect` ask again until it is so.
"""

import time

import pytest

from support.paths import ROOT

DESK, PHONE = (1280, 900), (390, 844)
PATIENCE = 240_000  # milliseconds that anything may take; only a test that fails takes them
# As Gradio says that its page is left or loaded anew.
LEFT = "AbortError", "Connection errored out", "Failed to fetch", "network error"
SCREENSHOTS = ROOT / "artefacts"
AT_REST = """() => document.getAnimations().every(
    animation => animation.playState !== 'running' || animation.effect.getComputedTiming().endTime === Infinity)"""
# Where something begins, pixels from the top of the page, once all is loaded and it has stood there for half a second.
SETTLED = """place => {
    const top = document.querySelector(place).getBoundingClientRect().top + scrollY
    const here = [...document.images].every(image => image.complete || image.loading === 'lazy')
    const stands = here && document.fonts.status === 'loaded' && window.settling?.top === top
    window.settling = { top, times: stands ? window.settling.times + 1 : 0 }
    return window.settling.times >= 5 && { top }
}"""
IN_VIEW = """() => {
    const [stage, bar] = ['.stage', '#bar'].map(place => document.querySelector(place).getBoundingClientRect())
    return stage.top >= 0 && stage.bottom <= bar.top + 1 && bar.bottom <= innerHeight + 1
}"""


def talk_button(page):
    return page.get_by_role("button", name="Talk", exact=True)


def waits(page, condition, given=None):
    """Wait until an expression of JavaScript is true, or a function of what is `given`; its value."""
    return page.wait_for_function(condition, arg=given).json_value()


def open_page(page, address):
    """Open the page, until it is ready for whatever is done to it."""
    page.goto(address)
    _wait_for_parts(page)
    waits(page, "localStorage.getItem('talking-face-visitor')")  # and their first values, as the server has answered


def reload(page):
    """Load a page anew until the server answers it: what is given before that may give way to what it remembers."""
    with page.expect_response("**/run/predict"):
        page.reload()
    _wait_for_parts(page)


def _wait_for_parts(page):
    page.locator("#go").wait_for()
    page.locator("#faces img").last.wait_for()
    page.locator("#video video").wait_for()
    waits(page, "document.querySelector('#bar')?.dataset.step")  # they have their names


def open_tab(page, tab):
    """Open a tab, given by its name or as it is, and wait until it has unfolded."""
    tab = page.get_by_role("tab", name=tab, exact=True) if isinstance(tab, str) else tab
    tab.click()
    page.locator(f"#{tab.get_attribute('id').removesuffix('-button')}[role=tabpanel]").wait_for()
    wait_for_rest(page)


def wait_for_rest(page):
    """Wait until nothing that comes to an end by itself moves any more."""
    waits(page, AT_REST)


def settled(page, place):
    """Where something begins, pixels from the top of the page, once that changes no more."""
    return page.wait_for_function(SETTLED, arg=place, polling=100).json_value()["top"]


def expect_in_view(page):
    """Video, progress and button can be seen all at once."""
    waits(page, IN_VIEW)


def expect_no_jump(page, place, before):
    """Something begins where it began `before`."""
    now = settled(page, place)
    assert abs(now - before) < 4, f"the layout jumped by {now - before} pixels"


def expect_to_fit(page):
    """Nothing is wider than the screen."""
    waits(page, "width => document.documentElement.scrollWidth <= width", page.viewport_size["width"])


def screenshot(page, name):
    """Keep a picture of the whole page, to be looked at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{page.viewport_size['width']}.png", full_page=True)


def expect_accessible(page):
    """axe finds nothing that keeps people from using the page; what is just fading in may be pale."""
    end = time.monotonic() + PATIENCE / 1000
    while (found := _serious_violations(page)) and time.monotonic() < end:
        page.wait_for_timeout(500)
    assert found == []


def _serious_violations(page):
    """As (rule, element)."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page).response["violations"]
    serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
    return [(rule["id"], node["html"]) for rule in serious for node in rule["nodes"]]
