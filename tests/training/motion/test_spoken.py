import numpy as np
import torch

from talking_face.data.phones import BILABIAL, CLASSES, SILENCE
from talking_face.training.motion.loss import timing_loss

WINDOW = 30


def test_windows_of_speech_have_silence_around_it_and_phones_that_fill_each_frame(tmp_path):
    from talking_face.training.motion.spoken import SpokenSampler

    random = np.random.default_rng(0)
    classes = np.zeros((50, len(CLASSES)), np.float16)
    classes[:, BILABIAL] = 1
    arrays = {"mel": random.normal(-3, 1, (200, 80)), "classes": classes, "closed": np.ones(50, bool)}
    np.savez(tmp_path / "spoken.npz", lengths=[20, 30], **arrays)
    sampler = SpokenSampler(tmp_path / "spoken.npz", WINDOW, lambda log_mel: np.ones((len(log_mel) // 4, 3)))
    mels, classes, closed, silent, said, deep = sampler.batch(40, random)
    assert mels.shape == (40, 4 * WINDOW, 80) and closed.shape == silent.shape == (40, WINDOW)
    np.testing.assert_allclose(classes.sum(-1), 1, atol=1e-3)
    assert ((classes[..., BILABIAL] > 0.5) == (closed > 0)).all()
    assert deep.shape == (40, WINDOW, 3) and (deep == said[..., None]).all() and (said >= closed).all()
    assert silent.any() and not (silent * closed).any() and (classes[silent > 0][:, SILENCE] > 0.99).all()


def test_lips_that_are_open_where_they_must_close_or_move_in_silence_cost():
    from talking_face.training.motion.spoken import speaking_loss

    classes = torch.eye(len(CLASSES))[torch.arange(WINDOW) % len(CLASSES)][None]
    closed = classes[..., BILABIAL]
    silent = torch.zeros(1, WINDOW)
    silent[:, :5] = 1

    def loss(closing, resting):
        gap = torch.full((1, WINDOW), 0.1) + 0.01 * torch.arange(WINDOW).sin()
        gap = gap * (1 - closed) + closing * closed
        gap = gap * (1 - silent) + resting * silent
        coefficients = torch.stack([gap, torch.zeros_like(gap)], -1)
        directions = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
        return float(speaking_loss(coefficients, classes, closed, silent, *directions, 0.01, 0.05))

    assert loss(-0.02, 0) < loss(0.02, 0) < loss(0.1, 0)
    assert loss(-0.02, 0) < loss(-0.02, 0.1)


def test_features_that_tell_moments_apart_cost_less_than_ones_that_are_late():
    seen = torch.nn.functional.normalize(torch.randn(2, 20, 16, generator=torch.manual_seed(0)), dim=-1)
    heard = torch.nn.functional.pad(seen, (0, 0, 4, 4))
    assert timing_loss(heard, seen) < 0.1 < timing_loss(heard.roll(1, 1), seen)
