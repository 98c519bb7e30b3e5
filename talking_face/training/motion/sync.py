"""Bring sound and picture of each speaker into step by what a network hears."""

from collections import defaultdict

import numpy as np
import torch

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.evaluation.lips.correlation import shifted_correlation
from talking_face.face.geometry import lip_opening
from talking_face.motion.network import normalise_log_mel

MOST = 12  # quarters of a frame that a speaker's sound may move
RECORDINGS = 60  # of a speaker are enough
MIN_FRAMES = 70  # of a speaker, to move it at all
MIN_CORRELATION, MIN_GAIN = 0.3, 0.015  # to believe a shift


@torch.no_grad()
def hear(networks, log_mel):
    """Mean coefficients of some networks: (4 T, 80) -> (T, K)."""
    device = next(networks[0].parameters()).device
    mel = normalise_log_mel(torch.from_numpy(np.ascontiguousarray(log_mel)))[None].to(device)
    return (sum(network(mel)[0] for network in networks) / len(networks)).cpu().numpy()


def predict(networks, log_mel, basis):
    """Mean prediction of some networks: (4 T, 80), basis (K, 136) -> (T, 68, 2)."""
    return (hear(networks, log_mel) @ basis).reshape(-1, 68, 2)


def find_shifts(recordings, networks, basis):
    """Where each speaker's sound best fits the lips that networks predict from it.

    Parameters
    ----------
    recordings : list of Recording
    networks : list of torch.nn.Module
        In evaluation mode.
    basis : ndarray, (K, 136)

    Returns
    -------
    dict of str to int
        Speaker -> quarters of a frame for `motion_data.shift_sound`; only speakers who gain by moving.
    """
    by_speaker = defaultdict(list)
    for recording in recordings:
        by_speaker[recording.speaker].append(recording)
    shifts = {}
    for speaker, parts in by_speaker.items():
        if sum(len(r.landmarks) for r in parts[:RECORDINGS]) < MIN_FRAMES:
            continue
        pairs = [
            (lip_opening(predict(networks, r.log_mel, basis)), lip_opening(r.landmarks)) for r in parts[:RECORDINGS]
        ]
        # Beyond what may move, so that a peak at the edge is seen to lie outside.
        scores = {s: shifted_correlation(pairs, s / COLUMNS_PER_FRAME) for s in range(-MOST - 4, MOST + 5, 2)}
        best = max(scores, key=scores.get)
        if abs(best) <= MOST and scores[best] > max(MIN_CORRELATION, scores[0] + MIN_GAIN):
            shifts[speaker] = best
    return shifts
