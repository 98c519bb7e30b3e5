"""Fit `FaceShape`: the mean face, the pose correction and the expression estimate, by linear regression.

python -m talking_face.training.mesh.fit_shape --data ../shared/data
"""

import argparse
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from sklearn.linear_model import Ridge

from talking_face.data.motion_sets import load_recordings, resting_faces
from talking_face.data.splits import is_held_out
from talking_face.data.tables import read_landmarks, read_table
from talking_face.face.geometry import LIPS, MIRROR, crop_to_face
from talking_face.face.shape import NOSE_TIP, FaceShape
from talking_face.weights import save_weights

FRAMES_A_SPEAKER = 300
STRENGTHS = 1e-4, 3e-4, 1e-3, 3e-3, 1e-2  # of the ridge, a face, that are tried
NO_EXPRESSION = np.zeros((137, 136))
PHOTOGRAPHS = 0.6  # weight of photographs, all together, against that of speech: what is estimated is a photo's smile


def load_photographs(data):
    """Posed expressions and portraits: list of (identity, emotion, landmarks (68, 2) crop pixels)."""
    data, faces = Path(data), []
    for table in ("expressions", "stills"):
        landmarks = read_landmarks(data / f"{table}.labels.npz")
        faces += [
            (r["identity"], r["emotion"], landmarks[r["id"]])
            for r in read_table(data / f"{table}.csv")
            if r["id"] in landmarks
        ]
    return faces


def symmetric_mean(landmarks):
    """Mean of faces and their mirror images: (N, 68, 2) face units -> (68, 2)."""
    mean = landmarks.mean(0)
    return (mean + mean[MIRROR] * [-1, 1]) / 2


def fit_pose(groups):
    """Regress within-person displacement on the nose tip's: list of (n, 68, 2) aligned -> (2, 136)."""
    turns, moves = [], []
    for landmarks in groups:
        moved = landmarks - landmarks.mean(0)
        turns.append(moved[:, NOSE_TIP])
        moves.append(moved.reshape(-1, 136))
    return np.linalg.lstsq(np.concatenate(turns), np.concatenate(moves), rcond=None)[0]


def thin(landmarks, most=FRAMES_A_SPEAKER):
    """At most `most` frames, evenly spread, so that no speaker dominates."""
    return landmarks[np.linspace(0, len(landmarks) - 1, min(most, len(landmarks))).astype(int)]


def expression_pairs(groups, resting, shape):
    """Stack (identity, pose-free shape minus mean, displacement from that person's resting face)."""
    people, shapes, moves = [], [], []
    for person, landmarks in groups.items():
        if person in resting:
            people += [person] * len(landmarks)
            shapes.append((landmarks - shape.mean).reshape(-1, 136))
            moves.append((landmarks - resting[person]).reshape(-1, 136))
    return np.array(people), np.concatenate(shapes), np.concatenate(moves)


def fit_head(data, photographs):
    """Mean face and pose correction: a `FaceShape` that knows no expressions yet."""
    mean = symmetric_mean(crop_to_face(np.stack([face for _, _, face in photographs])))
    aligner = FaceShape(mean, np.zeros((2, 136)), NO_EXPRESSION)
    by_speaker, by_person = defaultdict(list), defaultdict(list)
    for recording in load_recordings(data, aligner):
        if not recording.held_out:
            by_speaker[recording.speaker].append(recording.landmarks)
    groups = [thin(np.concatenate(parts)) for parts in by_speaker.values()]
    for person, _, face in photographs:
        by_person[person].append(aligner.align(face))
    groups += [np.stack(faces) for faces in by_person.values() if len(faces) > 1]
    return FaceShape(mean, fit_pose(groups), NO_EXPRESSION)


class Expressions(NamedTuple):
    """What the expression is estimated from: faces of people, each with its displacement from that person at rest.

    Attributes
    ----------
    people : ndarray, (N,) str
    shapes, moves : ndarray, (N, 136)
        Pose-free landmarks less the mean face, and less the person's resting face; face units.
    held_out, photographed : ndarray, (N,) bool
    """

    people: np.ndarray
    shapes: np.ndarray
    moves: np.ndarray
    held_out: np.ndarray
    photographed: np.ndarray


def load_expressions(data, photographs, shape):
    """Expressions of speech and of photographs, the pose taken out by `shape`."""
    recordings = load_recordings(data, shape)
    speech, posed, neutral = defaultdict(list), defaultdict(list), defaultdict(list)
    for recording in recordings:
        speech[recording.speaker].append(recording.landmarks)
    speech = {speaker: thin(np.concatenate(parts)) for speaker, parts in speech.items()}
    for person, emotion, face in photographs:
        face = shape.remove_pose(face)
        posed[person].append(face)
        if emotion == "neutral":
            neutral[person].append(face)
    posed = {person: np.stack(faces) for person, faces in posed.items()}
    resting = resting_faces(recordings) | {person: np.mean(faces, 0) for person, faces in neutral.items()}
    people, shapes, moves = expression_pairs(speech | posed, resting, shape)
    unseen = {recording.speaker for recording in recordings if recording.held_out}
    held_out = np.array([person in unseen or is_held_out(person) for person in people])
    return Expressions(people, shapes, moves, held_out, np.isin(people, list(posed)))


def fit_expression(known):
    """The ridge regression that errs least on held-out people's photographs: its strength, and (137, 136)."""
    held, photographed = known.held_out, known.photographed
    weights = np.where(photographed, PHOTOGRAPHS, 1 - PHOTOGRAPHS)
    for kind in (photographed, ~photographed):
        weights[kind] *= len(weights) / kind.sum()
    best = None
    for strength in STRENGTHS:
        ridge = Ridge(strength * (~held).sum(), solver="cholesky")
        ridge.fit(known.shapes[~held], known.moves[~held], weights[~held])
        error = known.moves[held] - ridge.predict(known.shapes[held])
        rms = {
            name: np.sqrt((error[kind].reshape(-1, 68, 2)[:, LIPS] ** 2).mean())
            for name, kind in (("photographs", photographed[held]), ("speech", ~photographed[held]))
        }
        print(f"ridge {strength:g}: held-out rms of lips " + ", ".join(f"{k} {v:.4f}" for k, v in rms.items()))
        if best is None or rms["photographs"] < best[0]:
            best = rms["photographs"], strength, np.vstack([ridge.coef_.T, ridge.intercept_])
    return best[1:]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="the data room")
    parser.add_argument("--output", default="checkpoints/shape.safetensors", type=Path)
    parser.add_argument("--pose", type=Path, help="weights whose mean face and pose correction are kept")
    args = parser.parse_args(argv)
    photographs = load_photographs(args.data)
    shape = FaceShape.load(args.pose) if args.pose else fit_head(args.data, photographs)
    known = load_expressions(args.data, photographs, shape)
    strength, expression = fit_expression(known)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    arrays = {"mean": shape.mean, "pose": shape.pose, "expression": expression}
    save_weights(args.output, {name: torch.from_numpy(value) for name, value in arrays.items()}, "face shape", {})
    learnt_from = known.people[~known.held_out]
    print(f"wrote {args.output}: {len(learnt_from)} faces of {len(set(learnt_from))} people, ridge {strength:g}")


if __name__ == "__main__":
    main()
