"""Memory that is given back, or not taken: each in a fresh process, for that is what it changes."""

import subprocess
import sys

import pytest

from support.paths import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is resident")

RESIDENT = """
import talking_face.engine
from talking_face.memory import FOR_CARDS, unmap_libraries_for_cards

def resident(rights):
    sizes, counted = 0, False
    for line in open("/proc/self/smaps"):
        if "-" in line.split()[0]:
            counted = any(name in line for name in FOR_CARDS) and line.split()[1] == rights
        elif line.startswith("Rss:") and counted:
            sizes += int(line.split()[1])
    return sizes
"""


def run(code):
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)


def test_libraries_for_cards_do_not_stay_in_memory():
    code = RESIDENT + (
        "import torch; before, data = resident('r-xp'), resident('rw-p')\n"
        "unmap_libraries_for_cards()\n"
        "print(before, resident('r-xp'), data, resident('rw-p'))\n"
        "torch.nn.functional.conv2d(torch.ones(1, 3, 8, 8), torch.ones(4, 3, 3, 3)), torch.cuda.is_available()"
    )
    before, after, data, data_after = map(int, run(code).stdout.split())
    if not before:
        pytest.skip("this torch has no libraries for cards")
    assert after < before / 10
    assert data_after == data  # what was written there is nowhere else


def test_the_engine_gives_them_back():
    code = RESIDENT + "talking_face.engine.TalkingFace.load(); print(resident('r-xp'))"
    assert int(run(code).stdout) < 10_000  # kB; 110,000 without


def test_threads_share_one_place():
    code = (
        "import ctypes, sys, threading\n"
        "from talking_face.memory import share_arena\n"
        "if sys.argv[1:]: share_arena()\n"
        "libc = ctypes.CDLL(None); libc.malloc.restype = ctypes.c_void_p\n"
        "meet = threading.Barrier(4)\n"
        "work = lambda: (meet.wait(), libc.malloc(ctypes.c_size_t(60_000)), meet.wait())\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "libc.malloc_stats()"
    )

    def arenas(*arguments):
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr.count("Arena")

    if arenas() < 2:
        pytest.skip("this malloc has no arenas to share")
    assert arenas("share") == 1
