import numpy as np


def test_pairs_are_cut_alike_and_recoloured_alike(faces, mouths):
    from talking_face.training.painter.pairs import PairSampler

    batch = PairSampler(faces, faces, mouths).batch(6, np.random.default_rng(0))
    source, target, landmarks_s, landmarks_t, box, teeth, drawn = batch
    assert teeth.shape == drawn.shape == (6, 4, 96, 96) and teeth.max() <= 1
    assert source.shape == target.shape == (6, 3, 96, 96) and landmarks_s.shape == landmarks_t.shape == (6, 68, 2)
    assert box.shape == (6, 4) and source.min() >= 0 and source.max() <= 1
    skin = (slice(None), slice(None), slice(0, 10), slice(30, 66))
    assert (source[skin] - target[skin]).abs().mean() < 0.1


def test_closing_a_smile_closes_the_lips(faces, mouths):
    from talking_face.training.painter.pairs import PairSampler

    pair = PairSampler(faces, faces, mouths).close(faces[0], 1, np.random.default_rng(0))
    gap = pair.landmarks_s[[65, 66, 67], 1] - pair.landmarks_s[[63, 62, 61], 1]
    assert (gap <= 1e-4).all() and pair.source.shape == pair.target.shape
