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
    landmarks = read_landmarks(Path(data) / "expressions.labels.npz")
    faces = {name: shape.remove_pose(points) for name, points in landmarks.items()}
    emotions, identities, moves = zip(*differences(data, faces))
    return np.stack(moves), np.array([*map(EMOTIONS.index, emotions)]), np.array([*map(is_held_out, identities)])


def differences(data, faces):
    """What posed emotions change in their owner's mean neutral face.

    Parameters
    ----------
    data : path
        The data room.
    faces : dict of str to ndarray
        Id -> face, all of one shape.

    Yields
    ------
    emotion, identity : str
    difference : ndarray
        As the faces are.
    """
    rows = [row for row in read_table(Path(data) / "expressions.csv") if row["id"] in faces]
    neutral = defaultdict(list)
    for row in rows:
        if row["emotion"] == "neutral":
            neutral[row["identity"]].append(faces[row["id"]])
    for row in rows:
        if row["emotion"] in EMOTIONS and row["emotion"] != "neutral" and row["identity"] in neutral:
            yield row["emotion"], row["identity"], faces[row["id"]] - np.mean(neutral[row["identity"]], 0)
