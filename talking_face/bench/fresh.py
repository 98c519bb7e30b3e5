"""What only a fresh process can show: start-up, and memory and time over the length of a recording."""

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from talking_face.bench.material import LARGE, photo, write_recording
from talking_face.bench.timing import Row
from talking_face.concurrency.subprocesses import peak_memory, run_python

OFTEN = 60  # seconds of speech; longer jobs are run once
FLAT_FROM = 20  # seconds of speech from which memory no longer grows
READY = "from talking_face.engine import TalkingFace; TalkingFace.load()"


def measure_fresh(runs, lengths):
    """Start-up, a cold `generate`, and each length in a process of its own; yields rows.

    Parameters
    ----------
    runs : int
    lengths : sequence of float
        Seconds of speech.
    """
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        picture, sound, video = (Path(folder) / name for name in ("photo.png", "sound.wav", "out.mp4"))
        Image.fromarray(photo(LARGE)).save(picture)
        write_recording(sound, 10)
        generate = ["-m", "talking_face", "generate", "--image", picture, "--audio", sound, "--output", video]
        cold = "cold generate, 10 s of speech, 720 px photo to MP4"
        for name, command, bar in (
            ("process start to ready engine", ["-c", READY], "<= 1.2"),
            (cold, generate, "<= 3.2"),
        ):
            yield Row(name, "s", [_seconds(command) for _ in range(runs)], bar)

    ten = median(_jobs(10, runs)["seconds"])
    memory = {}
    for length in lengths:
        result = _jobs(length, runs if length <= OFTEN else 1)
        memory[length] = median(result["memory"])
        yield Row(f"{length:g} s of speech, whole job warm", "s", result["seconds"])
        ratios = [seconds / ten * 10 / length for seconds in result["seconds"]]
        yield Row(
            f"{length:g} s of speech, over {length / 10:g} times 10 s", "times", ratios, "<= 1.1" if length > 10 else ""
        )
        yield Row(f"{length:g} s of speech, peak memory of the process", "GB", result["memory"], "<= 1.0")
    if FLAT_FROM in memory and max(memory) > FLAT_FROM:
        growth = memory[max(memory)] / memory[FLAT_FROM]
        yield Row(f"peak memory, {max(memory):g} s of speech over {FLAT_FROM} s", "times", [growth], "1 (flat)")


def job(seconds):
    """What the fresh process does: a short job to warm up, then one of this length, which is timed; prints JSON."""
    from talking_face.engine import TalkingFace

    engine, picture = TalkingFace.load(), photo(LARGE)
    with tempfile.TemporaryDirectory() as folder:
        for length in (1, seconds):
            write_recording(Path(folder) / "sound.wav", length)
            start = time.perf_counter()
            speech = engine.speech(Path(folder) / "sound.wav", max_seconds=max(60, seconds))
            engine.write(Path(folder) / "out.mp4", engine.portrait(picture), speech, "happiness")
    print(json.dumps({"seconds": time.perf_counter() - start, "memory": peak_memory() / 1e9}))


def _jobs(seconds, runs):
    """Seconds and memory (GB) of a job, each a list of float, one a process."""
    done = [json.loads(run_python(["-m", __name__, str(seconds)]).stdout.splitlines()[-1]) for _ in range(runs)]
    return {name: [result[name] for result in done] for name in ("seconds", "memory")}


def _seconds(command):
    start = time.perf_counter()
    run_python(command)
    return time.perf_counter() - start


if __name__ == "__main__":
    job(float(sys.argv[1]))
