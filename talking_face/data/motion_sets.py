"""Landmark motion and sound of the data room, normalised for head pose and face proportions."""

import dataclasses
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talking_face.audio.mel import COLUMNS_PER_FRAME
from talking_face.data.splits import is_held_out
from talking_face.data.tables import read_table
from talking_face.face.geometry import lip_opening

CLOSED_SHARE = 0.06  # of a speaker's frames, in which lips touch
MIN_CONFIDENCE = 0.3  # correlation below which a recording's sound-to-picture offset is in doubt
# First words of a source's name -> its group; of GRID, the first speaker is a group of his own. All others are "web".
GROUP_OF = {
    "GRID": "grid",
    "LRC-AR": "arabic",
    "MEAD": "emotional",
    "RAVDESS": "emotional",
    "MER2023": "unheard",
    "generated:": "generated",
}
# What may be trained on: real people speaking English sentences of few words (one of them "main"), the news, freely and
# with feeling; and heads that other systems made.
GROUPS = ("main", "grid", "arabic", "web", "emotional", "generated")
UNHEARD = "unheard"  # a language of which no real speaker is trained on: Chinese television drama


@dataclass(frozen=True)
class Recording:
    """One recording: log-mel (4 T, 80) and pose-free landmarks (T, 68, 2) in face units, in sync."""

    id: str
    source: str
    speaker: str
    held_out: bool
    confidence: float
    log_mel: np.ndarray
    landmarks: np.ndarray

    @property
    def source_group(self):
        """Kind of source that it comes from: one of `GROUPS`, or `UNHEARD`."""
        return source_group(self.source, self.speaker)


def source_group(source, speaker):
    """Group of a source: one of `GROUPS`, or `UNHEARD`."""
    group = next((group for start, group in GROUP_OF.items() if source.startswith(start)), "web")
    return "main" if group == "grid" and speaker == "grid_s1" else group


def speakers_held_out(rows):
    """Speakers of some tables' rows who are kept for validation.

    The clips of split `val`, all of `UNHEARD`, and one speaker in six of the other real recordings but GRID's. Speakers
    of generated heads alone are no measure of anything; those who also speak themselves are held out as such.
    """
    held_out = set()
    for row in rows:
        group = source_group(row["source"], row["speaker"])
        wide = group not in ("main", "grid", "generated")
        if row.get("split") == "val" or group == UNHEARD or (wide and is_held_out(row["speaker"])):
            held_out.add(row["speaker"])
    return held_out


def shift_sound(recording, columns):
    """The recording with its sound moved earlier by some mel columns."""
    if not columns:
        return recording
    place = np.clip(np.arange(len(recording.log_mel)) + columns, 0, len(recording.log_mel) - 1)
    return dataclasses.replace(recording, log_mel=recording.log_mel[place])


def in_sync(log_mel, landmarks, offset):
    """Undo a source's audio-video offset: `landmarks[t]` belongs with the sound of frame `t - offset`.

    Parameters
    ----------
    log_mel : ndarray, (4 T, 80)
    landmarks : ndarray, (T, ...)
    offset : int
        Frames that the picture is late.

    Returns
    -------
    log_mel, landmarks : ndarray
        The overlapping parts.
    """
    frames = min(len(landmarks), len(log_mel) // COLUMNS_PER_FRAME)
    first, last = max(0, offset), min(frames, frames + offset)
    heard = slice(COLUMNS_PER_FRAME * (first - offset), COLUMNS_PER_FRAME * (last - offset))
    return log_mel[heard], landmarks[first:last]


def load_recordings(data, shape, min_frames=12):
    """Every usable recording of the data room.

    Parameters
    ----------
    data : path
        The data room.
    shape : FaceShape
        Takes the head pose out.
    min_frames : int
        Shorter recordings are left out.

    Returns
    -------
    list of Recording
        Held out are all recordings of `speakers_held_out`.
    """
    data, recordings = Path(data), []
    tables = {"motion": read_table(data / "motion.csv"), "labels": read_table(data / "clips.csv")}
    held_out = speakers_held_out([row for rows in tables.values() for row in rows])
    for folder, rows in tables.items():
        for row in rows:
            arrays = np.load(data / folder / f"{row['id']}.npz")
            if "log_mel" in arrays:
                log_mel = arrays["log_mel"].astype(np.float32)
            else:
                log_mel = clip_log_mel(data / "clips" / f"{row['id']}.mp4", len(arrays["landmarks"]))
            offset = int(row.get("av_offset") or 0)
            log_mel, landmarks = in_sync(log_mel, arrays["landmarks"].astype(np.float32), offset)
            if len(landmarks) < min_frames:
                continue
            recordings.append(
                Recording(
                    row["id"],
                    row["source"],
                    row["speaker"],
                    row["speaker"] in held_out,
                    float(row.get("av_confidence") or 1.0),
                    log_mel,
                    shape.remove_pose(landmarks).astype(np.float32),
                )
            )
    return recordings


def clip_log_mel(path, frames):
    """Log-mel of a clip's sound, cut or padded to its frames: (4 * frames, 80)."""
    from talking_face.audio import load_speech

    log_mel, columns = load_speech(path).log_mel, COLUMNS_PER_FRAME * frames
    missing = max(0, columns - len(log_mel))
    return np.pad(log_mel, ((0, missing), (0, 0)), mode="edge")[:columns]


def resting_faces(recordings):
    """Each speaker's resting face: the mean of the frames whose lips are closed (the least open, `CLOSED_SHARE`).

    Parameters
    ----------
    recordings : list of Recording

    Returns
    -------
    dict
        Speaker -> (68, 2) landmarks, face units.
    """
    by_speaker = defaultdict(list)
    for recording in recordings:
        by_speaker[recording.speaker].append(recording.landmarks)
    resting = {}
    for speaker, parts in by_speaker.items():
        landmarks = np.concatenate(parts)
        opening = lip_opening(landmarks)
        resting[speaker] = landmarks[opening <= np.quantile(opening, CLOSED_SHARE)].mean(0)
    return resting
