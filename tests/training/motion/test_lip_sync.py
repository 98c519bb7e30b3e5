import numpy as np

from support.tiny_data_room import opened
from talking_face.data.motion_sets import Recording, shift_sound


def test_sound_learns_to_pick_its_own_lips(shape):
    from talking_face.evaluation.lips.sync import offset
    from talking_face.training.motion.lip_sync import fit_lip_sync

    def recording(seed):
        random = np.random.default_rng(seed)
        level = np.convolve(random.random(200), np.ones(4) / 4, "same")
        log_mel = (4 * np.repeat(level, 4)[:, None] - 6 + random.normal(0, 0.2, (800, 80))).astype(np.float32)
        landmarks = np.stack([opened(shape, opening) for opening in 0.3 * level])
        return Recording(str(seed), "web", str(seed), False, 1.0, log_mel, landmarks)

    network = fit_lip_sync([recording(seed) for seed in range(6)], steps=12)
    stranger = recording(9)
    assert offset(network, stranger.log_mel, stranger.landmarks)[0] == 0
    assert offset(network, shift_sound(stranger, -20).log_mel, stranger.landmarks)[0] == -5
