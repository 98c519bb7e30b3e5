"""Memory does not grow with the recording: `PYTHONPATH=.:tests python tests/soak/long.py MINUTES`.

Renders one minute of speech and many, each in a process of its own, and prints the peaks (MB) as one line of JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from support.paths import ASSETS, ROOT


def peak(minutes, folder):
    """Megabytes that `generate` holds at most, for so many minutes."""
    samples, rate = soundfile.read(ASSETS / "good_news.wav")
    soundfile.write(folder / "voice.wav", np.resize(samples, round(60 * minutes * rate)), rate)
    command = [sys.executable, "-m", "talking_face", "generate", "--image", ASSETS / "london_009.jpg"]
    command += [
        "--crop",
        "--audio",
        folder / "voice.wav",
        "--output",
        folder / "out.mp4",
        "--max-seconds",
        str(60 * minutes),
    ]
    process = subprocess.Popen(command, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"generate ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss // 1024


def main(minutes):
    with tempfile.TemporaryDirectory() as folder:
        short, long = (peak(length, Path(folder)) for length in (1, float(minutes)))
    print(json.dumps({"minutes": float(minutes), "short": short, "long": long}))


if __name__ == "__main__":
    main(*sys.argv[1:])
