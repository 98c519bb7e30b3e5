import numpy as np
import pytest

from talking_face.concurrency.pieces import MAX_CHUNK, MIN_CHUNK, pieces


@pytest.mark.parametrize("frames", [1, 3, 4, 50, 75, 1001])
def test_pieces_cover_the_video_and_shrink_towards_its_end(frames):
    parts = pieces(frames, MAX_CHUNK)
    assert np.array_equal(np.concatenate([np.arange(frames)[part] for part in parts]), np.arange(frames))
    lengths = [part.stop - part.start for part in parts]
    assert max(lengths) <= MAX_CHUNK and lengths == sorted(lengths, reverse=True) and lengths[-1] <= MIN_CHUNK


def test_the_first_piece_is_done_soon():
    lengths = [part.stop - part.start for part in pieces(1000, 12, 10, 4)]
    assert lengths[:4] == [4, 8, 12, 12] and sum(lengths) == 990
