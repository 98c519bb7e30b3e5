"""Fit the step from dlib's 68 landmarks to the training data's, which come from a 478-point face mesh.

    python -m talking_face.training.mesh.fit_landmarks --data ../shared/data

Both describe the same layout, but differ by an offset a point, at the jaw a tenth of the eye distance. A ridge
regression from the whole set of 68 corrects that offset and the part of dlib's noise that the other points give away.
Its strength is chosen on people held out; every person counts for at most `MOST_A_PERSON` pictures.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold

from talking_face.data.tables import read_landmarks, read_table
from talking_face.face import geometry
from talking_face.face.images import load_image
from talking_face.face.landmarks import FaceFinder
from talking_face.face.landmarks.adapter import ADAPTER

MOST_A_PERSON = 30  # pictures' worth of weight
EVERY = 10  # frames of a clip from one picture to the next
MOST_A_SPEAKER = 150  # pictures taken from one speaker's clips
FOLDS = 5  # of people, in cross-validation
STRENGTHS = (1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
CONSTANT = 1e9  # strength that leaves nothing but the offset
GROUPS = {
    "jaw": geometry.JAW,
    "brows": geometry.BROWS,
    "nose": geometry.NOSE,
    "eyes": np.concatenate([geometry.RIGHT_EYE, geometry.LEFT_EYE]),
    "outer lips": geometry.OUTER_LIPS,
    "inner lips": geometry.INNER_LIPS,
}


@dataclass(frozen=True)
class Pairs:
    """Landmarks of the same pictures from both sources, in face units of dlib's eyes.

    Attributes
    ----------
    dlib, mesh : ndarray, (N, 68, 2) float64
    people : ndarray, (N,) str
    weights : ndarray, (N,) float64
        No person's sum exceeds `MOST_A_PERSON`.
    """

    dlib: np.ndarray
    mesh: np.ndarray
    people: np.ndarray
    weights: np.ndarray

    def take(self, chosen):
        """The pairs of some indices."""
        return Pairs(self.dlib[chosen], self.mesh[chosen], self.people[chosen], self.weights[chosen])


def collect(data):
    """Run dlib over the stills and over frames of the training clips.

    Parameters
    ----------
    data : Path
        The data room.

    Returns
    -------
    Pairs
    """
    finder = FaceFinder("dlib", adapt=False)
    rows = [_pair(finder, *picture) for picture in (*_stills(data), *_frames(data))]
    dlib, mesh, people = (np.array(column) for column in zip(*[row for row in rows if row is not None], strict=True))
    _, who, counts = np.unique(people, return_inverse=True, return_counts=True)
    return Pairs(dlib, mesh, people, np.minimum(1, MOST_A_PERSON / counts)[who])


def fit(pairs, strength):
    """Weighted ridge regression of the offset between both sources, on the pairs and their mirror images.

    Parameters
    ----------
    pairs : Pairs
    strength : float
        Added to the covariance of dlib's landmarks, in squared eye distances; a great one leaves a constant offset.

    Returns
    -------
    dict of ndarray
        "mean" (68, 2), "offset" (68, 2) and "weight" (136, 136), as `landmarks.adapter.Adapter` reads them.
    """
    flip = np.array([-1, 1])
    dlib = np.concatenate([pairs.dlib, pairs.dlib[:, geometry.MIRROR] * flip])
    mesh = np.concatenate([pairs.mesh, pairs.mesh[:, geometry.MIRROR] * flip])
    share = np.tile(pairs.weights, 2) / (2 * pairs.weights.sum())
    mean = np.tensordot(share, dlib, 1)
    offset = np.tensordot(share, mesh - dlib, 1)
    x, y = (part.reshape(len(part), -1) for part in (dlib - mean, mesh - dlib - offset))
    weight = Ridge(strength, solver="cholesky").fit(x, y, sample_weight=share).coef_.T
    return {"mean": mean, "offset": offset, "weight": weight}


def apply(adapter, dlib):
    """Mesh landmarks (N, 68, 2) predicted from dlib's (N, 68, 2), both in face units."""
    correction = (dlib - adapter["mean"]).reshape(len(dlib), -1) @ adapter["weight"]
    return dlib + adapter["offset"] + correction.reshape(dlib.shape)


def cross_validate(pairs, strength, seed=0):
    """Predict every picture by a fit that has not seen its person.

    Returns
    -------
    ndarray, (N, 68, 2) float64
        Mesh landmarks, face units.
    """
    predicted = np.empty_like(pairs.mesh)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=seed)
    for others, some in folds.split(pairs.dlib, groups=pairs.people):
        predicted[some] = apply(fit(pairs.take(others), strength), pairs.dlib[some])
    return predicted


def main(argv=None):
    """Collect, choose the strength on people held out, report, and save the fit on everybody."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    parser.add_argument("--out", type=Path, default=ADAPTER, help="where to save the fit (safetensors)")
    args = parser.parse_args(argv)

    from safetensors.numpy import save_file

    pairs = collect(args.data)
    print(f"{len(pairs.people)} pictures of {len(np.unique(pairs.people))} people; errors in % of the eye distance")
    _report("raw", pairs.dlib, pairs)
    errors = {}
    for strength in (CONSTANT, *STRENGTHS):
        errors[strength] = _report(f"{strength:g}", cross_validate(pairs, strength), pairs)
    # The strongest ridge within 2 % of the best: as good on these poses, and safer on others.
    strength = max(s for s, error in errors.items() if error <= 1.02 * min(errors.values()))
    print(f"chosen: {strength:g}")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: array.astype(np.float32) for name, array in fit(pairs, strength).items()}, args.out)


def _stills(data):
    """Yield (image, mesh landmarks in its pixels, person)."""
    people = {row["id"]: row["identity"] for row in read_table(data / "stills.csv")}
    for name, landmarks in read_landmarks(data / "stills.labels.npz").items():
        yield load_image(data / "stills" / f"{name}.jpg"), landmarks.astype(np.float64), people[name]


def _frames(data):
    """Yield (image, mesh landmarks in its pixels, person) from the training clips."""
    import cv2

    rows = [row for row in read_table(data / "clips.csv") if row["split"] == "train"]
    for speaker in sorted({row["speaker"] for row in rows}):
        frames = [(row, t) for row in rows if row["speaker"] == speaker for t in range(0, int(row["frames"]), EVERY)]
        for row, t in frames[:: -(-len(frames) // MOST_A_SPEAKER)]:
            video = cv2.VideoCapture(str(data / "clips" / f"{row['id']}.mp4"))
            video.set(cv2.CAP_PROP_POS_FRAMES, t)
            ok, frame = video.read()
            video.release()
            if ok:
                with np.load(data / "labels" / f"{row['id']}.npz") as labels:
                    yield frame[..., ::-1].copy(), labels["landmarks"][t].astype(np.float64), speaker


def _pair(finder, image, mesh, person):
    """(dlib's landmarks, the mesh's, both in face units of dlib's eyes, person); None where dlib finds no face."""
    faces = finder.find(image)
    if not faces:
        return None
    dlib = faces[0].landmarks.astype(np.float64)
    matrix = geometry.crop_matrix(dlib)
    return *(geometry.crop_to_face(geometry.transform(matrix, points)) for points in (dlib, mesh)), person


def _report(name, predicted, pairs):
    """Print mean errors by group and of the lips' opening; return the mean over all points."""
    distance = 100 * np.linalg.norm(predicted - pairs.mesh, axis=-1)
    gap = 100 * np.abs(geometry.lip_opening(predicted) - geometry.lip_opening(pairs.mesh))
    mean = np.average(distance.mean(1), weights=pairs.weights)
    groups = {name: np.average(distance[:, points].mean(1), weights=pairs.weights) for name, points in GROUPS.items()}
    groups["opening"] = np.average(gap, weights=pairs.weights)
    print(f"{name:>6}  all {mean:5.2f} ", *(f"{group} {value:5.2f} " for group, value in groups.items()))
    return mean


if __name__ == "__main__":
    main()
