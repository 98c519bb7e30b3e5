"""Many languages by eSpeak NG, which is called as a program: a plain voice, where there is no better one.

It is no part of this package and its licence (GPL-3.0) does not touch it; Debian's package is espeak-ng.
"""

import io
import subprocess
from shutil import which
from xml.sax.saxutils import escape

import soundfile

from talking_face.audio.synthesis.text import unspeakable

NAMES = {"en": "en-us", "de": "de", "es": "es-419", "fr": "fr-fr", "hi": "hi", "ar": "ar", "zh": "cmn"}
HIGH = "+f2"  # a woman's variant of any of them
RATE = 22_050  # Hz
WORDS = 150  # a minute; its own 175 is hard to follow
SECONDS = 60  # for one sentence, of which it needs a hundredth where the machine is not busy


def is_here():
    """Whether the program is installed."""
    return which("espeak-ng") is not None


def read(language, sentence, mood, low=False):
    """Say a sentence in a language of `NAMES` and in a `Mood`: (N,) float32, -1 to 1, at `RATE`.

    Raises
    ------
    ChoiceError
        It is no sentence that can be read.
    """
    voice = NAMES[language] + ("" if low else HIGH)
    prosody = f'pitch="{_percent(2 ** (mood.pitch / 12))}" range="{_percent(mood.melody)}"'
    words = f"<speak><prosody {prosody}>{escape(sentence)}</prosody></speak>"
    command = ["espeak-ng", "-v", voice, "-s", f"{WORDS * mood.pace:.0f}", "-m", "-b", "1", "--stdin", "--stdout"]
    try:
        wave = subprocess.run(command, input=words.encode(), capture_output=True, timeout=SECONDS, check=True).stdout
        return soundfile.read(_measured(wave), dtype="float32")[0]
    except (subprocess.SubprocessError, soundfile.SoundFileError):
        raise unspeakable(sentence) from None


def _percent(factor):
    return f"{100 * factor - 100:+.0f}%"


def _measured(wave):
    """A WAV file with its true lengths, which nobody knows while it goes through a pipe."""
    data = bytearray(wave)
    data[4:8] = max(0, len(data) - 8).to_bytes(4, "little")
    data[40:44] = max(0, len(data) - 44).to_bytes(4, "little")
    return io.BytesIO(bytes(data))
