"""What the benchmark works on: an example portrait at two sizes, and an example recording made any length."""

import numpy as np

from talking_face.paths import ASSETS

PHOTO, VOICE = ASSETS / "london_009.jpg", ASSETS / "good_news.wav"
SMALL, LARGE = 256, 720  # pixels on a side; the face fills the photo, so all of it moves


def photo(side):
    """The portrait scaled to a square: (side, side, 3) uint8, RGB."""
    from PIL import Image

    return np.array(Image.open(PHOTO).convert("RGB").resize((side, side), Image.Resampling.LANCZOS))


def recording(seconds):
    """The recording repeated up to a length: (rate in Hz, samples (N,) float32)."""
    import soundfile

    samples, rate = soundfile.read(VOICE, dtype="float32")
    return rate, np.resize(samples, round(seconds * rate))


def write_recording(path, seconds):
    """The same as a WAV file, piece by piece, so that the process's memory shows the engine's needs alone."""
    import soundfile

    samples, rate = soundfile.read(VOICE, dtype="int16")
    rest = round(seconds * rate)
    with soundfile.SoundFile(path, "w", rate, 1, "PCM_16") as file:
        while rest > 0:
            file.write(samples[:rest])
            rest -= len(samples)
