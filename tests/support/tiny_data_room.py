"""A data room in miniature, made from the shipped portraits and an average face: enough for every recipe to run."""

import itertools
from pathlib import Path

import cv2
import numpy as np

from support.paths import ASSETS
from talking_face.data.splits import is_held_out
from talking_face.data.tables import write_csv
from talking_face.emotions import EMOTIONS
from talking_face.face.geometry import CROP_SIZE, face_to_crop
from talking_face.face.shape import FaceShape
from talking_face.media.writing import write_video
from talking_face.training.painter.pairs import move_photo

PORTRAITS = "london_009", "london_024", "london_129"
CLIP_FRAMES, RECORDING_FRAMES = 14, 90


def names(held_out, count):
    """Names of people who are, or are not, held out."""
    every = (f"person {i}" for i in itertools.count())
    return list(itertools.islice((name for name in every if is_held_out(name) == held_out), count))


def opened(shape, opening):
    """The average face with its lips opened by some eye distances: (68, 2) float32."""
    landmarks = shape.mean.astype(np.float32)
    landmarks[[58, 57, 56, 67, 66, 65], 1] += opening
    return landmarks


def make_data_room(folder):
    """Write tables, stills, clips, motion and expressions as the data room has them; returns the folder."""
    shape, folder = FaceShape.load(), Path(folder)
    for name in ("stills", "clips", "labels", "motion"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    crops = [cv2.resize(cv2.imread(str(ASSETS / f"{name}.jpg")), (CROP_SIZE, CROP_SIZE)) for name in PORTRAITS]
    _make_stills(folder, shape, crops)
    _make_clips(folder, shape, crops)
    _make_motion(folder, shape)
    _make_expressions(folder, shape)
    return folder


def _make_stills(folder, shape, crops):
    rows, landmarks = [], []
    for person, crop in zip(names(False, 2) + names(True, 1), crops):
        for opening in (0.0, 0.2):
            identifier = f"{person} {opening}"
            image = move_photo(crop, shape.mean, opened(shape, opening))
            cv2.imwrite(str(folder / "stills" / f"{identifier}.jpg"), image)
            rows.append({"id": identifier, "source": "test", "identity": person, "licence": "CC BY 4.0"})
            landmarks.append(opened(shape, opening))
    write_csv(folder / "stills.csv", rows)
    _write_labels(folder / "stills.labels.npz", rows, landmarks)


def _make_clips(folder, shape, crops):
    rows, sound = [], np.random.default_rng(0).normal(0, 0.1, 48000 * CLIP_FRAMES // 25).astype(np.float32)
    for i, (split, crop) in enumerate(zip(("train", "train", "val"), crops)):
        landmarks = np.stack([opened(shape, 0.1 + 0.1 * np.sin(t)) for t in range(CLIP_FRAMES)])
        frames = np.stack([move_photo(crop[..., ::-1], shape.mean, points) for points in landmarks])
        write_video(folder / "clips" / f"clip{i}.mp4", [frames], sound, 48000)
        np.savez(folder / "labels" / f"clip{i}.npz", landmarks=_pixels(landmarks))
        row = {"id": f"clip{i}", "source": "GRID", "speaker": f"grid_t{i}", "split": split}
        rows.append(row | {"licence": "CC BY 4.0"})
    write_csv(folder / "clips.csv", rows)


def _make_motion(folder, shape):
    """Speakers whose lips follow the level of a noise."""
    rows, random = [], np.random.default_rng(0)
    for i, speaker in enumerate(names(False, 2) + names(True, 1)):
        level = np.sin(np.arange(RECORDING_FRAMES) / (4 + i)) ** 2
        log_mel = 4 * np.repeat(level, 4)[:, None] - 6 + random.normal(0, 0.2, (4 * RECORDING_FRAMES, 80))
        landmarks = np.stack([opened(shape, 0.2 * opening) for opening in level])
        arrays = {"landmarks": _pixels(landmarks), "log_mel": log_mel.astype(np.float16)}
        np.savez(folder / "motion" / f"m{i}.npz", **arrays)
        row = {"id": f"m{i}", "source": "web", "speaker": speaker, "licence": "measurements only"}
        rows.append(row | {"av_offset": 0, "av_confidence": 0.9})
    write_csv(folder / "motion.csv", rows)


def _make_expressions(folder, shape):
    rows, landmarks, random = [], [], np.random.default_rng(0)
    moves = random.normal(0, 0.05, (len(EMOTIONS), 68, 2))
    moves[EMOTIONS.index("neutral")] = 0
    for person in names(False, 6) + names(True, 2):
        for emotion, move in zip(EMOTIONS, moves):
            rows.append({"id": f"{person} {emotion}", "source": "test", "identity": person, "emotion": emotion})
            landmarks.append(shape.mean + move + random.normal(0, 0.01, (68, 2)))
    write_csv(folder / "expressions.csv", rows)
    _write_labels(folder / "expressions.labels.npz", rows, landmarks)


def _pixels(landmarks):
    return face_to_crop(np.asarray(landmarks, np.float64)).astype(np.float16)


def _write_labels(path, rows, landmarks):
    np.savez(path, ids=np.array([row["id"] for row in rows]), landmarks=_pixels(landmarks))
