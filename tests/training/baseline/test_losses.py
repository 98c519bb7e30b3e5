import numpy as np
import pytest
import torch

from talking_face.data.clip import SIZE
from talking_face.training.baseline import losses


def test_mouth_weights_peak_at_the_mouth():
    weights = losses.mouth_weights(torch.tensor([[40.0, 90.0]]), SIZE)[0, 0, 0]
    assert weights[90, 40] == 1 and weights[90, 56] == pytest.approx(np.exp(-0.5), rel=1e-4)


def test_the_gradient_loss_sees_blur_where_l1_hardly_does():
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    blurred = torch.nn.functional.avg_pool2d(picture, 3, 1, 1)
    shifted = picture + (picture - blurred).abs().mean()
    loss = losses.GradientLoss()
    assert loss(picture, picture) == 0 and loss(blurred, picture) > 10 * loss(shifted, picture)


def test_the_penalty_asks_for_a_slope_of_one():
    image, videos = torch.zeros(2, 3, 4, 4), torch.rand(2, 2, 3, 3, 4, 4)
    for slope, penalty in ((1, 0), (3, 4)):
        critic = lambda _, video, slope=slope: (
            slope / np.sqrt(3 * 4 * 4) * video.flatten(0, 1).flatten(1).sum(1, keepdim=True)
        )
        assert losses.gradient_penalty(critic, image, *videos) == pytest.approx(penalty, rel=1e-4, abs=1e-10)
