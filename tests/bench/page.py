"""How long people wait at the page, in a real browser: `make bench` prints it; name some of `PARTS` for those alone.

On a desktop's screen, with a photo of 720 pixels, until the player's clock runs, and until a comparison is there.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from support.browser import film, running_app, running_browser
from support.pages import PATIENCE
from support.paths import ASSETS

ROUNDS = 3
SECONDS, LONG, SIDE = 5, 45, 720
PLAYHEAD = 30  # seconds into the long one
EMOTIONS = ("sadness", "happiness")
# Seconds from a click to a new video's moving, as the page's own clock has them.
MOVES = """element => new Promise(done => {
    const video = document.querySelector('#video video'), old = video.dataset.take, begun = performance.now()
    let first
    const look = () => {
        const { take } = video.dataset
        if (take && take !== 'hero' && take !== old) {
            first ??= Math.max(video.currentTime, video.dataset.first)
            if (video.currentTime > first) return done((performance.now() - begun) / 1000)
        }
        requestAnimationFrame(look)
    }
    element.click()
    look()
})"""
# The same to a comparison's first picture, and to its video.
COMPARES = """element => new Promise(done => {
    const begun = performance.now(), seen = () => (performance.now() - begun) / 1000
    const pictures = () => [...document.querySelectorAll('#wipe img')].map(image => image.src).join()
    const video = () => document.querySelector('#compare-video video')?.src
    const old = [pictures(), video()]
    let first
    const look = () => {
        if (pictures() && pictures() !== old[0]) first ??= seen()
        if (video() && video() !== old[1]) return done([first, seen()])
        requestAnimationFrame(look)
    }
    element.click()
    look()
})"""


def talk(page, folder):
    """A short recording: Talk, and another emotion, each once the last video is whole and over."""
    _give(page, folder, SECONDS)
    yield "first moving picture after a visit's first Talk", 0.8, [page.locator("#go").evaluate(MOVES)]
    for name, bar, find in (
        ("Talk", 0.8, lambda _: page.locator("#go")),
        ("an emotion switch", 0.5, lambda number: _emotion(page, number)),
    ):
        yield f"first moving picture after {name}", bar, [_when_over(page, find(number)) for number in range(ROUNDS)]


def long(page, folder):
    """Another emotion far into a long recording, while it plays; the old video ends where the new one begins."""
    _give(page, folder, LONG)
    yield f"first moving picture after a visit's first Talk, {LONG} s", 0.8, [page.locator("#go").evaluate(MOVES)]
    page.locator("#status").get_by_text("seconds of video").wait_for()
    seconds = []
    for number in range(ROUNDS):
        page.locator("#video video").evaluate(f"video => {{ video.currentTime = {PLAYHEAD}; video.play() }}")
        page.wait_for_function(f"document.querySelector('#video video').currentTime > {PLAYHEAD}.2")
        seconds.append(_emotion(page, number).evaluate(MOVES))
        page.locator("#stop").click()
        page.locator("#status").get_by_text("Stopped.").wait_for()
    yield f"first moving picture after an emotion switch {PLAYHEAD} s into {LONG} s", 0.5, seconds


def compare(page, folder):
    """The Compare tab as it opens: the first time, when the baseline's weights are read, and again."""
    _give(page, folder, SECONDS)
    page.get_by_role("tab", name="Compare", exact=True).click()
    button = page.get_by_role("button", name="Compare", exact=True)
    for when in ("for the first time", "again"):
        first, whole = button.evaluate(COMPARES)
        yield f"Compare's first picture, {when}", 2, [first]
        yield f"Compare's whole video, {when}", 15, [whole]
        page.locator("#compare-status").get_by_text("seconds compared").wait_for()


PARTS = {"talk": talk, "long": long, "compare": compare}


def main(parts):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        photo, camera = folder / "photo.png", folder / "camera.mjpeg"
        Image.open(ASSETS / "london_129.jpg").resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(photo)
        film(photo, camera)
        with (
            running_app(folder / "log.txt", served=folder / "served") as address,
            running_browser(camera, ASSETS / "good_news.wav") as browser,
        ):
            for part in parts:
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.set_default_timeout(PATIENCE)
                page.goto(address)
                for name, bar, seconds in PARTS[part](page, folder):
                    spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
                    print(f"{name}: median {statistics.median(seconds):.2f} s ({spread}; to reach {bar} s)", flush=True)
                page.close()


def _give(page, folder, seconds):
    """Hand over photo and recording, and wait until both have been looked at."""
    sound, rate = soundfile.read(ASSETS / "good_news.wav")
    soundfile.write(folder / "recording.wav", np.resize(sound, seconds * rate), rate)
    page.locator("#photo input[type=file]").set_input_files(folder / "photo.png")
    page.locator("#voice input[type=file]").set_input_files(folder / "recording.wav")
    page.locator("#photo-note").get_by_text("✅ Face found.").wait_for()
    page.locator("#voice-note").get_by_text("seconds of speech").wait_for()


def _emotion(page, number):
    return page.locator(f"#emotion input[value={EMOTIONS[number % 2]}]")


def _when_over(page, control):
    """As `MOVES`, the last video being over and all work done."""
    page.locator("#status").get_by_text("seconds of video").wait_for()
    page.locator("#video video").evaluate("video => { video.currentTime = video.duration }")
    page.wait_for_function("document.querySelector('#video video').ended")
    return control.evaluate(MOVES)


if __name__ == "__main__":
    main(sys.argv[1:] or PARTS)
