"""How long people wait for the first moving picture, in a real browser: `make bench` prints it.

On a desktop's screen, with a photo of 720 pixels and a recording of five seconds; until the player's clock runs.
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from support.browser import film, running_app, running_browser
from support.paths import ASSETS

ROUNDS = 7
SECONDS, SIDE = 5, 720
EMOTIONS = ("Sadness", "Happiness")
MOVES = """old => { const video = document.querySelector('#video video')
    return video && video.src && video.src !== old && video.currentTime > 0 }"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        photo, recording, camera = folder / "photo.png", folder / "recording.wav", folder / "camera.mjpeg"
        Image.open(ASSETS / "london_129.jpg").resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(photo)
        sound, rate = soundfile.read(ASSETS / "good_news.wav")
        soundfile.write(recording, np.resize(sound, SECONDS * rate), rate)
        film(photo, camera)
        with (
            running_app(folder / "log.txt", served=folder / "served") as address,
            running_browser(camera, recording) as browser,
        ):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address)
            _choose(page, photo, recording)
            page.get_by_role("button", name="Talk", exact=True).click()  # the first loads what is loaded once
            page.wait_for_function(MOVES, timeout=120_000)
            talk = [
                _wait(page, lambda: page.get_by_role("button", name="Talk", exact=True).click()) for _ in range(ROUNDS)
            ]
            switch = [_wait(page, page.get_by_label(EMOTIONS[i % 2]).check) for i in range(ROUNDS)]
    for name, seconds, target in (("Talk", talk, 1.5), ("an emotion switch", switch, 0.8)):
        median, spread = statistics.median(seconds), f"{min(seconds):.2f} to {max(seconds):.2f}"
        print(
            f"first moving picture in the browser after {name}: median {median:.2f} s ({spread}; to reach {target} s)"
        )


def _choose(page, photo, recording):
    """Hand over photo and recording, and wait until both have been looked at."""
    page.locator("#photo").get_by_label("File upload").set_input_files(photo)
    page.locator("#voice").get_by_label("Upload file").click()
    page.locator("#voice").get_by_label("File upload").set_input_files(recording)
    for words in ("✅ Face found.", "seconds of speech"):
        page.get_by_text(words).first.wait_for(timeout=120_000)


def _wait(page, ask):
    """Seconds from a click to the new video's moving, the last one being over and all work done."""
    page.wait_for_function("document.querySelector('#video video').ended", timeout=120_000)
    page.locator("#status").get_by_text("seconds of video").wait_for()
    old = page.locator("#video video").get_attribute("src")
    begun = time.perf_counter()
    ask()
    page.wait_for_function(MOVES, arg=old, timeout=120_000)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
