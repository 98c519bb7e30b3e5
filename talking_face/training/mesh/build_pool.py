"""The pool: pictures with meshes on disk, from which training cuts its crops. Needs MediaPipe, which labels them.

A shard is a folder with `pictures.npy` (N, 256, 256, 3) uint8 RGB, `halves.npy` (the same at half size), `meshes.npy`
(N, 478, 3) float32 in the picture's pixel indices (0 is the centre of the first pixel), and `rows.csv` (id, source,
person, kind, spread). Three are made: `base`, stills and frames; `turned`, these with the head turned in depth; and
`expressions`, stills with expressions carried over from others. `nothing` has pictures without a face.

    python -m talking_face.training.mesh.build_pool --data DATA_ROOM --teacher face_landmarker.task --output FOLDER
"""

import argparse
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from talking_face.data.tables import read_picture, read_table, write_csv
from talking_face.data.turned_heads import Turner
from talking_face.face.mesh.topology import EYE_CORNERS, LIPS, eye_distance, mirror_order
from talking_face.training.mesh.expressions import canonical, carry
from talking_face.training.mesh.nothing import build_nothing
from talking_face.training.mesh.teacher import VIEWS, Teacher

SIZE = 256
MAX_SPREAD = 0.06  # eye distances between the teacher's views of one picture; more is no label
# Eye distances between the teacher's lips and where the change took them; more is no label, either.
MAX_GAP = {"turned": 0.15, "expression": 0.12}
FRAMES = 420  # of a speaker's moving pictures at most


class Shard:
    """Writes a shard; `capacity` pictures at most."""

    def __init__(self, folder, capacity):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        create = lambda name, side: np.lib.format.open_memmap(
            self.folder / name, "w+", np.uint8, (capacity, side, side, 3)
        )
        self.pictures, self.halves = create("pictures.npy", SIZE), create("halves.npy", SIZE // 2)
        self.meshes, self.rows = [], []

    def add(self, picture, mesh, **row):
        i = len(self.rows)
        self.pictures[i] = picture
        self.halves[i] = cv2.resize(picture, (SIZE // 2, SIZE // 2), interpolation=cv2.INTER_AREA)
        self.meshes.append(mesh.astype(np.float32))
        self.rows.append(row)
        if len(self.rows) % 500 == 0:
            print(self.folder.name, len(self.rows), flush=True)

    def close(self):
        """Write what belongs to the pictures; only then the shard exists for readers. Unused room at the end stays."""
        np.save(self.folder / "meshes.npy", np.array(self.meshes, np.float32))
        write_csv(self.folder / "rows.partial", self.rows)
        (self.folder / "rows.partial").rename(self.folder / "rows.csv")
        print("wrote", self.folder, len(self.rows), flush=True)


def stills(data):
    """Yield (row, picture, mesh as labelled) of every still."""
    labels = np.load(data / "stills.mesh.npz")
    meshes = dict(zip(labels["ids"], labels["mesh"].astype(np.float32)))
    for row in read_table(data / "stills.csv"):
        picture = read_picture(data / f"stills/{row['id']}.jpg")
        kept = {"id": row["id"], "source": row["source"], "person": row["identity"], "kind": "still"}
        yield kept, picture, meshes[row["id"]]


def frames(data):
    """Yield (row, picture, mesh as labelled) of some frames of every speaker; never of the `val` ones."""
    with np.load(data / "clips.mesh.npz") as file:
        labels = {name: file[name] for name in file.files}  # once: each look into the archive unpacks an array
    clips = {row["id"]: row for row in read_table(data / "clips.csv")}
    of_speaker = defaultdict(list)
    for i, name in enumerate(labels["ids"]):
        of_speaker[clips[name]["speaker"]].append(i)
    chosen = defaultdict(dict)
    for rows in of_speaker.values():
        random = np.random.default_rng(len(rows))
        if len(rows) > FRAMES:
            rows = sorted(random.choice(rows, FRAMES, replace=False))
        for i in rows:
            chosen[labels["ids"][i]][int(labels["frame"][i])] = labels["mesh"][i].astype(np.float32)
    for name, wanted in chosen.items():
        video = cv2.VideoCapture(str(data / f"clips/{name}.mp4"))
        for t in range(max(wanted) + 1):
            good, picture = video.read()
            if not good:
                break
            if t in wanted:
                clip = clips[name]
                kind = "frame" if clip["split"] == "train" else "val frame"
                kept = {"id": f"{name}@{t}", "source": clip["source"], "person": clip["speaker"], "kind": kind}
                yield kept, np.ascontiguousarray(picture[..., ::-1]), wanted[t]


def average(given, views):
    """The teacher's mean over views, and how far they are apart at the lips (eye distances); None if they disagree."""
    meshes = np.concatenate([given[None], views]) if given is not None else views
    if len(meshes) == 0:
        return None, np.inf
    distance = max(float(eye_distance(meshes).mean()), 1.0)
    middle = np.median(meshes, 0)
    off = np.linalg.norm((meshes - middle)[:, LIPS, :2], axis=-1).mean(-1) / distance
    good = off < 0.05
    if not good.any():
        return None, np.inf
    return meshes[good].mean(0), float(off.mean())


def relabel(teacher, picture, moved, distance):
    """Let the teacher label a picture that was changed.

    Parameters
    ----------
    teacher : Teacher
    picture : ndarray, (S, S, 3) uint8
    moved : ndarray, (478, 3)
        Where the change took the mesh, pixel indices.
    distance : float
        Between the eyes before it, pixels.

    Returns
    -------
    mesh : ndarray, (478, 3), or None
        Pixel indices; None where the teacher's views disagree.
    spread : float
        How far they are apart, as of `average`.
    gap : float
        How far mesh and `moved` are apart at the lips, eye distances.
    """
    views = teacher.label(picture, VIEWS[:2])
    views[..., :2] -= 0.5
    mesh, spread = average(None, views)
    gap = np.inf if mesh is None else np.linalg.norm((mesh - moved)[LIPS, :2], axis=-1).mean() / distance
    return mesh, spread, gap


def load_base(folder):
    """Rows, pictures and meshes of a shard."""
    rows = read_table(folder / "rows.csv")
    return rows, np.load(folder / "pictures.npy", mmap_mode="r"), np.load(folder / "meshes.npy")


def build_base(folder, data, teacher):
    """Stills and frames with the teacher averaged over views."""
    shard = Shard(folder, 1213 + 28 * FRAMES)
    differences = []
    for source, views in ((stills, VIEWS[1:]), (frames, VIEWS[1:2])):
        for row, picture, given in source(data):
            mesh, spread = average(given, teacher.label(picture, views))
            if mesh is None or spread > MAX_SPREAD:
                print("dropped", row["id"], spread)
                mesh = given
            differences.append(np.linalg.norm((mesh - given)[LIPS, :2], axis=-1).mean() / eye_distance(given))
            shard.add(picture, mesh - [0.5, 0.5, 0], **row, spread=round(spread, 4))
    print("lips, given label to mean of views:", np.mean(differences), np.percentile(differences, 95))
    shard.close()


def build_turned(folder, base, teacher, turns_of_still=5, frames_of_speaker=80, seed=1):
    """Pictures of the base shard with the head turned in depth, labelled by the teacher on the turned picture."""
    random = np.random.default_rng(seed)
    rows, pictures, meshes = load_base(base)
    of_person = defaultdict(list)
    for i, row in enumerate(rows):
        of_person[row["person"], row["kind"]].append(i)
    jobs = []
    for (_, kind), indices in of_person.items():
        if kind == "still":
            jobs += [(i, turns_of_still) for i in indices]
        elif kind == "frame":
            some = random.choice(indices, min(len(indices), frames_of_speaker), replace=False)
            jobs += [(int(i), 1) for i in some]
    random.shuffle(jobs)
    shard = Shard(folder, sum(count for _, count in jobs))
    counts = defaultdict(int)
    gaps = []
    for i, count in jobs:
        turner = Turner(np.asarray(pictures[i]), meshes[i])
        for _ in range(count):
            yaw, pitch = turner.random_turn(random)
            picture, moved = turner.turn(yaw, pitch)
            mesh, spread, gap = relabel(teacher, picture, moved, eye_distance(meshes[i]))
            if gap < MAX_GAP["turned"] and spread < MAX_SPREAD:
                label = "teacher"
                gaps.append(gap)
            elif mesh is None and abs(yaw) < 30:
                mesh, label = moved, "geometry"
            else:
                counts["dropped"] += 1
                continue
            counts[label] += 1
            row = rows[i] | {"kind": f"turned {rows[i]['kind']}", "spread": round(min(spread, 9), 4)}
            row["id"] = f"{row['id']} yaw {yaw:.0f} pitch {pitch:.0f}"
            shard.add(picture, mesh, **row)
    print(dict(counts), "teacher to geometry, lips:", np.mean(gaps), np.percentile(gaps, 95))
    shard.close()


def build_expressions(folder, base, teacher, of_still=1, seed=2):
    """Stills with expressions carried over from frames and smiling stills, labelled by the teacher."""
    random = np.random.default_rng(seed)
    rows, pictures, meshes = load_base(base)
    template = meshes[[row["kind"] == "still" for row in rows]].mean(0, dtype=np.float64)
    template = (template - template[list(EYE_CORNERS)].mean(0)) / eye_distance(template)
    displacements = expressions_of_people(rows, meshes, template, random)
    stills = [i for i, row in enumerate(rows) if row["kind"] == "still"] * of_still
    random.shuffle(stills)
    shard = Shard(folder, len(stills))
    dropped = 0
    for i in stills:
        person = displacements[int(random.integers(len(displacements)))]
        wanted = person[int(random.integers(len(person)))]
        if random.random() < 0.5:  # of two, the one with the wider lips
            other = person[int(random.integers(len(person)))]
            wanted = max(wanted, other, key=lambda d: d[14, 1] - d[13, 1])
        picture, moved = carry(
            np.asarray(pictures[i]), meshes[i].astype(np.float64), wanted * random.uniform(0.8, 2.4), template, random
        )
        mesh, spread, gap = relabel(teacher, picture, moved, eye_distance(meshes[i]))
        if gap > MAX_GAP["expression"] or spread > MAX_SPREAD:
            dropped += 1
            continue
        shard.add(picture, mesh, **rows[i] | {"kind": "expression", "spread": round(spread, 4)})
    print("dropped", dropped)
    shard.close()


def expressions_of_people(rows, meshes, template, random, most=60):
    """Displacements from each person's median mesh, of those who speak or smile: list of ndarray, (n, 478, 3)."""
    of_person = defaultdict(list)
    for i, row in enumerate(rows):
        if row["kind"] == "frame" or row["source"].startswith("Face Research"):
            of_person[row["person"]].append(i)
    displacements = []
    for indices in of_person.values():
        some = random.choice(indices, min(len(indices), most), replace=False)
        shapes = np.array([canonical(meshes[i].astype(np.float64), template) for i in some])
        displacements.append(shapes - np.median(shapes, 0))
    return displacements


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="the data room")
    parser.add_argument("--teacher", required=True, type=Path, help="MediaPipe's face_landmarker.task")
    parser.add_argument("--output", default="runs/mesh-pool", type=Path)
    args = parser.parse_args(argv)
    cv2.setNumThreads(1)
    teacher = Teacher(args.teacher)
    teacher.order = mirror_order(np.load(args.data / "stills.mesh.npz")["mesh"].astype(np.float32).mean(0))
    base = args.output / "base"
    build_base(base, args.data, teacher)
    build_turned(args.output / "turned", base, teacher)
    build_expressions(args.output / "expressions", base, teacher)
    build_nothing(args.output / "nothing")


if __name__ == "__main__":
    main()
