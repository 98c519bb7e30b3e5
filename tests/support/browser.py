"""A real app and a real browser whose camera and microphone play files, for the tests of the page."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from support.pages import PATIENCE
from support.paths import APP, ROOT
from support.ports import free_ports

START_SECONDS = 600  # a program may start for the first time, from a slow disk, on a busy machine

# A browser that keeps to itself, and whose camera and microphone are granted without asking.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


def find_chromium():
    """Path of an installed Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@contextmanager
def running_app(log, *options, served, ending=signal.SIGTERM, patience=180, folder=ROOT, port=None):
    """Start the app on a free port; yields its address once it answers. What it prints goes to the file `log`, what it
    keeps to the folder `served`; `options` are the command line's, `ending` is the signal that it gets at the end,
    `patience` how many seconds it then has, `folder` where the program lies, and `port` where it listens, if that
    matters."""
    port = port or free_ports(1)[0]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GRADIO_TEMP_DIR": str(served)}
    with open(log, "w") as output:
        command = [sys.executable, str(folder / APP.name), "--port", str(port), *options]
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, env=environment)
    try:
        yield _wait_for(f"http://127.0.0.1:{port}", process, log)
    finally:
        process.send_signal(ending)
        process.wait(patience)


@contextmanager
def running_browser(camera, microphone):
    """Start Chromium with a file as its camera (MJPEG) and one as its microphone (WAV)."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    devices = [f"--use-file-for-fake-video-capture={camera}", f"--use-file-for-fake-audio-capture={microphone}"]
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, *devices]
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments, timeout=PATIENCE)
        yield browser
        browser.close()


def film(portrait, path, seconds=2):
    """Make a camera's picture of a square portrait: 640 x 480, held by an unsteady hand."""
    from imageio_ffmpeg import get_ffmpeg_exe

    zoom = "zoompan=z='1.05+0.03*sin(on/8)':x='iw/40+iw/60*sin(on/11)':y='ih/40':d=1:s=640x480:fps=25"
    filters = f"scale=960:960,pad=1280:960:160:0:color=#d4d7d4,{zoom},format=yuvj420p"
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-loop", "1", "-framerate", "25", "-i", str(portrait)]
    command += ["-t", str(seconds), "-vf", filters, "-q:v", "3", "-f", "mjpeg", str(path)]
    subprocess.run(command, check=True)


def _wait_for(address, process, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(address, timeout=START_SECONDS / 6):
                return address
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"The app did not start:\n{Path(log).read_text()}")
