"""English, German, Spanish and French by SVOX Pico (Android's first voice; Apache-2.0), within the package py-nanotts.

It is native code that can stumble over odd words, so it runs in a process of its own.
"""

import subprocess
import sys
from importlib.util import find_spec

import numpy as np

from talking_face.audio.synthesis.text import unspeakable

NAMES = {"en": "en-US", "de": "de-DE", "es": "es-ES", "fr": "fr-FR"}
RATE = 16_000  # Hz
LOWER = 0.62  # pitch of a low voice, over its own
SECONDS = 60  # for one sentence, of which it needs a hundredth where the machine is not busy
PROGRAM = """
import sys, py_nanotts
voice, speed, pitch = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
sys.stdout.buffer.write(py_nanotts.NanoTTS().speak(sys.stdin.buffer.read().decode(), voice, speed, pitch))
"""


def is_here():
    """Whether the package is installed."""
    return find_spec("py_nanotts") is not None


def read(language, sentence, mood, low=False):
    """Say a sentence in a language of `NAMES` and in a `Mood`, its melody as it is: (N,) float32, -1 to 1, at `RATE`.

    Raises
    ------
    ChoiceError
        It is no sentence that can be read.
    """
    pitch = 2 ** (mood.pitch / 12) * (LOWER if low else 1)
    command = [sys.executable, "-I", "-c", PROGRAM, NAMES[language], f"{mood.pace:.3f}", f"{pitch:.3f}"]
    words = sentence.replace("<", " ").encode()  # which would begin a command to it
    try:
        sound = subprocess.run(command, input=words, capture_output=True, timeout=SECONDS, check=True).stdout
    except subprocess.SubprocessError:
        raise unspeakable(sentence) from None
    return np.frombuffer(sound, np.int16).astype(np.float32) / 32768
