"""The data room's pictures of faces: frames of talking clips, and still portraits."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talking_face.data.splits import split_of
from talking_face.data.tables import read_landmarks, read_picture, read_table
from talking_face.face.geometry import crop_to_face, lip_opening


@dataclass(frozen=True)
class Faces:
    """Crops of one person in one setting: images (N, 256, 256, 3) uint8 RGB, landmarks (N, 68, 2) face units."""

    id: str
    speaker: str
    split: str
    images: np.ndarray
    landmarks: np.ndarray


def load_clips(data, frames_a_clip, split=None):
    """Frames of the data room's clips; of the speaker who has hundreds, only `frames_a_clip` frames of each.

    Parameters
    ----------
    data : path
    frames_a_clip : int
    split : str, optional
        "train" or "val"; both by default.

    Returns
    -------
    list of Faces
    """
    from talking_face.media.reading import read_video

    data, rows, clips = Path(data), read_table(Path(data) / "clips.csv"), []
    counts = {}
    for row in rows:
        counts[row["speaker"]] = counts.get(row["speaker"], 0) + 1
    for row in rows:
        if split not in (None, row["split"]):
            continue
        landmarks = np.load(data / "labels" / f"{row['id']}.npz")["landmarks"].astype(np.float32)
        images = read_video(data / "clips" / f"{row['id']}.mp4")
        frames = min(len(images), len(landmarks))
        pick = np.arange(frames)
        if counts[row["speaker"]] > 20:
            opening = lip_opening(landmarks[:frames])
            pick = np.sort(np.argsort(opening)[np.linspace(0, frames - 1, frames_a_clip).astype(int)])
        landmarks = crop_to_face(landmarks[pick]).astype(np.float32)
        clips.append(Faces(row["id"], row["speaker"], row["split"], images[pick], landmarks))
    return clips


def load_stills(data, split=None):
    """The data room's portraits, by person; one person in six is held out ("val"). `split` as in `load_clips`."""
    data, people = Path(data), {}
    rows = read_table(data / "stills.csv")
    landmarks = {id: crop_to_face(points) for id, points in read_landmarks(data / "stills.labels.npz").items()}
    for row in rows:
        if row["id"] in landmarks and split in (None, split_of(row["identity"])):
            image = read_picture(data / "stills" / f"{row['id']}.jpg")
            people.setdefault(row["identity"], []).append((image, landmarks[row["id"]]))
    return [
        Faces(
            person,
            person,
            split_of(person),
            np.stack([image for image, _ in faces]),
            np.stack([points for _, points in faces]).astype(np.float32),
        )
        for person, faces in people.items()
    ]
