import numpy as np


def test_pairs_are_cut_alike_and_recoloured_alike(faces, shape):
    from talking_face.training.painter.pairs import PairSampler

    batch = PairSampler(faces, faces, shape).batch(6, np.random.default_rng(0))
    source, target, landmarks_s, landmarks_t, box = batch
    assert source.shape == target.shape == (6, 3, 96, 96) and landmarks_s.shape == landmarks_t.shape == (6, 68, 2)
    assert box.shape == (6, 4) and source.min() >= 0 and source.max() <= 1
    skin = (slice(None), slice(None), slice(0, 10), slice(30, 66))
    assert (source[skin] - target[skin]).abs().mean() < 0.1


def test_closing_a_smile_closes_the_lips(faces, shape):
    from talking_face.training.painter.pairs import PairSampler

    smile = faces[0].images[1], faces[0].landmarks[1]
    closed, landmarks, image, _ = PairSampler(faces, faces, shape).close(*smile, np.random.default_rng(0))
    gap = landmarks[[65, 66, 67], 1] - landmarks[[63, 62, 61], 1]
    assert (gap <= 1e-4).all() and closed.shape == image.shape
