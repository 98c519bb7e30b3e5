"""Posed expressions of the data room, as what they do to a face."""

from collections import defaultdict
from pathlib import Path

import numpy as np

from talking_face.data.splits import is_held_out
from talking_face.data.tables import read_landmarks, read_table
from talking_face.emotions import EMOTIONS


def posed_displacements(data, shape):
    """Displacements of posed expressions from their owner's neutral face.

    Parameters
    ----------
    data : path
        The data room.
    shape : FaceShape

    Returns
    -------
    displacements : ndarray, (N, 68, 2)
        Face units, pose removed.
    labels : ndarray, (N,) int
        Index into `EMOTIONS`; neutral faces are left out.
    held_out : ndarray, (N,) bool
        Faces of people kept for evaluation.
    """
    data = Path(data)
    landmarks = read_landmarks(data / "expressions.labels.npz")
    rows = [row for row in read_table(data / "expressions.csv") if row["id"] in landmarks]
    neutral = defaultdict(list)
    for row in rows:
        if row["emotion"] == "neutral":
            neutral[row["identity"]].append(shape.remove_pose(landmarks[row["id"]]))
    moves, labels, held_out = [], [], []
    for row in rows:
        if row["emotion"] in EMOTIONS and row["emotion"] != "neutral" and row["identity"] in neutral:
            rest = np.mean(neutral[row["identity"]], 0)
            moves.append(shape.remove_pose(landmarks[row["id"]]) - rest)
            labels.append(EMOTIONS.index(row["emotion"]))
            held_out.append(is_held_out(row["identity"]))
    return np.stack(moves), np.array(labels), np.array(held_out)
