"""Bring sound and picture of each speaker into step by what a network hears."""

from collections import defaultdict

import torch
from torch.nn import functional as F

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.evaluation.lips.correlation import shifted_correlation
from talking_face.evaluation.lips.sync import lip_windows
from talking_face.face.geometry import lip_opening

MOST = 12  # quarters of a frame that a speaker's sound may move
RECORDINGS = 60  # of a speaker are enough
MIN_FRAMES = 70  # of a speaker, to move it at all
MIN_CORRELATION, MIN_GAIN = 0.3, 0.015  # to believe a shift


@torch.no_grad()
def seen(network, shapes):
    """What the measure of lip sync sees in lips: ndarray (B, W, 68, 2) -> Tensor (B, W - 8, size), of unit length."""
    windows = torch.stack([lip_windows(shape) for shape in shapes])
    return F.normalize(network.sees(windows.to(next(network.parameters()).device)), dim=-1)


def find_shifts(recordings, predict):
    """Where each speaker's sound best fits the lips that are predicted from it.

    Parameters
    ----------
    recordings : list of Recording
    predict : callable
        Log-mel (4 T, 80) -> displacement of the landmarks (T, 68, 2).

    Returns
    -------
    dict of str to int
        Speaker -> quarters of a frame for `motion_sets.shift_sound`; only speakers who gain by moving.
    """
    by_speaker = defaultdict(list)
    for recording in recordings:
        by_speaker[recording.speaker].append(recording)
    shifts = {}
    for speaker, parts in by_speaker.items():
        if sum(len(r.landmarks) for r in parts[:RECORDINGS]) < MIN_FRAMES:
            continue
        pairs = [(lip_opening(predict(r.log_mel)), lip_opening(r.landmarks)) for r in parts[:RECORDINGS]]
        # Beyond what may move, so that a peak at the edge is seen to lie outside.
        scores = {s: shifted_correlation(pairs, s / COLUMNS_PER_FRAME) for s in range(-MOST - 4, MOST + 5, 2)}
        best = max(scores, key=scores.get)
        if abs(best) <= MOST and scores[best] > max(MIN_CORRELATION, scores[0] + MIN_GAIN):
            shifts[speaker] = best
    return shifts
