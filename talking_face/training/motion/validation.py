"""Predicted lips of speakers never heard in training against their real ones."""

from collections import defaultdict

import cv2
import numpy as np

from talking_face.data.motion_sets import group
from talking_face.evaluation import metrics
from talking_face.face.geometry import lip_opening

KINDS = {"main": "GRID", "grid": "GRID", "arabic": "Arabic news", "web": "free speech on the web"}
MIN_FRAMES = 60  # fewer say nothing about a speaker
PLOT_FRAMES, PLOT_HEIGHT = 300, 100  # frames shown of a kind's first speaker; pixels a row, half an eye distance
STILL_PHOTO = 0.0  # correlation of lips that never move


def score_speakers(recordings, predict):
    """Lip opening of each speaker, all recordings together, predicted against real.

    Parameters
    ----------
    recordings : list of Recording
    predict : callable
        Log-mel (4 T, 80) -> displacement of the landmarks (T, 68, 2).

    Returns
    -------
    dict of str to list of dict
        Kind of speech -> for each speaker `speaker`, `correlation`, `amplitude` (predicted over real), and both
        openings, `predicted` and `real` (T,), eye distances.
    """
    people = defaultdict(list)
    for recording in recordings:
        predicted, real = lip_opening(predict(recording.log_mel)), lip_opening(recording.landmarks)
        frames = min(len(predicted), len(real))
        people[KINDS[group(recording)], recording.speaker].append((predicted[:frames], real[:frames]))
    scores = defaultdict(list)
    for (kind, speaker), pairs in people.items():
        predicted, real = (np.concatenate(parts) for parts in zip(*pairs))
        if len(real) >= MIN_FRAMES:
            scores[kind].append(
                {
                    "speaker": speaker,
                    "correlation": metrics.correlation(predicted, real),
                    "amplitude": float(predicted.std() / real.std()),
                    "predicted": predicted,
                    "real": real,
                }
            )
    return dict(scores)


def summarise(scores):
    """Mean correlation and median amplitude of each kind of speech, and the still photo's: a flat dictionary."""
    numbers = {"correlation, still photo": STILL_PHOTO}
    for kind, rows in scores.items():
        numbers[f"correlation, {kind}"] = round(float(np.mean([row["correlation"] for row in rows])), 3)
        numbers[f"amplitude, {kind}"] = round(float(np.median([row["amplitude"] for row in rows])), 2)
    return numbers


def plot_openings(scores):
    """Real (black) and predicted (red) lip opening over time, a speaker of each kind: (H, W, 3) uint8."""
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
