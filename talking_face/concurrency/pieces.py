"""Into which pieces the work on a video is cut."""

import numpy as np

from talking_face.concurrency.thread_pool import worker_count

CHUNK_BYTES = 8_000_000  # of finished frames in one piece, of which several wait
MIN_CHUNK, MAX_CHUNK = 4, 12  # frames; fewer are slow to paint, more gain nothing and the first come later


def chunk_size(picture: np.ndarray) -> int:
    """Frames to make at once of a picture, (H, W, 3) uint8."""
    return min(MAX_CHUNK, max(MIN_CHUNK, CHUNK_BYTES // picture.nbytes))


def pieces(frames: int, size: int, first: int = 0, growth: int | None = None) -> list[slice]:
    """Cut a video, from its frame `first` on, into pieces of at most `size` frames: list of slice.

    With a `growth`, the first piece is that long and each of the next longer by as much, so that it is done soon. They
    get smaller towards the end, so no core waits long for the last one (guided self-scheduling, Polychronopoulos & Kuck
    1987).
    """
    growth = size if growth is None else growth
    ends = [first]
    while ends[-1] < frames:
        share = -(-(frames - ends[-1]) // (2 * worker_count()))
        ends.append(min(frames, ends[-1] + min(size, growth * len(ends), max(MIN_CHUNK, share))))
    return [slice(first, last) for first, last in zip(ends, ends[1:])]
