"""Make the bank of teeth from portraits that smile, and fit what tells the colour of a stranger's.

python -m talking_face.training.prepare.teeth --data ../shared/data --output checkpoints/teeth.safetensors
"""

import argparse
import json
import zlib
from pathlib import Path

import numpy as np
import torch

from talking_face.data.splits import EVERY, is_held_out
from talking_face.data.tables import read_landmarks, read_picture, read_table
from talking_face.face.colour import to_lab
from talking_face.face.geometry import crop_to_face, lip_opening
from talking_face.face.mesh.topology import IBUG
from talking_face.generators.deformable.inside import tooth_colour
from talking_face.generators.deformable.inside.own import cut_row
from talking_face.generators.deformable.inside.sharpness import SIZE
from talking_face.generators.deformable.inside.teeth import KIND, SCALE, mouth_shape
from talking_face.weights import save_weights

# Whole, even rows of the London Set's people who are not held out.
OWNERS = [f"london_{number}" for number in ("026", "030", "064", "099", "100", "107", "120", "128", "139")]
UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)  # inner lip lines of the mesh, from the picture's left
LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
MIN_OPENING, MIN_PIXELS = 0.09, 60  # of the portraits that the colour is fitted to
PENALTY = 3e-2  # of the regression, a portrait
FOLDS = 7  # of cross-validation
ROUNDS, CLOSE = 5, 1.5  # in which portraits count less the further off they are; Lab units that are close enough


def smiling(data):
    """Portraits that tell the colour of teeth, of people who are not held out.

    Returns
    -------
    people : list of str
    inputs, outputs : ndarray, (N, 15) and (N, 3)
        `tooth_colour.features`, and log colours of their teeth.
    """
    landmarks, people, inputs, outputs = read_landmarks(data / "stills.labels.npz"), [], [], []
    for row in read_table(data / "stills.csv"):
        points = landmarks.get(row["id"])
        if points is None or is_held_out(row["identity"]) or lip_opening(crop_to_face(points)) < MIN_OPENING:
            continue
        crop = read_picture(data / "stills" / f"{row['id']}.jpg")
        teeth = tooth_colour.tooth_pixels(crop, points)
        if len(teeth) >= MIN_PIXELS and not tooth_colour.is_grey(crop):
            people.append(row["identity"])
            inputs.append(tooth_colour.features(crop, points))
            outputs.append(np.log(np.median(teeth, 0)))
    return people, np.array(inputs), np.array(outputs)


def cross_validated(people, inputs, outputs):
    """Chroma errors of portraits whose people were left out of the fit, as of `smiling`: (N,), Lab."""
    folds, told = np.array([zlib.crc32(person.encode()) // EVERY % FOLDS for person in people]), outputs.copy()
    for fold in range(FOLDS):
        weights, bias = robust_ridge(inputs[folds != fold], outputs[folds != fold])
        told[folds == fold] = inputs[folds == fold] @ weights + bias
    return np.linalg.norm((in_lab(told) - in_lab(outputs))[:, 1:], axis=1)


def robust_ridge(x, y):
    """Ridge regression whose residuals' sum, not their squares', is small in Lab's a and b: weights, bias."""
    deviation, counts = x.std(0), np.ones(len(x))
    for _ in range(ROUNDS + 1):
        share = counts[:, None] / counts.sum()
        middle, mean = (share * x).sum(0), (share * y).sum(0)
        scaled = (x - middle) / deviation
        moments = scaled.T @ (share * scaled) + PENALTY * np.eye(x.shape[1])
        weights = np.linalg.solve(moments, scaled.T @ (share * (y - mean))) / deviation[:, None]
        off = in_lab(mean + (x - middle) @ weights) - in_lab(y)
        counts = 1 / np.maximum(np.linalg.norm(off[:, 1:], axis=1), CLOSE)
    return weights, mean - middle @ weights


def in_lab(colours):
    """Log colours, (N, 3), in CIE Lab: (N, 3)."""
    return to_lab(np.exp(colours))


def make_bank(data):
    """Rows, colours, shapes and drops of `OWNERS`, as `teeth.Teeth` takes them: dict of ndarray."""
    with np.load(data / "stills_hd.mesh.npz") as file:
        meshes = dict(zip(file["ids"].tolist(), file["mesh"].astype(np.float32)))
    parts = {"rows": [], "colours": [], "shapes": [], "drops": []}
    for owner in OWNERS:
        smile, rest = (f"{owner}_{name}" for name in ("happy", "neutral"))
        picture = read_picture(data / "stills_hd" / f"{smile}.jpg")
        row, colour, edge, _ = cut_row(picture, *(meshes[smile][list(line), :2] for line in (UPPER, LOWER)), True)
        rest = crop_to_face(meshes[rest][list(IBUG), :2], SIZE)
        edge = crop_to_face(np.array([SIZE / 2, edge]), SIZE)[1]
        nose = crop_to_face(meshes[smile][2, :2], SIZE)[1] - rest[33, 1]  # the head may have nodded
        for name, value in zip(parts, (row, colour, mouth_shape(rest), edge - nose - (rest[62, 1] + rest[66, 1]) / 2)):
            parts[name].append(value)
    return {name: np.array(values) for name, values in parts.items()}


def licences(data):
    """Whose teeth are in the bank, from which set and under which licence: list of dict."""
    rows = {row["id"]: row for row in read_table(data / "stills.csv")}
    return [{name: rows[f"{owner}_happy"][name] for name in ("id", "source", "licence")} for owner in OWNERS]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    parser.add_argument("--output", type=Path, default=Path("checkpoints/teeth.safetensors"))
    args = parser.parse_args(argv)
    bank = make_bank(args.data)
    people, inputs, outputs = smiling(args.data)
    bank["weights"], bank["bias"] = robust_ridge(inputs, outputs)
    save_weights(args.output, {name: torch.from_numpy(value) for name, value in bank.items()}, KIND, {"names": OWNERS})
    args.output.with_suffix(".provenance.json").write_text(json.dumps(licences(args.data), indent=1) + "\n")
    errors, cheeks = cross_validated(people, inputs, outputs), inputs[:, :3].mean(1)
    dark = errors[cheeks <= np.percentile(cheeks, 10)]
    print(
        f"{len(OWNERS)} rows of {SCALE} pixels an eye distance; colour fitted to {len(people)} smiles, told of others "
        f"with a chroma error of {np.median(errors):.2f} Lab, {np.median(dark):.2f} of the {len(dark)} darkest."
    )


if __name__ == "__main__":
    main()
