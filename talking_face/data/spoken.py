"""Speech of synthesisers that say which phone lies where: espeak-ng in many languages, and flite in English.

Both are programs of Debian by these names; espeak-ng's library speaks two hundred times as fast as people do.
"""

import ctypes
import re
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from talking_face.audio.mel import SAMPLE_RATE
from talking_face.audio.reading import read_sound
from talking_face.audio.speech import resample

SYNCHRONOUS, PHONEME_EVENTS_IN_IPA = 2, 3
END, PHONEME, UTF8 = 0, 7, 1  # kinds of events, and how texts are encoded
RATE, PITCH, RANGE = 1, 3, 4  # parameters: words a minute; 0 to 100; 0 (monotone) to 100
# Phones of flite's English voices (ARPAbet) in the International Phonetic Alphabet.
ARPABET = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "aʊ", "ax": "ə", "ay": "aɪ", "b": "b", "ch": "tʃ", "d": "d",
    "dh": "ð", "eh": "ɛ", "er": "ɜ", "ey": "eɪ", "f": "f", "g": "ɡ", "hh": "h", "ih": "ɪ", "iy": "i", "jh": "dʒ",
    "k": "k", "l": "l", "m": "m", "n": "n", "ng": "ŋ", "ow": "oʊ", "oy": "ɔɪ", "p": "p", "r": "ɹ", "s": "s",
    "sh": "ʃ", "t": "t", "th": "θ", "uh": "ʊ", "uw": "u", "v": "v", "w": "w", "y": "j", "z": "z", "zh": "ʒ", "pau": "",
}  # fmt: skip
CLOSURE = 0.1  # seconds; a shorter pause before a stop is its closure
STOPS = tuple("pbtdkɡqcɟʈɖɓɗ")
FLITE_VOICES = ("kal16", "awb", "rms", "slt")


class _Event(ctypes.Structure):
    """espeak_EVENT of espeak-ng's speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """espeak-ng's library, one voice at a time.

    Raises
    ------
    OSError
        It is not installed.
    """

    def __init__(self):
        self.library = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = self.library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS_IN_IPA)
        self.blocks, self.starts = [], []
        self.callback = _Callback(self._take)
        self.library.espeak_SetSynthCallback(self.callback)

    def say(self, voice, text, rate=170, pitch=50, melody=50):
        """Speak a text.

        Parameters
        ----------
        voice : str
            A language and, after a plus sign, a variant: "de", "en-us+f3".
        text : str
        rate : int
            Words a minute.
        pitch, melody : int
            Height and range of the voice, 0 to 100.

        Returns
        -------
        samples : ndarray, (N,) float32
            At `SAMPLE_RATE`.
        phones : list of (float, float, str)
            Start and end, seconds, and name in the International Phonetic Alphabet, "" for a pause.

        Raises
        ------
        ValueError
            There is no such voice.
        """
        self.blocks, self.starts = [], []
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice!r}.")
        for parameter, value in ((RATE, rate), (PITCH, pitch), (RANGE, melody)):
            self.library.espeak_SetParameter(parameter, int(value), 0)
        encoded = text.encode() + b"\0"
        self.library.espeak_Synth(encoded, len(encoded), 0, 1, 0, UTF8, None, None)
        samples = np.concatenate([*self.blocks, np.zeros(0, np.int16)]).astype(np.float32) / 32768
        ends = [start for start, _ in self.starts[1:]] + [len(samples) / self.rate]
        # A name in brackets only says that another language follows.
        phones = [(start, end, name) for (start, name), end in zip(self.starts, ends) if not name.startswith("(")]
        return resample(samples, self.rate, SAMPLE_RATE), with_closures(phones)

    def _take(self, samples, count, events):
        if samples and count > 0:
            self.blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        number = 0
        while events[number].type != END:
            if events[number].type == PHONEME:
                name = events[number].name.decode(errors="ignore")
                self.starts.append((events[number].milliseconds / 1000, name))
            number += 1
        return 0


def with_closures(phones):
    """Phones of some length, a stop's silent closure counted to it, as lips do."""
    out = []
    for start, end, name in phones:
        if end <= start:
            continue
        if out and name[:1] in STOPS and out[-1][2] == "" and out[-1][1] - out[-1][0] < CLOSURE:
            start = out.pop()[0]
        out.append((start, end, name))
    return out


@lru_cache(maxsize=1)
def espeak():
    """The one `Espeak` of this process, as the library keeps one voice for all."""
    return Espeak()


def flite(voice, text, slower=1.0):
    """Speak an English text with one of `FLITE_VOICES`, made of recordings of people: as `Espeak.say` returns it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        options = ["-voice", voice, "-psdur", "--setf", f"duration_stretch={slower}", "-t", text, "-o", str(path)]
        said = subprocess.run(["flite", *options], capture_output=True, text=True, check=True).stdout
        rate, channels, _ = read_sound(path, 60)
    phones, start = [], 0.0
    for name, end in re.findall(r"(\w+):([\d.]+)", said):
        phones.append((start, float(end), ARPABET[name]))
        start = float(end)
    return resample(channels[:, 0], rate, SAMPLE_RATE), phones
