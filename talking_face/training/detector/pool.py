"""Head crops with mattes on disk, as `build_pool` writes them, how often training takes each, and backgrounds."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from talking_face.data.tables import read_table
from talking_face.training.mesh.pool import CONGRESS, STUDIO, by_source, skin_balance

HELD_OUT = {"none": (), "studio": STUDIO}
ARRAYS = "pictures", "halves", "quarters", "mattes", "meshes", "faces"  # of a shard
# Share of each group of sources, made up to 1 over those that take part.
SHARES = {CONGRESS: 0.36, STUDIO[0]: 0.2, STUDIO[1]: 0.1, "webmorphR.stim canada": 0.06, "clips": 0.28}


class Pool:
    """Head crops with mattes, from shards on disk.

    Parameters
    ----------
    folders : sequence of path
    """

    def __init__(self, folders):
        self.levels, self.mattes, self.places, self.rows = [], [], [], []
        meshes, faces = [], []
        for number, folder in enumerate(map(Path, folders)):
            rows = read_table(folder / "rows.csv")
            *levels, mattes, mesh, face = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS)
            self.levels.append(levels)
            self.mattes.append(mattes)
            meshes.append(mesh[: len(rows)])
            faces.append(face[: len(rows)])
            self.places += [(number, i) for i in range(len(rows))]
            self.rows += rows
        self.meshes, self.faces = np.concatenate(meshes), np.concatenate(faces)

    def pixels(self, i, level):
        """A picture, halved `level` times, 0 to 2: (S, S, 3) uint8."""
        shard, row = self.places[i]
        return np.asarray(self.levels[shard][level][row])

    def matte(self, i):
        """What of a picture is person: (96, 96) uint8."""
        shard, row = self.places[i]
        return np.asarray(self.mattes[shard][row])

    def probabilities(self, held_out):
        """How often each picture is to be taken: by source, person and brightness of the skin; no `val` frames."""
        usable = [
            i for i, row in enumerate(self.rows) if row["source"] not in HELD_OUT[held_out] and "val" not in row["kind"]
        ]
        count = Counter(self.rows[i]["person"] for i in usable)
        weights = np.zeros(len(self.rows))
        weights[usable] = [1 / count[self.rows[i]["person"]] for i in usable]
        weights[usable] *= skin_balance([self._brightness(i) for i in usable], weights[usable])
        return by_source(weights, self.rows, usable, SHARES)

    def _brightness(self, i):
        points = np.clip(self.meshes[i][[50, 280, 151]].astype(np.float32) / 4, 0, 63).astype(int)
        return float(np.median([self.pixels(i, 2)[y, x].mean() for x, y in points]))


def load_backgrounds(paths):
    """Photos without faces, at most 640 pixels wide, RGB."""
    pictures = []
    for path in paths:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        scale = min(1, 640 / max(picture.shape[:2]))
        pictures.append(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[..., ::-1].copy())
    return pictures
