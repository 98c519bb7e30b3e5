"""Predicted lips of speakers never heard in training beside their real ones, to look at."""

import cv2
import numpy as np

PLOT_FRAMES, PLOT_HEIGHT = 300, 100  # frames shown of a kind's first speaker; pixels a row, half an eye distance


def plot_openings(scores):
    """Real (black) and predicted (red) lip opening over time, a speaker of each kind: (H, W, 3) uint8.

    Parameters
    ----------
    scores : dict
        As `evaluation.lips.correlation.score_speakers` gives them; None is returned where they are empty.
    """
    rows = []
    for speakers in scores.values():
        row = np.full((PLOT_HEIGHT, 2 * PLOT_FRAMES, 3), 255, np.uint8)
        for name, colour in (("real", (0, 0, 0)), ("predicted", (220, 0, 0))):
            opening = speakers[0][name][:PLOT_FRAMES]
            height = PLOT_HEIGHT * (0.9 - 2 * (opening - np.median(opening)))
            points = np.stack([2 * np.arange(len(opening)), height], -1)
            cv2.polylines(row, [points.round().astype(np.int32)], False, colour, 1, cv2.LINE_AA)
        rows.append(row)
    return np.concatenate(rows) if rows else None
