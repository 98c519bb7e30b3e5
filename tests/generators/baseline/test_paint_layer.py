import torch

from talking_face.generators.baseline.decoder import PaintLayer


def test_painting_in_training_equals_painting_but_for_the_border():
    layer, frames = PaintLayer(5), torch.randn(2, 3, 5, 10, 10)
    fast, exact = layer.train()(frames), layer.eval()(frames)
    assert fast.shape == exact.shape == (2, 3, 3, 20, 20)
    torch.testing.assert_close(fast[..., 3:-3, 3:-3], exact[..., 3:-3, 3:-3])
