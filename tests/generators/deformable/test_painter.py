import torch

from talking_face.generators.deformable import painter


def test_unshuffling_is_pixel_unshuffle():
    pictures = torch.rand(2, 3, 8, 12)
    assert torch.equal(painter.unshuffle(pictures), torch.nn.functional.pixel_unshuffle(pictures, 2))


def test_halving_is_average_pooling():
    maps = torch.rand(2, 3, 8, 12)
    torch.testing.assert_close(painter.halve(maps), torch.nn.functional.avg_pool2d(maps, 2))
