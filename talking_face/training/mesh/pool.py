"""The pool: pictures with meshes on disk, as `build_pool` writes them, and how often training takes each."""

from collections import Counter
from pathlib import Path

import numpy as np

from talking_face.data.tables import read_table
from talking_face.face.mesh.frames import find_pose
from talking_face.face.mesh.topology import EYE_CORNERS, RIGHT_CORNERS, eye_centres, eye_distance, mirror_order

STUDIO = ("Face Research Lab London Set", "webmorphR.stim 3dsk")
CONGRESS = "US Congress portraits (GPO)"
# Sources that a net of each name never sees. Some speakers of the clips may be members of Congress as well.
HELD_OUT = {
    "none": (),
    "studio": STUDIO,
    "congress": (CONGRESS, "HDTF (US Congress addresses)", "White House addresses (US government)"),
}
# Of these, those that stills come from.
STILLS_HELD_OUT = {"none": (), "studio": STUDIO, "congress": (CONGRESS,)}
# Share of each group of sources in a batch, made up to 1 over those that take part.
SHARES = {CONGRESS: 0.36, STUDIO[0]: 0.22, STUDIO[1]: 0.1, "webmorphR.stim canada": 0.08, "clips": 0.26}
CLOSED, OFTENER = 0.1, 6  # height over width of eyes that are shut; they are rare and taken so much oftener
SKIN = 60, 85, 110, 135, 160, 185  # mean levels of skin that part the bins of its brightness
RAREST = 3.0  # how much oftener pictures of rare skin are taken, at most
KINDS = {"still": 0.45, "turned still": 0.55, "frame": 0.7, "turned frame": 0.3, "expression": 0.4}


class Pool:
    """The pictures of some shards.

    Parameters
    ----------
    folder : path
    shards : sequence of str
        Folders in it.

    Attributes
    ----------
    rows : list of dict
    meshes : ndarray, (N, 478, 3) float32
        Pixels.
    template : ndarray, (478, 3)
        The mean face, symmetrical; origin between its eyes, eye distance 1.
    order : ndarray, (478,) int
        Of points in a mirrored picture.
    nothing : ndarray, (M, S, S, 3) uint8, or None
        Pictures without a face.
    """

    def __init__(self, folder, shards):
        self.shards, self.rows, meshes, self.places = [], [], [], []
        for number, name in enumerate(shards):
            shard = Path(folder) / name
            rows = read_table(shard / "rows.csv")
            meshes.append(np.load(shard / "meshes.npy")[: len(rows)])
            self.shards.append([np.load(shard / f"{name}.npy", mmap_mode="r") for name in ("pictures", "halves")])
            self.rows += rows
            self.places += [(number, i) for i in range(len(rows))]
        self.meshes = np.concatenate(meshes)
        self.template = mean_face(self.meshes[[row["kind"] == "still" for row in self.rows]])
        self.order = mirror_order(self.template)
        self.template = (self.template + (self.template * [-1, 1, 1])[self.order]) / 2
        self.poses = {}
        nothing = Path(folder) / "nothing" / "pictures.npy"
        self.nothing = np.load(nothing, mmap_mode="r") if nothing.exists() else None

    def mesh(self, i, mirrored):
        """A picture's mesh, as in the mirrored picture where wanted."""
        mesh = self.meshes[i]
        if mirrored:
            mesh = (mesh * [-1, 1, 1] + [self.width - 1, 0, 0])[self.order]
        return mesh

    def pose(self, i, mirrored):
        """Of the head in a picture or its mirror image, as `find_pose` gives it."""
        key = i, mirrored
        if key not in self.poses:
            self.poses[key] = find_pose(self.mesh(i, mirrored), self.template)
        return self.poses[key]

    @property
    def width(self):
        """Of the pictures, pixels."""
        return self.shards[0][0].shape[1]

    def pixels(self, i, half):
        """A picture, or the same at half the size: (N, N, 3) uint8."""
        shard, row = self.places[i]
        return self.shards[shard][int(half)][row]

    def probabilities(self, held_out):
        """How often each picture is to be taken: by source, person, kind and brightness of the skin."""
        excluded = HELD_OUT[held_out]
        weights = np.zeros(len(self.rows))
        usable = [i for i, row in enumerate(self.rows) if row["source"] not in excluded and row["kind"] in KINDS]
        count = Counter((self.rows[i]["person"], self.rows[i]["kind"]) for i in usable)
        kinds = {}
        for person, kind in count:
            kinds.setdefault(person, set()).add(kind)
        for i in usable:
            row = self.rows[i]
            share = KINDS[row["kind"]] / sum(KINDS[kind] for kind in kinds[row["person"]])
            weights[i] = share / count[row["person"], row["kind"]]
        brightness = np.array([self._brightness(i) if weights[i] else 0 for i in range(len(self.rows))])
        weights *= skin_balance(brightness, weights)
        weights[eye_opening(self.meshes) < CLOSED] *= OFTENER
        return by_source(weights, self.rows, usable, SHARES)

    def _brightness(self, i):
        points = np.clip(self.meshes[i][[50, 280, 151], :2] / 2, 0, self.width // 2 - 1).astype(int)
        return float(np.median([self.pixels(i, True)[y, x].mean() for x, y in points]))


def skin_balance(brightness, weights):
    """Factors that bring dark and light skin nearer to the middle's share: brightness and weights (N,) -> (N,)."""
    bins = np.digitize(brightness, SKIN)
    mass = np.bincount(bins, weights, len(SKIN) + 1)
    return np.clip((mass.max() / np.maximum(mass, 1e-9)) ** 0.5, 1, RAREST)[bins]


def by_source(weights, rows, usable, shares):
    """Weights (N,) of rows as probabilities, each group of sources with its share; those not named are "clips"."""
    group = lambda row: row["source"] if row["source"] in shares else "clips"
    for name, share in shares.items():
        members = [i for i in usable if group(rows[i]) == name]
        if members:
            weights[members] *= share / weights[members].sum()
    return weights / weights.sum()


def eye_opening(meshes):
    """Height over width of the right eye's opening: (N, 478, 3) -> (N,)."""
    span = lambda a, b: np.linalg.norm(meshes[:, a, :2] - meshes[:, b, :2], axis=1)
    return (span(160, 144) + span(158, 153)) / 2 / np.maximum(span(*RIGHT_CORNERS), 1e-6)


def mean_face(meshes):
    """The mean of meshes brought onto each other in space; eye distance 1, origin between the eyes."""
    mean = meshes.mean(0).astype(np.float64)
    for _ in range(3):
        aligned = []
        for mesh in meshes[::3]:
            pose = find_pose(mesh, mean)
            aligned.append((mesh - pose.origin) @ pose.rotation / pose.scale)
        mean = np.mean(aligned, 0)
    # Level and facing the viewer.
    right, left = eye_centres(mean)
    across = left - right
    yaw, roll = np.arctan2(across[2], across[0]), np.arctan2(across[1], across[0])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_z = np.array([[np.cos(roll), np.sin(roll), 0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    mean = (mean - mean[list(EYE_CORNERS)].mean(0)) @ about_y.T @ about_z.T
    return mean / eye_distance(mean)
