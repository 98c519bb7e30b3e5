"""Many people at one page: `PYTHONPATH=.:tests python tests/soak/load.py --users 50 --minutes 5 --jobs 500`.

Starts the app, lets users send marked photos and recordings through its endpoint until both the minutes and the jobs
are over, and checks that each result carries its own input: the colour of the photo's border and the length of the
recording.
Every tenth job is given up while it waits or works. Prints one line of JSON.
"""

import argparse
import collections
import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from support.paths import APP, ASSETS, ROOT

LEVELS = 30, 105, 180, 250  # of red, green and blue in a border: 64 colours that stay apart in any video
BORDER = 40  # pixels
WARM = 30  # jobs after which memory should no longer grow
GIVE_UP = 10  # every so-manieth job
COME_BACK = 4  # seconds, to twice as many, until somebody who was asked to come back does
PATIENCE = 120  # seconds to wait for an answer of the server, not for a video
EMOTIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness")


class User:
    """One person with a photo of their own colour and a recording of their own length."""

    def __init__(self, index, folder):
        self.folder, self.client = folder / str(index), None
        self.folder.mkdir()
        self.colour = np.array([LEVELS[index // 4**place % 4] for place in range(3)])
        face = Image.open(ASSETS / "london_009.jpg").convert("RGB")
        photo = Image.new("RGB", [side + 2 * BORDER for side in face.size], tuple(self.colour.tolist()))
        photo.paste(face, (BORDER, BORDER))
        photo.save(self.folder / "photo.png")
        self.frames = 10 + index % 50
        samples, rate = soundfile.read(ASSETS / "good_news.wav")
        soundfile.write(self.folder / "voice.wav", samples[: self.frames * rate // 25], rate)

    def job(self, address, number, count):
        """Ask for one video; returns how it ended."""
        from gradio_client import Client, handle_file

        try:
            if self.client is None:
                patiently = {"timeout": PATIENCE}
                self.client = Client(address, verbose=False, download_files=self.folder, httpx_kwargs=patiently)
            job = self.client.submit(
                photo=handle_file(self.folder / "photo.png"),
                recording=handle_file(self.folder / "voice.wav"),
                emotion=EMOTIONS[number % len(EMOTIONS)],
                api_name="/generate",
            )
            if number % GIVE_UP == GIVE_UP - 1:
                time.sleep(random.random() * 3)
                job.cancel()
                return "given up"
            while not job.done():
                update = job.status()
                if update.rank is not None:
                    count["longest queue"] = max(count["longest queue"], update.rank + 1)
                time.sleep(0.2)
            return self.check(job.result())
        except Exception as error:
            words = str(error)
            if re.search(r"[Qq]ueue is full|try again (when|later)|busy", words):
                return "asked to come back"
            return f"lost: {type(error).__name__}: {words[:200]}"

    def check(self, result):
        """Whether a result is this user's own."""
        from talking_face.media.reading import read_video

        path = Path(result["video"] if isinstance(result, dict) else result)
        frames = read_video(path)
        path.unlink()
        colours = np.array([[LEVELS[index // 4**place % 4] for place in range(3)] for index in range(64)])
        seen = colours[np.abs(frames[len(frames) // 2, 5:25, 5:25].mean((0, 1)) - colours).sum(1).argmin()]
        return "done" if len(frames) == self.frames and (seen == self.colour).all() else "mixed up"


def memory(process):
    """Megabytes that a process holds, without its children."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]) / 1024


def serve(folder, port):
    """Start the app with temporary files and log of its own; returns the process once its page answers."""
    (folder / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(folder / "tmp"), "GRADIO_TEMP_DIR": str(folder / "tmp" / "gradio")}
    environment |= {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    with open(folder / "log.txt", "w") as log:
        process = subprocess.Popen(
            [sys.executable, str(APP)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which jobs in the background do without
        )
    end = time.monotonic() + 3 * PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/config", timeout=PATIENCE):
            return process
        time.sleep(0.5)
    process.kill()
    sys.exit("The app did not start:\n" + (folder / "log.txt").read_text())


def run(users, minutes, jobs, at_most, folder):
    """Let the users work; returns the results."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = serve(folder, port)
    people = [User(index, folder) for index in range(users)]
    count, numbers, lock = collections.Counter(), iter(range(10**9)), threading.Lock()
    start, memories = time.monotonic(), []

    def work(user):
        while (passed := (time.monotonic() - start) / 60) < minutes or (count["done"] < jobs and passed < at_most):
            with lock:
                number = next(numbers)
            outcome = user.job(f"http://127.0.0.1:{port}", number, count)
            with lock:
                kind, _, words = outcome.partition(": ")
                count[kind] += 1
                if words:
                    print(words, file=sys.stderr)
                if kind == "done":
                    memories.append(memory(process))
            if process.poll() is not None or count["lost"] > 100:
                return
            if kind == "asked to come back":
                time.sleep(COME_BACK * (1 + random.random()))

    threads = [threading.Thread(target=work, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alive, passed = process.poll() is None, (time.monotonic() - start) / 60
    process.send_signal(signal.SIGINT)
    try:
        process.wait(300)
    except subprocess.TimeoutExpired:
        process.kill()
    log = (folder / "log.txt").read_text()
    left = [path for path in (folder / "tmp").rglob("*") if path.is_file()]
    print("left:", *(path.relative_to(folder / "tmp") for path in left), sep="\n  ", file=sys.stderr)
    warm = memories[min(WARM, len(memories) - 1)] if memories else 0
    return {
        "users": users,
        "minutes": round(passed),
        "jobs": count["done"],
        "given up": count["given up"],
        "asked to come back": count["asked to come back"],
        "longest queue": count["longest queue"],
        "lost": count["lost"],
        "mixed up": count["mixed up"],
        "tracebacks": log.count("Traceback"),
        "alive at the end": alive,
        "memory after warm-up": round(warm),
        "memory at the end": round(np.median(memories[-10:])) if memories else 0,
        "files left": len(left),
    }


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--users", type=int, default=50)
    options.add_argument("--minutes", type=float, default=5)
    options.add_argument("--jobs", type=int, default=500, help="finish at least so many")
    options.add_argument("--at-most", type=float, default=120, help="minutes, after which it ends in any case")
    args = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(args.users, args.minutes, args.jobs, args.at_most, Path(folder))))


if __name__ == "__main__":
    main()
