"""Expressions as vectors: landmarks without pose, and blendshapes, made symmetric; posed, and of people who speak."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talking_face.data.expressions import differences
from talking_face.data.motion_sets import speakers_held_out
from talking_face.data.splits import is_held_out
from talking_face.data.tables import read_table
from talking_face.emotions import EMOTIONS
from talking_face.face.geometry import MIRROR

# ARKit's names in MediaPipe's order.
BLENDSHAPES = tuple(
    """_neutral browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft
    cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft eyeLookInRight
    eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft eyeSquintRight eyeWideLeft eyeWideRight
    jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight mouthFrownLeft mouthFrownRight
    mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight mouthPucker mouthRight
    mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft mouthSmileRight mouthStretchLeft
    mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft noseSneerRight""".split()
)
OTHER_SIDE = [
    BLENDSHAPES.index(name.replace("Left", "*").replace("Right", "Left").replace("*", "Right")) for name in BLENDSHAPES
]
UNIT = 0.05  # eye distances that a whole blendshape counts as much as
POINTS = 136  # numbers of a vector that are landmarks; the others are blendshapes
MIN_FRAMES = 60
SAME = 2e-3  # eye distances: mean faces no further apart are of one recording
# Heads that another system made of an actor's recordings, the same actor's neutral ones among them.
PAIRED = ("ravdess_08",)


@dataclass(frozen=True)
class Spoken:
    """The mean face of one speaker in one emotion.

    Attributes
    ----------
    speaker, emotion : str
    held_out : bool
    face : ndarray, (188,)
    """

    speaker: str
    emotion: str
    held_out: bool
    face: np.ndarray


def vectors(landmarks, blendshapes, shape):
    """Landmarks (N, 68, 2) and blendshapes (N, 52) -> (N, 188): face units, and blendshapes times `UNIT`."""
    points = shape.remove_pose(np.asarray(landmarks, np.float64))
    points = (points + points[:, MIRROR] * [-1, 1]) / 2
    blendshapes = np.asarray(blendshapes, np.float64)
    both = UNIT * (blendshapes + blendshapes[:, OTHER_SIDE]) / 2
    return np.concatenate([points.reshape(len(points), POINTS), both], 1)


def posed_expressions(data, shape):
    """What posed emotions change in their owner's neutral face.

    Parameters
    ----------
    data : path
        The data room.
    shape : FaceShape

    Returns
    -------
    dict of str to ndarray, (N, 188)
        Emotion -> differences, of people who are not held out.
    """
    with np.load(Path(data) / "expressions.labels.npz") as file:
        faces = dict(zip(file["ids"].tolist(), vectors(file["landmarks"], file["blendshapes"], shape)))
    posed = defaultdict(list)
    for emotion, identity, difference in differences(data, faces):
        if not is_held_out(identity):
            posed[emotion].append(difference)
    return {emotion: np.stack(posed[emotion]) for emotion in EMOTIONS if emotion in posed}


def spoken_expressions(data, shape):
    """Mean faces of people who speak, in each emotion that they are recorded in.

    Parameters
    ----------
    data : path
        The data room.
    shape : FaceShape

    Returns
    -------
    list of Spoken
        Neutral ones are of free speech or acted; a recording that is there twice counts once.
    """
    data, rows = Path(data), read_table(Path(data) / "motion.csv")
    held_out, found, seen = speakers_held_out(rows), defaultdict(list), []
    for row in rows:
        emotion, source = row["emotion"] or "neutral", row["source"]
        made = source.startswith("generated") and row["speaker"] not in PAIRED
        scarce = emotion == "neutral" and (source.startswith("LRC-AR") or int(row["frames"]) < MIN_FRAMES)
        if made or scarce or source == "GRID" or emotion not in EMOTIONS:
            continue
        arrays = np.load(data / "motion" / f"{row['id']}.npz")
        face = vectors(arrays["landmarks"], arrays["blendshapes"], shape).mean(0)
        if not any(np.abs(face - other).max() < SAME for other in seen):
            seen.append(face)
            found[row["speaker"], emotion].append(face)
    return [Spoken(s, e, s in held_out, np.mean(faces, 0)) for (s, e), faces in found.items()]
