"""Fit what the living head needs: a library of how real speakers hold and move theirs, measured from the motion sets.

Only measurements go into it: angles, shifts and sizes of heads, brows and loudness, 25 a second. Held-out speakers and
videos that other systems made are left out.
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from talking_face.audio.prosody import loudness, smooth
from talking_face.data.real_speakers import real_speakers
from talking_face.face import pose
from talking_face.face.geometry import EYE_CORNERS, MIRROR, eye_centres
from talking_face.face.mesh import topology
from talking_face.face.shape import FaceShape
from talking_face.motion.library import CHANNELS, KIND
from talking_face.paths import CHECKPOINTS
from talking_face.weights import save_weights

STEADY = 1.2  # frames; the finder's trembling is smoothed away
# Share taken of movement of the head that is slower than a Gaussian of so many frames, so that what is put together of
# it does not wander, however long a speech is.
SLOW, SLOW_SHARE = 25, 0.4
POSE = slice(0, 6)  # channels of the head
# Standard deviation of each channel within a recording for it to be taken: lowest and highest.
RANGES = {"yaw": (1.0, 6.5), "pitch": (1.0, 5.0), "roll": (0.3, 4.0), "right": (0.015, 0.25), "down": (0.015, 0.2)}
# What recordings are brought towards, half-way in logarithms, so that quiet and lively ones go together. Yaw and pitch
# are a little above real ones, as some of each is lost where pieces join, and some in measuring a turned photo.
TYPICAL = {"yaw": 4.2, "pitch": 3.2, "roll": 1.5, "right": 0.068, "down": 0.06, "size": 0.013}
TYPICAL |= {"brow_in": 0.08, "brow_out": 0.06}
BROWS = slice(17, 27)


def fit_life(data, output):
    """Measure the motion sets and write `checkpoints/life.safetensors`.

    Parameters
    ----------
    data : path
        The data room.
    output : path
        The file to write.

    Returns
    -------
    list of str
        Sources of the recordings taken.
    """
    mesh = mean_mesh(data)
    tracks, levels, sources, raised, moved = [], [], [], [], []
    shape = FaceShape.load()
    for speaker in real_speakers(data):
        if speaker.held_out:
            continue
        brows = np.stack(brow_raises(speaker.blendshapes), 1)
        landmarks = shape.remove_pose(speaker.landmarks)
        raised.append(brows - brows.mean(0))
        moved.append((landmarks - landmarks.mean(0)).reshape(len(brows), -1))
        track = measure(speaker.landmarks, brows, mesh)
        deviation = dict(zip(CHANNELS, track.std(0)))
        if all(low < deviation[name] < high for name, (low, high) in RANGES.items()):
            track = without_wandering(track)
            tracks.append(track * [np.clip(np.sqrt(TYPICAL[c] / max(deviation[c], 1e-6)), 0.3, 1.5) for c in CHANNELS])
            levels.append(loudness(speaker.log_mel)[: len(track)])
            sources.append(speaker.source)
    arrays = {"track": np.concatenate(tracks), "loudness": np.concatenate(levels), "mesh": mesh}
    arrays["brows"] = brow_displacements(np.concatenate(raised), np.concatenate(moved))
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array, np.float32)) for name, array in arrays.items()}
    save_weights(output, tensors | {"lengths": torch.tensor([len(track) for track in tracks])}, KIND, {})
    return sources


def mean_mesh(data):
    """The stills' mean mesh, (478, 3), eye distances from the middle of the eyes."""
    meshes = np.load(f"{data}/stills.mesh.npz")["mesh"].astype(np.float64)
    right, left = topology.eye_centres(meshes)
    distance = np.linalg.norm((left - right)[:, :2], axis=1)
    return ((meshes - (right + left)[:, None] / 2) / distance[:, None, None]).mean(0)


def brow_raises(blendshapes):
    """Inner and outer brows' height in blendshapes (T, 52): two of (T,)."""
    return blendshapes[:, 3], blendshapes[:, 4:6].mean(1) - blendshapes[:, 1:3].mean(1)


def measure(landmarks, brows, mesh):
    """Deviation of head and brows from their mean in a recording: (T, 68, 2) and (T, 2) -> (T, `CHANNELS`)."""
    turn, scale = pose.fit(landmarks[:, list(pose.RIGID)], mesh[list(pose.RIGID.values())])
    distance = np.median(np.linalg.norm(np.diff(eye_centres(landmarks), axis=1), axis=-1))
    eyes = landmarks[:, EYE_CORNERS].mean(1) / distance
    track = smooth(np.concatenate([pose.angles(turn), eyes, np.log(scale)[:, None], brows], 1), STEADY)
    return track - track.mean(0)


def without_wandering(track):
    """Less of the head's slowest movement, and as much movement in all: (T, `CHANNELS`), of mean 0, and likewise."""
    quicker = track.copy()
    quicker[:, POSE] -= SLOW_SHARE * smooth(track[:, POSE], SLOW)
    quicker -= quicker.mean(0)
    return quicker * (track.std(0) / np.maximum(quicker.std(0), 1e-9))


def brow_displacements(raised, moved):
    """How landmarks answer to raised inner and outer brows: (2, 68, 2), eye distances a unit of the blendshape."""
    moves = np.linalg.solve(raised.T @ raised + np.eye(2), raised.T @ moved).reshape(2, 68, 2)
    kept = np.zeros_like(moves)
    kept[:, BROWS] = moves[:, BROWS]
    return (kept + kept[:, MIRROR] * [-1, 1]) / 2


def main(argv=None):
    """Measure, write and say what was taken; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m talking_face.training.motion.life", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    parser.add_argument("--output", type=Path, default=CHECKPOINTS / "life.safetensors", help="the file to write")
    args = parser.parse_args(argv)
    for source, count in Counter(fit_life(args.data, args.output)).most_common():
        print(f"{count:3d} recordings of {source}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
