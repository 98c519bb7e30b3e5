import numpy as np

from talking_face.training.motion.augmentation import augment_log_mel


def test_augmentation_keeps_shape_and_changes_the_voice():
    mel = np.random.default_rng(0).normal(-4, 1, (40, 80)).astype(np.float32)
    other = augment_log_mel(mel, np.random.default_rng(1))
    assert other.shape == mel.shape and other.dtype == np.float32 and np.abs(other - mel).mean() > 0.05
    assert np.isfinite(other).all()
