import numpy as np
import torch

from support.tiny_data_room import opened
from talking_face.data.motion_sets import Recording, shift_sound


def test_late_sound_is_found_and_brought_into_step(shape):
    from talking_face.training.motion.sync import find_shifts

    class Listener(torch.nn.Module):
        """Hears the level, and opens the lips with it."""

        def __init__(self):
            super().__init__()
            self.gain = torch.nn.Parameter(torch.ones(1))

        def forward(self, log_mel):
            return self.gain * log_mel[:, ::4].mean(-1, keepdim=True)

    level = np.repeat(np.sin(np.arange(90) / 4) ** 2, 4)[:, None]
    log_mel = (4 * level - 6 + np.random.default_rng(0).normal(0, 0.2, (360, 80))).astype(np.float32)
    landmarks = np.stack([opened(shape, opening) for opening in 0.2 * level[::4, 0]])
    recording = Recording("a", "GRID", "a", False, 1.0, log_mel, landmarks)
    basis = opened(shape, 0.1).reshape(1, 136) - shape.mean.reshape(1, 136)
    assert find_shifts([recording], [Listener()], basis) == {}
    late = shift_sound(recording, -8)
    shifts = find_shifts([late], [Listener()], basis)
    assert shifts == {"a": 8}
    middle = slice(20, -20)
    np.testing.assert_array_equal(shift_sound(late, shifts["a"]).log_mel[middle], log_mel[middle])
