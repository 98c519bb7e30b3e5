"""A voice without a person, and what is asked of every recording."""

import numpy as np
import pytest

from talking_face.audio import Speech, loudness
from talking_face.audio.speech import NETWORK_LEVEL


def voice(seconds=1.0, rate=16000, peak=0.5):
    """A buzz of 120 Hz that comes and goes four times a second, with a little noise: float64 (N,)."""
    t = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 12)) * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * t))
    buzz += 0.01 * np.random.default_rng(0).standard_normal(len(t))
    return peak * buzz / np.abs(buzz).max()


def check_speech(speech, seconds):
    """Assert that lengths, types and levels of a `Speech` fit together."""
    assert isinstance(speech, Speech)
    assert speech.duration == pytest.approx(seconds, abs=0.06)  # MP3 and AAC add some lead-in and tail
    assert len(speech.sound) / speech.rate == pytest.approx(speech.duration, abs=1e-3)
    assert 0 <= speech.frames - speech.duration * 25 < 1
    assert speech.log_mel.shape == (4 * speech.frames, 80)
    for array in (speech.sound, speech.samples, speech.log_mel):
        assert array.dtype == np.float32 and np.isfinite(array).all()
    assert np.abs(speech.sound).max() <= 1 and np.abs(speech.samples).max() <= 1
    assert loudness(speech.samples, 16000) == pytest.approx(NETWORK_LEVEL, abs=0.5)
