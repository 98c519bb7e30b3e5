"""Fit `FaceShape`: the mean face, the pose correction and the expression estimate, by linear regression.

python -m talking_face.training.mesh.fit_shape --data ../shared/data
"""

import argparse
from collections import defaultdict
from pathlib import Path

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


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="the data room")
    parser.add_argument("--output", default="checkpoints/shape.safetensors", type=Path)
    parser.add_argument("--pose", type=Path, help="weights whose mean face and pose correction are kept")
    args = parser.parse_args(argv)

    photographs = load_photographs(args.data)
    mean = symmetric_mean(crop_to_face(np.stack([face for _, _, face in photographs])))
    aligner = FaceShape(mean, np.zeros((2, 136)), np.zeros((137, 136)))
    recordings = load_recordings(args.data, aligner)
    by_speaker = defaultdict(list)
    for recording in recordings:
        if not recording.held_out:
            by_speaker[recording.speaker].append(recording.landmarks)
    groups = [thin(np.concatenate(parts)) for parts in by_speaker.values()]
    by_person = defaultdict(list)
    for person, _, face in photographs:
        by_person[person].append(aligner.align(face))
    groups += [np.stack(faces) for faces in by_person.values() if len(faces) > 1]
    shape = FaceShape(mean, fit_pose(groups), np.zeros((137, 136)))
    if args.pose:
        shape = FaceShape.load(args.pose)

    recordings = load_recordings(args.data, shape)
    speech = defaultdict(list)
    for recording in recordings:
        speech[recording.speaker].append(recording.landmarks)
    speech = {speaker: thin(np.concatenate(parts)) for speaker, parts in speech.items()}
    resting = resting_faces(recordings)
    posed, neutral = defaultdict(list), defaultdict(list)
    for person, emotion, face in photographs:
        face = shape.remove_pose(face)
        posed[person].append(face)
        if emotion == "neutral":
            neutral[person].append(face)
    posed = {person: np.stack(faces) for person, faces in posed.items()}
    resting |= {person: np.mean(faces, 0) for person, faces in neutral.items()}
    people, x, y = expression_pairs(speech | posed, resting, shape)
    unseen = {r.speaker for r in recordings if r.held_out}
    held = np.array([person in unseen or is_held_out(person) for person in people])
    photographed = np.isin(people, list(posed))
    weights = np.where(photographed, PHOTOGRAPHS, 1 - PHOTOGRAPHS)
    for kind in (photographed, ~photographed):
        weights[kind] *= len(people) / kind.sum()
    best = None
    for strength in (1e-4, 3e-4, 1e-3, 3e-3, 1e-2):
        ridge = Ridge(strength * (~held).sum(), solver="cholesky").fit(x[~held], y[~held], weights[~held])
        error = y[held] - ridge.predict(x[held])
        rms = {
            name: np.sqrt((error[kind].reshape(-1, 68, 2)[:, LIPS] ** 2).mean())
            for name, kind in (("photographs", photographed[held]), ("speech", ~photographed[held]))
        }
        print(f"ridge {strength:g}: held-out rms of lips " + ", ".join(f"{k} {v:.4f}" for k, v in rms.items()))
        if best is None or rms["photographs"] < best[0]:
            best = rms["photographs"], strength, np.vstack([ridge.coef_.T, ridge.intercept_])
    args.output.parent.mkdir(parents=True, exist_ok=True)
    arrays = {"mean": shape.mean, "pose": shape.pose, "expression": best[2]}
    save_weights(args.output, {name: torch.from_numpy(value) for name, value in arrays.items()}, "face shape", {})
    print(f"wrote {args.output}: {(~held).sum()} faces of {len(set(people[~held]))} people, ridge {best[1]:g}")


if __name__ == "__main__":
    main()
