import numpy as np
import pytest
import torch

from talking_face.errors import ConfigError
from talking_face.training.core.recipe import warm_up_and_cosine


def test_the_learning_rate_rises_then_falls():
    rates = [warm_up_and_cosine(step, 10, 100) for step in range(1, 101)]
    assert np.argmax(rates) in (9, 10) and rates[0] < 0.11 and rates[-1] == pytest.approx(0.03)
    assert (np.diff(rates[10:]) < 0).all()


def test_gradients_are_clipped(toy):
    recipe = toy(clip_gradient=0.5)
    recipe.descend("network", 1e6 * recipe.modules["network"](torch.ones(1, 1)).sum())
    norm = torch.stack([p.grad.norm() for p in recipe.modules["network"].parameters()]).norm()
    assert norm <= 0.5001


def test_bfloat16_computes_in_it_and_float16_is_refused_on_the_cpu(toy):
    seen = []
    recipe = toy(precision="bfloat16", device="cpu")
    recipe.modules["network"].register_forward_hook(lambda *args: seen.append(args[-1].dtype))
    recipe.advance(1)
    assert seen == [torch.bfloat16] and recipe.modules["network"][0].weight.dtype == torch.float32
    with pytest.raises(ConfigError, match="float16 needs CUDA"):
        toy(precision="float16", device="cpu")
