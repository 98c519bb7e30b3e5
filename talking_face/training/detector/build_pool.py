"""The detector's pool: head crops with their cut-outs on disk, made from the mesh's pool.

Two shards, `plain` and `turned` (the heads turned in depth), each a folder with `pictures.npy` (N, 256, 256, 3) uint8
RGB, `halves.npy` and `quarters.npy` (the same, smaller), `mattes.npy` (N, 96, 96) uint8 (what is person, not
background), `meshes.npy` (N, 478, 2) float16 in pixel indices, `faces.npy` (N, 7) float32 (right eye, left eye, mouth,
size) and `rows.csv` (id, source, person, kind).

    python -m talking_face.training.detector.build_pool --base SHARD --output FOLDER
"""

import argparse
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from talking_face.data.tables import read_table, write_csv
from talking_face.data.turned_heads import Turner
from talking_face.face.mesh.frames import find_pose
from talking_face.face.mesh.topology import CHIN, MOUTH_CORNERS, OVAL, eye_centres
from talking_face.training.mesh.pool import mean_face

SIZE, MATTE = 256, 96
FRAMES = 24  # of a speaker


def face_of(mesh, template):
    """Eye centres, mouth and size of a mesh: (7,)."""
    points = *eye_centres(mesh[:, :2]), mesh[list(MOUTH_CORNERS), :2].mean(0)
    return np.array([*np.concatenate(points), find_pose(mesh, template).scale], np.float32)


def cut_out(picture, mesh):
    """The person in a picture, by GrabCut from where heads are: (MATTE, MATTE) uint8."""
    small = cv2.resize(picture, (MATTE, MATTE), interpolation=cv2.INTER_AREA)
    scale = MATTE / picture.shape[0]
    oval = mesh[list(OVAL), :2] * scale
    middle, chin = oval.mean(0), mesh[CHIN, :2] * scale
    reach = np.linalg.norm(oval - middle, axis=1).max()
    mask = np.full((MATTE, MATTE), cv2.GC_PR_BGD, np.uint8)
    head = tuple(np.rint(middle - [0, 0.25 * reach]).astype(int).tolist())
    cv2.ellipse(mask, head, (int(0.95 * reach), int(1.2 * reach)), 0, 0, 360, cv2.GC_PR_FGD, -1)
    body = np.array([chin + [-0.5 * reach, 0], chin + [0.5 * reach, 0], [0.9 * MATTE, MATTE], [0.1 * MATTE, MATTE]])
    cv2.fillPoly(mask, [np.rint(body).astype(np.int32)], cv2.GC_PR_FGD)
    mask[: MATTE // 3, :3] = mask[: MATTE // 3, -3:] = cv2.GC_BGD
    cv2.fillPoly(mask, [np.rint(middle + 0.92 * (oval - middle)).astype(np.int32)], cv2.GC_FGD)
    cv2.grabCut(small, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    person = np.where((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    person = cv2.morphologyEx(person, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return cv2.GaussianBlur(person, (0, 0), 0.8)


def choose(rows, random):
    """Indices of all stills and of some frames of each speaker."""
    of_speaker, chosen = defaultdict(list), []
    for i, row in enumerate(rows):
        if row["kind"] == "still":
            chosen.append(i)
        else:
            of_speaker[row["person"], row["kind"]].append(i)
    for members in of_speaker.values():
        chosen += random.choice(members, min(len(members), FRAMES), replace=False).tolist()
    return chosen


class Shard:
    """Writes one folder of the pool; `capacity` pictures at most."""

    def __init__(self, folder, capacity, template):
        self.folder, self.template = Path(folder), template
        self.folder.mkdir(parents=True, exist_ok=True)
        create = lambda name, *shape: np.lib.format.open_memmap(
            self.folder / f"{name}.npy", "w+", np.uint8, (capacity, *shape)
        )
        self.pictures, self.halves = create("pictures", SIZE, SIZE, 3), create("halves", SIZE // 2, SIZE // 2, 3)
        self.quarters, self.mattes = create("quarters", SIZE // 4, SIZE // 4, 3), create("mattes", MATTE, MATTE)
        self.meshes, self.faces, self.rows = [], [], []

    def add(self, picture, matte, mesh, row):
        n = len(self.rows)
        self.pictures[n], self.mattes[n] = picture, matte
        for level in (self.halves, self.quarters):
            level[n] = cv2.resize(picture, level.shape[1:3], interpolation=cv2.INTER_AREA)
        self.meshes.append(mesh[:, :2].astype(np.float16))
        self.faces.append(face_of(mesh, self.template))
        self.rows.append(row)

    def close(self):
        """Write what belongs to the pictures; only then the shard exists for readers."""
        np.save(self.folder / "meshes.npy", np.array(self.meshes))
        np.save(self.folder / "faces.npy", np.array(self.faces))
        write_csv(self.folder / "rows.partial", self.rows)
        (self.folder / "rows.partial").rename(self.folder / "rows.csv")


def build(folder, base):
    """Make the shards `plain` and `turned` in a folder."""
    folder, base = Path(folder), Path(base)
    random = np.random.default_rng(3)
    rows = read_table(base / "rows.csv")
    pictures, meshes = np.load(base / "pictures.npy", mmap_mode="r"), np.load(base / "meshes.npy")
    template = mean_face(meshes[[i for i, row in enumerate(rows) if row["kind"] == "still"]])
    chosen = choose(rows, random)
    plain = Shard(folder / "plain", len(chosen), template)
    for i in chosen:
        row = {key: rows[i][key] for key in ("id", "source", "person", "kind")}
        plain.add(np.asarray(pictures[i]), cut_out(np.asarray(pictures[i]), meshes[i]), meshes[i], row)
    plain.close()
    turned = Shard(folder / "turned", len(chosen), template)
    for n, i in enumerate(chosen):
        matte = cv2.resize(plain.mattes[n], (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        turner = Turner(np.dstack([pictures[i], matte]), meshes[i])
        picture, mesh = turner.turn(*turner.random_turn(random))
        matte = cv2.resize(picture[..., 3], (MATTE, MATTE), interpolation=cv2.INTER_AREA)
        turned.add(picture[..., :3], matte, mesh, plain.rows[n] | {"kind": f"turned {rows[i]['kind']}"})
    turned.close()


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="runs/mesh-pool/base", type=Path, help="a shard of the mesh's pool")
    parser.add_argument("--output", default="runs/detector-pool", type=Path)
    args = parser.parse_args(argv)
    cv2.setNumThreads(1)
    build(args.output, args.base)


if __name__ == "__main__":
    main()
