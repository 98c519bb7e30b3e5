"""Our log-mel beside librosa's.

`golden_log_mel.npz` holds what librosa makes of a second of voice, which takes it long;
`PYTHONPATH=.:tests python tests/audio/test_mel.py` writes it anew.
"""

from pathlib import Path

import numpy as np

from support.voice import voice
from talking_face.audio import log_mel

GOLDEN = Path(__file__).parent / "golden_log_mel.npz"


def golden_samples():
    return voice(1.0, peak=0.3).astype(np.float32)


def test_log_mel_equals_librosa():
    expected = np.load(GOLDEN)["log_mel"]
    samples = golden_samples()
    assert np.abs(log_mel(samples, 25) - expected[:100]).max() < 1e-4  # cut
    longer = log_mel(samples, 27)
    assert np.abs(longer[:101] - expected).max() < 1e-4
    assert (longer[102:] == -10).all()  # continued by silence
    assert (log_mel(np.zeros(16000, np.float32), 25) == -10).all()


if __name__ == "__main__":
    from librosa.feature import melspectrogram

    power = melspectrogram(y=golden_samples(), sr=16000, n_fft=400, hop_length=160, n_mels=80)
    np.savez_compressed(GOLDEN, log_mel=np.log10(np.maximum(power, 1e-10)).T.astype(np.float32))
