"""What each part of the painter is worth: measures of the ablation's runs, and frames of them.

    python -m talking_face.training.painter.ablation --runs runs/ablation --output docs

The runs are those of `configs/ablation.yaml` and its variants (`docs/ablation.md` has the command); all saw the same
pairs in the same order. They are measured on the same fixed pairs of held-out people as the painter's validation.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from talking_face import markdown
from talking_face.errors import TalkingFaceError, TrainingError
from talking_face.evaluation import metrics
from talking_face.generators.deformable.inside.mouths import Mouths
from talking_face.training.core.checkpoint import load_module
from talking_face.training.painter.ablated_painters import PAINTERS
from talking_face.training.painter.faces import load_clips, load_stills
from talking_face.training.painter.painting import colours, paint
from talking_face.training.painter.pairs import PairSampler
from talking_face.training.painter.validation import region_psnr, validation_pairs

PARTS = {"deformable": "+ deformable", "attention": "+ attention", "painting": "+ painting", "drawing": "+ drawing"}
KINDS = {
    "clips": "Speech: first frame of a clip to later ones",
    "closed": "Smiles: lips closed by a warp, and opened again",
    "doubles": "A neutral photo to a smiling one of the same person, and back",
}
BEGIN, END = "<!-- table: written by talking_face.training.painter.ablation -->", "<!-- end of table -->"
MIN_INSIDE = 20  # pixels of open mouth that say something about its inside
SHOWN = 3  # pairs of each kind on the page of frames
TILE, MARGIN = 144, 26  # pixels: a region on the page, and the heads of its columns


@dataclass(frozen=True)
class Row:
    """A way to make the picture: its name and, for each kind of pair, its pictures (B, 3, 96, 96), 0 to 1."""

    name: str
    pictures: dict


def run_name(config):
    """How the table calls a run of this configuration."""
    return PARTS[config["variant"]] + (", adversarial" if config["adversarial"] else "")


def paint_run(folder, pairs):
    """The pictures that a finished run's averaged painter makes of all pairs: a `Row`.

    Raises
    ------
    TrainingError
        The folder holds no finished run of the generator.
    """
    try:
        provenance = json.loads((Path(folder) / "provenance.json").read_text())
        config = provenance["config"]
        painter = PAINTERS[config["variant"]]().eval()
    except (OSError, ValueError, KeyError):
        raise TrainingError(f"The folder {folder} holds no run of the generator; please give others.") from None
    if provenance["step"] < config["steps"]:
        raise TrainingError(f"The run in {folder} is not finished; please train it to its last step.")
    painter.load_state_dict(load_module(folder, "painter"))
    with torch.no_grad():
        return Row(run_name(config), {kind: colours(paint(painter, batch)[1], batch) for kind, batch in pairs.items()})


def measure(pictures, batch):
    """Measures of pictures of one kind of pair.

    Returns
    -------
    dict of str to float
        PSNR inside the lip outline and inside the open mouth, dB; SSIM of the region; sharpness inside the lips over
        the real picture's.
    """
    truth = colours(batch["target"], batch)
    inside, lips = batch["profiles_t"][:, 5:6], batch["profiles_t"][:, 6:7]
    opened = inside.sum((1, 2, 3)) >= MIN_INSIDE
    made, real = to_bytes(pictures), to_bytes(truth)
    sharp = lambda images: np.mean([lip_sharpness(image, mask[0].numpy()) for image, mask in zip(images, lips)])
    return {
        "PSNR, lips": float(region_psnr(pictures, truth, lips).mean()),
        "PSNR, inside the mouth": float(region_psnr(pictures, truth, inside)[opened].mean()),
        "SSIM": float(np.mean([metrics.ssim(a, b) for a, b in zip(made, real)])),
        "sharpness": float(sharp(made) / sharp(real)),
    }


def lip_sharpness(picture, mask):
    """Variance of the Laplacian inside a mask: (H, W, 3) uint8, (H, W) 0 to 1 -> float."""
    edges = cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F)
    return edges[mask > 0.5].var()


def to_bytes(pictures):
    """Colours (B, 3, H, W), 0 to 1 -> (B, H, W, 3) uint8."""
    return (pictures.permute(0, 2, 3, 1) * 255).round().byte().numpy()


def table(rows, pairs):
    """Markdown: a table for each kind of pair, a line for each row."""
    parts = []
    for kind, batch in pairs.items():
        numbers = {row.name: measure(row.pictures[kind], batch) for row in rows}
        heads = list(next(iter(numbers.values())))
        cell = lambda value: f"{value:.3f}" if value < 2 else f"{value:.2f}"
        lines = [[name, *map(cell, values.values())] for name, values in numbers.items()]
        title = f"**{KINDS[kind]}** ({len(batch['source'])} pairs)"
        parts.append(f"{title}\n\n{markdown.table(['', *heads], lines)}")
    return "\n".join(parts).rstrip()


def write_table(path, text):
    """Put the table between its marks in a Markdown file; a file without them gets them at its end."""
    page = path.read_text() if path.exists() else "# Ablation of the painter\n"
    if BEGIN not in page:
        page = f"{page.rstrip()}\n\n{BEGIN}\n{END}\n"
    before, rest = page.split(BEGIN, 1)
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END, 1)[1]}")


def page_of_frames(rows, pairs):
    """A column for each row and the truth, some pairs of each kind below each other: (H, W, 3) uint8."""
    rows = [*rows, Row("real", {kind: colours(batch["target"], batch) for kind, batch in pairs.items()})]
    columns = []
    for row in rows:
        head = np.full((MARGIN, TILE, 3), 255, np.uint8)
        cv2.putText(head, row.name, (3, MARGIN - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 1, cv2.LINE_AA)
        tiles = [head]
        for kind, pictures in row.pictures.items():
            for i in shown(pairs[kind]):
                tiles.append(cv2.resize(to_bytes(pictures[i : i + 1])[0], (TILE, TILE), interpolation=cv2.INTER_CUBIC))
        columns.append(np.concatenate(tiles))
    return np.concatenate(columns, 1)


def shown(batch):
    """Which pairs the page shows: those whose mouths are widest open, spread over the batch."""
    opening = batch["profiles_t"][:, 5].sum((1, 2))
    parts = np.array_split(np.arange(len(opening)), min(SHOWN, len(opening)))
    return [int(part[opening[part].argmax()]) for part in parts]


def report(runs, data, output):
    """Measure all runs of a folder; writes `ablation.md`'s tables and `ablation.jpg`.

    Parameters
    ----------
    runs : path
        Folder of the runs' folders.
    data : path
        The data room.
    output : path
        Folder of the report.
    """
    folders = sorted(path.parent for path in Path(runs).glob("*/provenance.json"))
    if not folders:
        raise TrainingError(f"The folder {runs} holds no runs; please train configs/ablation.yaml first.")
    clips, stills = load_clips(data, 2, "val"), load_stills(data, "val")
    pairs = validation_pairs(clips, stills, PairSampler(clips, stills, Mouths.load()))
    view = lambda name: {kind: colours(batch[name], batch) for kind, batch in pairs.items()}
    painted = sorted((paint_run(folder, pairs) for folder in folders), key=lambda row: order(row.name))
    rows = [Row("still photo", view("source")), Row("plain warp", view("moved")), *painted]
    text = table(rows, pairs)
    print(text)
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    write_table(output / "ablation.md", text)
    cv2.imwrite(str(output / "ablation.jpg"), page_of_frames(rows, pairs)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])


def order(name):
    """Place of a run in the table: part by part, without the adversary first."""
    part = name.split(",")[0]
    return list(PARTS.values()).index(part), name


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("runs/ablation"), help="folder of the runs' folders")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    parser.add_argument("--output", type=Path, default=Path("docs"), help="folder of ablation.md and ablation.jpg")
    args = parser.parse_args(argv)
    try:
        report(args.runs, args.data, args.output)
    except TalkingFaceError as error:
        print(f"talking_face: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
