"""Recordings of real people speaking, as they hold themselves: landmarks with the head's movement, and their sound."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talking_face.data.motion_sets import clip_log_mel, in_sync
from talking_face.data.splits import is_held_out
from talking_face.data.tables import read_table

MIN_FRAMES = 90


@dataclass(frozen=True)
class RealSpeaker:
    """One recording, sound and picture in step.

    Attributes
    ----------
    id, source : str
    held_out : bool
        Whether the speaker is one never to learn from.
    log_mel : ndarray, (4 T, 80)
    landmarks : ndarray, (T, 68, 2) float64
        Crop pixels.
    blendshapes : ndarray, (T, 52) float64
    """

    id: str
    source: str
    held_out: bool
    log_mel: np.ndarray
    landmarks: np.ndarray
    blendshapes: np.ndarray


def real_speakers(data, min_frames=MIN_FRAMES):
    """Yield the data room's recordings of free speech, neutral ones, without what other systems made.

    Parameters
    ----------
    data : path
        The data room.
    min_frames : int
        Shorter ones are left out.

    Yields
    ------
    RealSpeaker
    """
    data = Path(data)
    for table, folder in (("motion.csv", "motion"), ("clips.csv", "labels")):
        for row in read_table(data / table):
            made = row["source"].startswith("generated:")
            if made or row["source"] == "GRID" or row.get("emotion") not in (None, "", "neutral"):
                continue
            if int(row.get("frames") or min_frames) < min_frames:
                continue
            arrays = np.load(data / folder / f"{row['id']}.npz")
            both = np.concatenate([arrays["landmarks"].reshape(len(arrays["landmarks"]), -1), arrays["blendshapes"]], 1)
            clip = data / "clips" / f"{row['id']}.mp4"
            mel = arrays["log_mel"] if "log_mel" in arrays else clip_log_mel(clip, len(both))
            mel, both = in_sync(mel.astype(np.float64), both.astype(np.float64), int(row.get("av_offset") or 0))
            if len(both) >= min_frames:
                landmarks = both[:, :136].reshape(-1, 68, 2)
                yield RealSpeaker(row["id"], row["source"], is_held_out(row["speaker"]), mel, landmarks, both[:, 136:])
