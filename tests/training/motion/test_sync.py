import numpy as np

from support.tiny_data_room import opened
from talking_face.data.motion_sets import Recording, shift_sound


def test_late_sound_is_found_and_brought_into_step(shape):
    from talking_face.training.motion.sync import find_shifts

    level = np.repeat(np.sin(np.arange(90) / 4) ** 2, 4)[:, None]
    log_mel = (4 * level - 6 + np.random.default_rng(0).normal(0, 0.2, (360, 80))).astype(np.float32)
    landmarks = np.stack([opened(shape, opening) for opening in 0.2 * level[::4, 0]])
    recording = Recording("a", "GRID", "a", False, 1.0, log_mel, landmarks)
    opens = opened(shape, 0.1) - shape.mean
    hear = lambda log_mel: log_mel[::4].mean(-1)[:, None, None] * opens  # the level
    assert find_shifts([recording], hear) == {}
    late = shift_sound(recording, -8)
    shifts = find_shifts([late], hear)
    assert shifts == {"a": 8}
    middle = slice(20, -20)
    np.testing.assert_array_equal(shift_sound(late, shifts["a"]).log_mel[middle], log_mel[middle])
