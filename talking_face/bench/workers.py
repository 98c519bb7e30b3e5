"""What a second process of the page brings, each on a core of its own, as behind a balancer."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from talking_face.bench.material import LARGE, photo, recording
from talking_face.bench.timing import Row
from talking_face.paths import ROOT

SECONDS = 10  # of speech
IDEAL = 2  # processes
PROGRAM = "-m", __name__


def measure_workers(runs):
    """Videos a minute from one process and from two at once, in turn, and their ratio; yields rows."""
    alone, together = [], []
    with ExitStack() as stack:
        workers = [stack.enter_context(_worker(core)) for core in _cores()]
        for worker in workers:
            worker.stdout.readline()  # warm
        for _ in range(runs):
            alone.append(_seconds(workers[:1]))
            together.append(_seconds(workers))
        for worker in workers:
            worker.stdin.close()
    one, two = Row("", "s", alone), Row("", "s", together)
    for row, count, name in ((one, 1, "one process on one core"), (two, IDEAL, "two processes on two")):
        yield row.rate(f"{name}, 10 s, 720 px to MP4", 60 * count, "videos a minute")
    ratios = [IDEAL * alone / together for alone, together in zip(one.values, two.values)]
    yield Row("two processes over one", "times", ratios, ">= 1.8")


def work(core):
    """What a process does: a video at once, and one for each line that comes in; says so each time."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})  # ffmpeg, too
    from talking_face.engine import TalkingFace

    engine, picture, sound = TalkingFace.load(), photo(LARGE), recording(SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        while True:
            engine.write(Path(folder) / "out.mp4", engine.portrait(picture), engine.speech(sound), "happiness")
            print("done", flush=True)
            if not sys.stdin.readline():
                return


def _cores():
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(os.cpu_count())
    return [cores[index % len(cores)] for index in range(IDEAL)]


def _worker(core):
    command = [sys.executable, *PROGRAM, str(core)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env=environment, **pipes)


def _seconds(workers):
    """Until each of the workers has made a video."""
    start = time.perf_counter()
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    for worker in workers:
        worker.stdout.readline()
    return time.perf_counter() - start


if __name__ == "__main__":
    work(int(sys.argv[1]))
