import torch

from talking_face.generators.deformable import painter
from talking_face.generators.deformable.mouth import region_window


def test_unshuffling_is_pixel_unshuffle():
    pictures = torch.rand(2, 3, 8, 12)
    assert torch.equal(painter.unshuffle(pictures), torch.nn.functional.pixel_unshuffle(pictures, 2))


def test_halving_is_average_pooling():
    maps = torch.rand(2, 3, 8, 12)
    torch.testing.assert_close(painter.halve(maps), torch.nn.functional.avg_pool2d(maps, 2))


def test_the_painters_attention_vanishes_at_the_regions_border():
    window = region_window(96)[0, 0]
    assert window[0].max() == 0 and window[:, -1].max() == 0 and window[48, 48] == 1
