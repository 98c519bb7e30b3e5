"""What the browser's tests do with a page: sizes, patience, screenshots, accessibility."""

import pytest

from support.paths import ROOT

DESK, PHONE = (1280, 900), (390, 844)
QUICK, SLOW = 60_000, 120_000  # milliseconds: for the page alone, and for anything that waits for the engine
SCREENSHOTS = ROOT / "artefacts"
AT_REST = """() => document.getAnimations().every(
    animation => animation.playState !== 'running' || animation.effect.getComputedTiming().endTime === Infinity)"""


def talk_button(page):
    return page.get_by_role("button", name="Talk", exact=True)


def wait_for_rest(page):
    """Wait until nothing that comes to an end by itself moves any more."""
    page.wait_for_function(AT_REST)


def screenshot(page, name):
    """Keep a picture of the whole page, to be looked at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{page.viewport_size['width']}.png", full_page=True)


def serious_violations(page):
    """What axe finds that keeps people from using the page, as (rule, element)."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page).response["violations"]
    serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
    return [(rule["id"], node["html"]) for rule in serious for node in rule["nodes"]]
