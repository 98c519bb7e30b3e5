import numpy as np

from talking_face.audio import log_mel
from talking_face.audio.prosody import prosody, silence, smooth

RATE = 16000


def spoken(pattern, pitch=120.0):
    """A buzz as loud as `pattern` says, a value a frame; (log-mel, samples)."""
    time = np.arange(len(pattern) * 640) / RATE
    buzz = sum(np.sin(2 * np.pi * k * pitch * time) for k in range(1, 25)) / 25
    samples = (buzz * np.repeat(pattern, 640)).astype(np.float32)
    return log_mel(samples, len(pattern)), samples


def test_pauses_and_phrases_are_where_they_were_made():
    pattern = np.full(150, 0.3)
    pattern[60:90] = 1e-5
    found = prosody(*spoken(pattern))
    assert found.pause[65:85].all() and not found.pause[5:55].any() and not found.pause[95:145].any()
    assert len(found.phrases) == 2 and abs(found.phrases[1] - 90) <= 2 and abs(found.ends[0] - 60) <= 2


def test_loud_syllables_are_accents():
    pattern = np.full(200, 0.05)
    for frame in (50, 100, 150):
        pattern[frame - 3 : frame + 4] = 0.5
    found = prosody(*spoken(pattern))
    assert len(found.accents) == 3 and np.abs(found.accents - [50, 100, 150]).max() <= 2


def test_silence_has_no_accents():
    found = silence(50)
    assert found.pause.all() and not len(found.accents) and not found.loudness.any()


def test_smoothing_keeps_constants_and_ends():
    np.testing.assert_allclose(smooth(np.full((30, 2), 3.0), 4), 3)
