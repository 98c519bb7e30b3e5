"""The page on two processes behind nginx, by `deploy/nginx.conf`: many users, and a process that leaves or dies."""

import collections
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from PIL import Image

from support.jobs import PATIENCE, wait_for
from support.paths import ROOT
from support.ports import free_ports
from talking_face.media.reading import read_video

POLL = 0.1  # seconds
PLAIN = {"timeout": PATIENCE, "verify": False}  # without HTTPS there are no certificates to read
LEVELS = 16, 88, 160, 232
NAMES = "one", "two"  # of the machines, as cookies have them
NGINX = shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not NGINX, reason="there is no nginx")]


class Site:
    """nginx and the app's two processes, `apps`, by name."""

    def __init__(self, folder, stack):
        ports = free_ports(3)
        self.folder, self.address = folder, f"http://127.0.0.1:{ports[2]}"
        self.ports, self.apps, self._stack = dict(zip(NAMES, ports)), {}, stack
        self._start_nginx(ports)
        self.start(*NAMES)
        described = get(f"{self.address}/gradio_api/info").json()
        self.options = described["named_endpoints"]["/generate"]["parameters"]

    def start(self, *names):
        """Start processes of the app; returns once they answer."""
        environment = {"PYTHONPATH": f"{ROOT}:{ROOT}/tests", "GRADIO_ANALYTICS_ENABLED": "False"}
        environment |= {"GRADIO_TEMP_DIR": str(self.folder / "served"), "OMP_NUM_THREADS": "1"}
        program = sys.executable, str(ROOT / "tests" / "support" / "pretend_app.py")
        for name in names:
            options = "--port", str(self.ports[name]), "--grace", str(PATIENCE)
            self.apps[name] = self._started([*program, *options], environment)
        for name in names:
            wait_for(lambda name=name: answers(f"http://127.0.0.1:{self.ports[name]}/config"))

    def _start_nginx(self, ports):
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        for standard, port in zip(("7861", "7862", "7860"), ports):
            text = text.replace(standard, str(port))
        text = text.replace("rate=20r/s", "rate=1000r/s")  # everybody has the same address here
        kinds = "client_body", "proxy", "fastcgi", "uwsgi", "scgi"
        folders = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds)
        user = "" if os.getuid() else "user root;"  # or its workers may not write to this test's folder
        text = f"daemon off; {user} pid {self.folder}/pid;\n" + text.replace("http {\n", f"http {{\n{folders}\n", 1)
        (self.folder / "nginx.conf").write_text(text)
        self._started([NGINX, "-c", self.folder / "nginx.conf", "-p", self.folder, "-e", "stderr"])

    def _started(self, command, environment=()):
        with open(self.folder / "log.txt", "a") as log:
            process = subprocess.Popen(command, env=os.environ | dict(environment), stdout=log, stderr=log)
        self._stack.callback(process.wait, PATIENCE)
        self._stack.callback(process.terminate if command[0] == NGINX else process.kill)
        return process


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield Site(tmp_path_factory.mktemp("site"), stack)


def get(address, **options):
    return httpx.get(address, **PLAIN, **options)


def answers(address):
    try:
        return get(address).status_code == 200
    except httpx.HTTPError:
        return False


class User:
    """Somebody whose photo has a colour, and whose recording a length, that nobody else's has.

    Every fifth is a program, which keeps no cookies.
    """

    def __init__(self, index, site):
        self.site, self.folder = site, Path(tempfile.mkdtemp(dir=site.folder))
        self.colour = np.array([LEVELS[index // 4**place % 4] for place in range(3)])
        self.frames = 10 + index
        Image.new("RGB", (80, 80), tuple(self.colour.tolist())).save(self.folder / "photo.png")
        sound = 0.1 * np.random.default_rng(index).standard_normal(self.frames * 640)
        soundfile.write(self.folder / "voice.wav", sound, 16000)
        name = {"User-Agent": f"user {index}"}
        self.http = httpx.Client(base_url=site.address, headers=name, **PLAIN)
        self.keeps_cookies = index % 5 > 0
        self.ask("GET", "/")

    @property
    def machine(self):
        """The name that this user's cookie has; None for a program."""
        return self.http.cookies.get("talking_face")

    def ask(self, *request, **options):
        """Send a request and return the answer, if it is a good one."""
        answer = self.http.request(*request, **options).raise_for_status()
        if not self.keeps_cookies:
            self.http.cookies.clear()
        return answer

    def job(self):
        """Ask for a video once; how that ended."""
        try:
            defaults = [option.get("parameter_default") for option in self.site.options[2:]]
            given = [self.upload("photo.png"), self.upload("voice.wav"), *defaults]
            event = self.ask("POST", "/gradio_api/call/generate", json={"data": given}).json()["event_id"]
            result = self.ask("GET", f"/gradio_api/call/generate/{event}").text
            kind, data = (line.partition(": ")[2] for line in result.strip().rsplit("\n", 2)[-2:])
            if kind == "error":
                return "refused"
            video = self.ask("GET", f"/gradio_api/file={json.loads(data)[0]['path']}").content
        except httpx.HTTPStatusError as error:
            return "asked to come back" if error.response.status_code == 503 else "refused"
        except httpx.TransportError:
            return "interrupted"
        path = self.folder / "video.mp4"
        path.write_bytes(video)
        frames = read_video(path)
        own = len(frames) == self.frames and np.abs(frames[5, 20:40, 20:40].mean((0, 1)) - self.colour).max() < 12
        return "done" if own else "mixed up"

    def upload(self, name):
        """The file as the endpoint takes it."""
        with open(self.folder / name, "rb") as file:
            path = self.ask("POST", "/gradio_api/upload", files={"files": file}).json()[0]
        return {"path": path, "meta": {"_type": "gradio.FileData"}}


def all_served(users, then):
    """Let all users ask, all at once and again and again, until each has a video; how often what came of it.

    `then` is called after each video, one at a time, with the number of those that came from the same machine.
    """
    count, made, lock = collections.Counter(), collections.Counter(), threading.Lock()
    end = time.monotonic() + PATIENCE

    def work(user):
        outcome = None
        while outcome not in ("done", "mixed up") and time.monotonic() < end:
            time.sleep(POLL if outcome else 0)
            outcome = user.job()
            with lock:
                count[outcome] += 1
                if outcome == "done" and user.machine:
                    made[user.machine] += 1
                    then(user.machine, made[user.machine])

    with ThreadPoolExecutor(len(users)) as people:
        list(people.map(work, users))
    assert count["done"] == len(users) and not count["mixed up"], count
    return count


def test_nobody_is_interrupted_when_a_process_leaves(site):
    left = []

    def stop(machine, made):
        if made == 2 and not left:
            left.append(machine)
            site.apps[machine].send_signal(signal.SIGTERM)

    count = all_served([User(index, site) for index in range(12)], stop)
    assert not count["interrupted"], count
    assert site.apps[left[0]].wait(PATIENCE) == 0
    site.start(left[0])


def test_nobody_is_lost_when_a_process_dies(site):
    dead = []

    def kill(machine, made):
        if made == 5 and not dead:
            dead.append(machine)
            site.apps[machine].kill()

    count = all_served([User(index, site) for index in range(50)], kill)
    assert count["interrupted"] and count["asked to come back"], count  # it held work, and the line was full
    other = site.apps.keys() - dead
    cookie = {"Cookie": f"talking_face={dead[0]}"}
    assert {get(site.address, headers=cookie).cookies["talking_face"]} == other
