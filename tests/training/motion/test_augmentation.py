import numpy as np

from talking_face.training.motion.augmentation import augment_log_mel, babble, music, steady_noise


def test_augmentation_keeps_shape_and_changes_the_voice():
    mel = np.random.default_rng(0).normal(-4, 1, (40, 80)).astype(np.float32)
    for seed in range(12):
        other = augment_log_mel(mel, np.random.default_rng(seed), lambda random: mel[::-1])
        assert other.shape == mel.shape and other.dtype == np.float32 and np.abs(other - mel).mean() > 0.05
        assert np.isfinite(other).all()


def test_noises_are_power_of_their_own_kind():
    random = np.random.default_rng(0)
    voice = random.normal(-4, 1, (30, 80)).astype(np.float32)
    steady, played, talk = steady_noise(random, 200, 80), music(random, 200, 80), babble(random, 200, lambda _: voice)
    for power in (steady, played, talk):
        assert power.shape == (200, 80) and (power > 0).all()
    rises = lambda power: np.diff(np.log10(power.mean(1))).std()
    sparse = lambda power: power.mean(0).std() / power.mean()
    assert rises(steady) < rises(played) and sparse(steady) < sparse(played)
    np.testing.assert_allclose(np.log10(talk[:30] / talk[30:60]), 0, atol=1e-4)  # who says little repeats himself
