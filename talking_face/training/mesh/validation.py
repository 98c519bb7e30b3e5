"""The whole cascade on held-out photos: errors of the lips against the teacher, in eye distances."""

import numpy as np

from talking_face.evaluation.hard_photos import harden
from talking_face.face.detector.detection import BOX_SIDE
from talking_face.face.mesh.frames import CENTRE, find_pose
from talking_face.face.mesh.topology import LEFT_EYE, LIPS, RIGHT_EYE, eye_distance


class Photos:
    """Stills of a pool with a detector-like box each; always the same.

    Parameters
    ----------
    pool : pool.Pool
    sources : sequence of str
        Whose; of all where it is empty.
    count : int
        How many, evenly spread.
    hard : bool
        Make them hard; see `evaluation.hard_photos`.
    """

    def __init__(self, pool, sources, count, hard):
        rows = enumerate(pool.rows)
        chosen = [i for i, row in rows if row["kind"] == "still" and (not sources or row["source"] in sources)]
        self.pool, self.hard = pool, hard
        self.chosen = [chosen[j] for j in np.linspace(0, len(chosen) - 1, min(count, len(chosen))).astype(int)]

    def __iter__(self):
        random = np.random.default_rng(5)
        for i in self.chosen:
            picture, mesh = np.asarray(self.pool.pixels(i, False)), self.pool.meshes[i]
            if self.hard:
                picture, mesh = harden(picture, mesh, random)
            yield picture, detector_box(mesh, self.pool.template, random), mesh


def detector_box(mesh, template, random):
    """A box as a detector would draw it, with its inaccuracy: 8 % in size, 5 % in place."""
    pose = find_pose(mesh, template)
    centre = pose.place(np.array([0, CENTRE, 0]))
    side = BOX_SIDE * pose.scale * np.exp(random.normal(0, 0.08))
    centre = centre + random.normal(0, 0.05, 2) * side
    return np.concatenate([centre - side / 2, centre + side / 2])


def errors(predictor, photos):
    """Mean errors of the lips, the eyes and all points of each photo, eye distances: dict of name to ndarray (N,)."""
    found = []
    for picture, box, mesh in photos:
        unit = max(eye_distance(mesh), find_pose(mesh, predictor.template).scale * 0.75)
        off = np.linalg.norm((predictor(picture, box).mesh - mesh)[:, :2], axis=-1) / unit
        found.append((off[list(LIPS)].mean(), off[list(RIGHT_EYE + LEFT_EYE)].mean(), off[:468].mean()))
    return dict(zip(("lips", "eyes", "all"), np.array(found).T, strict=True))


def summary(found, prefix):
    """Mean, 95th percentile and largest error of the lips, means of the rest."""
    lips = found["lips"]
    numbers = {
        "lips": lips.mean(),
        "lips p95": np.percentile(lips, 95),
        "lips max": lips.max(),
        "eyes": found["eyes"].mean(),
        "all": found["all"].mean(),
    }
    return {f"{prefix} {name}": float(value) for name, value in numbers.items()}
