"""How well faces are found and placed: the lips against the data room's meshes, what is refused, jitter, time, size."""

import time
from collections import defaultdict

import cv2
import numpy as np

from talking_face.concurrency.thread_pool import alone
from talking_face.data.tables import read_picture, read_table
from talking_face.errors import PhotoError
from talking_face.evaluation.hard_photos import harden
from talking_face.face.checks import CLOSED_EYES, check, eye_opening
from talking_face.face.landmarks import Face, FaceFinder
from talking_face.face.landmarks.mesh import Mesh
from talking_face.face.mesh.topology import IBUG, LIPS, eye_distance
from talking_face.media.reading import read_video
from talking_face.paths import CHECKPOINTS

FRAMES = 2  # of each clip
STUDIO = {"Face Research Lab London Set", "webmorphR.stim 3dsk"}
ASTRAY = 0.1  # eye distances; lips farther off are on another part of the face
EDGE = 0.5  # pixels between the mesh's coordinates, from a picture's edge, and pixel indices
PHOTO_SIDE = 720  # pixels; longest side of the photo that is timed


def measure_landmarks(engine, data, mesh=None):
    """Lips against the data room's meshes, in eye distances.

    Parameters
    ----------
    engine : object
        Not needed: everybody finds faces in the same way.
    data : path
        The data room.
    mesh : path, optional
        Weights to measure instead of those that ship, of a network trained without some sources, say.

    Returns
    -------
    dict
        Measure -> value, by source.
    """
    finder = FaceFinder("mesh")
    finder.source = Mesh(mesh=mesh)
    random, found = np.random.default_rng(0), defaultdict(list)
    for source, picture, truth in _stills(data):
        group = "London Set and 3dsk" if source in STUDIO else "Congress" if "Congress" in source else "canada"
        found[f"stills, {group}"].append(_error(finder, picture, truth))
        found[f"hard stills, {group}"].append(_error(finder, *harden(picture, truth, random)))
    for split, picture, truth in _frames(data):
        found[f"clip frames, {split}"].append(_error(finder, picture, truth))
    results = {}
    for name, errors in found.items():
        results |= _summary(name, errors)
    results |= {f"jitter of a still clip, {k}": v for k, v in _jitter(finder, data).items()}
    weights = sum((CHECKPOINTS / f"{name}.safetensors").stat().st_size for name in ("detector", "mesh"))
    results["weights of detector and mesh, MB"] = round(weights / 1e6, 2)
    results[f"finding a face at {PHOTO_SIDE} px, one core, processor seconds"] = _seconds(finder, data)
    return results


def _stills(data):
    """Source, picture and mesh (478, 3), pixel indices, of each still."""
    sources = {row["id"]: row["source"] for row in read_table(data / "stills.csv")}
    with np.load(data / "stills.mesh.npz") as file:
        ids, meshes = file["ids"], file["mesh"].astype(np.float64)
    for name, mesh in zip(ids, meshes, strict=True):
        yield sources[name], read_picture(data / "stills" / f"{name}.jpg"), mesh - [EDGE, EDGE, 0]


def _frames(data):
    """Split, picture and mesh of some frames of each clip; not of those in which the eyes are closed."""
    splits = {row["id"]: row["split"] for row in read_table(data / "clips.csv")}
    with np.load(data / "clips.mesh.npz") as file:
        ids, frames, meshes = file["ids"], file["frame"], file["mesh"].astype(np.float64)
    for clip in np.unique(ids):
        rows = np.flatnonzero(ids == clip)
        video = read_video(data / "clips" / f"{clip}.mp4")
        for row in rows[np.linspace(0, len(rows) - 1, FRAMES).astype(int)]:
            mesh = meshes[row] - [EDGE, EDGE, 0]
            if frames[row] < len(video) and eye_opening(Face(mesh[list(IBUG), :2], mesh)) > CLOSED_EYES:
                yield splits[clip], video[frames[row]], mesh


def _error(finder, picture, truth):
    """Mean error of the lips, eye distances; None where the photo is refused."""
    faces = finder.find(picture)
    try:
        check(picture, faces[0])
    except (PhotoError, IndexError):
        return None
    return _lips_apart(faces[0].mesh, truth)


def _lips_apart(mesh, truth):
    return np.linalg.norm((mesh - truth)[list(LIPS), :2], axis=1).mean() / eye_distance(truth)


def _summary(name, errors):
    kept = np.array([error for error in errors if error is not None])
    return {
        f"{name}: lips, mean": round(float(kept.mean()), 4),
        f"{name}: lips, 95th percentile": round(float(np.percentile(kept, 95)), 4),
        f"{name}: off by more than {ASTRAY}": f"{(kept > ASTRAY).sum()} of {len(errors)}",
        f"{name}: refused": f"{len(errors) - len(kept)} of {len(errors)}",
    }


def _jitter(finder, data, photos=12, frames=25):
    """Mean standard deviation over clips of a still photo, each frame with noise and compressed anew; eye distances."""
    random, spread = np.random.default_rng(1), defaultdict(list)
    stills = list(_stills(data))
    for _, picture, truth in stills[:: max(1, len(stills) // photos)]:
        noisy = [_photographed(picture, random) for _ in range(frames)]
        face, meshes = finder.find(noisy[0])[0], []
        for frame in noisy:
            face = finder.track(frame, face) or face
            meshes.append(face.mesh[:, :2])
        deviation = np.sqrt(np.var(meshes[2:], axis=0).sum(-1)) / eye_distance(truth)
        spread["lips"].append(deviation[list(LIPS)].mean())
        spread["all points"].append(deviation.mean())
    return {name: round(float(np.mean(values)), 4) for name, values in spread.items()}


def _photographed(picture, random):
    """With the noise and compression of a camera."""
    noisy = np.clip(picture + random.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], cv2.IMREAD_COLOR)


def _seconds(finder, data, runs=15):
    """Median processor time of finding the face of a photo, on one core."""
    _, picture, _ = next(_stills(data))
    photo = cv2.resize(picture, (PHOTO_SIDE, PHOTO_SIDE), interpolation=cv2.INTER_CUBIC)

    def once():
        start = time.thread_time()
        finder.find(photo)
        return time.thread_time() - start

    return round(float(np.median([alone(once) for _ in range(runs)])), 4)
