"""The page on two processes behind nginx, by `deploy/nginx.conf`: fifty users at once, and one process is killed."""

import collections
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from PIL import Image

from support.paths import ROOT
from talking_face.media.reading import read_video

USERS, JOBS = 50, 1
KILL_AFTER = 12  # jobs
LEVELS = 16, 88, 160, 232

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"]), reason="there is no nginx"),
]


@pytest.fixture
def ports():
    with socket.socket() as one, socket.socket() as two, socket.socket() as front:
        for probe in (one, two, front):
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in (one, two, front)]


@pytest.fixture
def apps(ports, tmp_path):
    """Two processes that answer."""
    started = []
    for port in ports[:2]:
        own = {
            "GRADIO_TEMP_DIR": str(tmp_path / str(port)),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": f"{ROOT}:{ROOT}/tests",
        }
        command = [sys.executable, str(ROOT / "tests" / "support" / "pretend_app.py"), str(port)]
        with open(tmp_path / f"{port}.log", "w") as log:
            started.append(subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log))
    yield started
    for app in started:
        app.send_signal(signal.SIGTERM)
        app.wait(60)


@pytest.fixture
def address(apps, ports, tmp_path):
    """Where nginx answers for both."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for name, port in zip(("7861", "7862"), ports):
        text = text.replace(name, str(port))
    text = text.replace("listen 7860", f"listen 127.0.0.1:{ports[2]}").replace("rate=20r/s", "rate=1000r/s")
    text = text if os.getuid() else f"user root;\n{text}"  # or its workers may not write to this test's folder
    text = f"daemon off;\npid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\n" + text
    kinds = "client_body", "proxy", "fastcgi", "uwsgi", "scgi"
    folders = "".join(f"    {kind}_temp_path {tmp_path}/{kind};\n" for kind in kinds)
    (tmp_path / "nginx.conf").write_text(text.replace("http {\n", "http {\n" + folders, 1))
    nginx = shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])
    process = subprocess.Popen([nginx, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)])
    wait_for(lambda: all(map(answers, ports)))
    yield f"http://127.0.0.1:{ports[2]}"
    process.terminate()
    process.wait(60)


def wait_for(condition, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/config", timeout=60).status_code == 200
    except httpx.HTTPError:
        return False


class User:
    """Somebody whose photo has a colour, and whose recording a length, that nobody else's has."""

    def __init__(self, index, folder):
        self.folder, self.client, self.cookie = folder / f"user{index}", None, None
        self.folder.mkdir()
        self.colour = np.array([LEVELS[index // 4**place % 4] for place in range(3)])
        self.frames = 10 + index
        Image.new("RGB", (80, 80), tuple(self.colour.tolist())).save(self.folder / "photo.png")
        sound = 0.1 * np.random.default_rng(index).standard_normal(self.frames * 640)
        soundfile.write(self.folder / "voice.wav", sound, 16000)

    def job(self, address):
        """Ask for a video once; how that ended."""
        from gradio_client import Client, handle_file

        try:
            if self.client is None:
                self.cookie = httpx.get(address, timeout=120).cookies["talking_face"]
                keeps = {"Cookie": f"talking_face={self.cookie}"}
                patient = {"timeout": 120}
                options = {"verbose": False, "download_files": str(self.folder), "httpx_kwargs": patient}
                self.client = Client(address, headers=keeps, **options)
            given = handle_file(self.folder / "photo.png"), handle_file(self.folder / "voice.wav")
            result = self.client.submit(*given, api_name="/generate").result(timeout=120)
        except Exception as error:
            self.client = None
            if re.search("[Qq]ueue is full", str(error)):
                return "asked to come back"
            print(f"{type(error).__name__}: {str(error)[:100]}")
            return "interrupted"
        frames = read_video(Path(result["video"] if isinstance(result, dict) else result))
        own = len(frames) == self.frames and np.abs(frames[5, 20:40, 20:40].mean((0, 1)) - self.colour).max() < 12
        return "done" if own else "mixed up"


def test_fifty_users_and_a_process_that_dies(address, apps, tmp_path):
    count, machines, lock = collections.Counter(), collections.Counter(), threading.Lock()
    killed = threading.Event()

    def work(user):
        done = 0
        while done < JOBS and count["interrupted"] < 2 * USERS:
            outcome = user.job(address)
            done += outcome in ("done", "mixed up")
            with lock:
                count[outcome] += 1
                machines[user.cookie, killed.is_set()] += outcome == "done"
                if count["done"] >= KILL_AFTER and not killed.is_set():
                    killed.set()
                    apps[0].kill()
            if outcome not in ("done", "mixed up"):
                time.sleep(0.5)

    users = [User(index, tmp_path) for index in range(USERS)]
    threads = [threading.Thread(target=work, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(dict(count), dict(machines))
    assert count["mixed up"] == 0 and count["done"] == USERS * JOBS  # nobody goes without
    assert killed.is_set() and apps[0].poll() is not None and apps[1].poll() is None
    assert machines["one", False] > 0 and machines["two", False] > 0  # both had their share
    assert httpx.get(address, timeout=60, headers={"Cookie": "talking_face=one"}).cookies["talking_face"] == "two"
