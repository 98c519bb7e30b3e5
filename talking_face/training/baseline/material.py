"""The prepared clips that the baseline is trained on and measured with, in memory."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talking_face.data.clip_file import list_clips, read_clip
from talking_face.errors import DataError
from talking_face.training.baseline.windows import WindowSampler


def load_data(config):
    """The sampler of training windows, the held-out clips by set, and notes on both for the provenance."""
    train, val = (
        load_material(config.data, config.sets, config.shares, split, config.most_clips) for split in ("train", "val")
    )
    held_out = {}
    for name, speakers in zip(config.sets, val.sets):
        clips = [clip for clips in speakers for clip in clips]
        spread = np.linspace(0, len(clips) - 1, min(len(clips), config.validation_clips)).astype(int)
        held_out[name] = [clips[i] for i in spread]
    people = lambda material: {name: len(speakers) for name, speakers in zip(config.sets, material.sets)}
    notes = {"people in training": people(train), "people held out": people(val)}
    return WindowSampler(train, config.stabilise), held_out, notes


@dataclass(frozen=True)
class Material:
    """Prepared clips in memory: sets, drawn from in given shares; sets hold speakers, speakers their clips."""

    sets: list
    shares: np.ndarray

    @property
    def clips(self):
        """All clips."""
        return [clip for speakers in self.sets for clips in speakers for clip in clips]


def load_material(data, sets, shares, split, most):
    """Read prepared clips.

    Parameters
    ----------
    data : path
        Folder of the sets.
    sets : sequence of str
        Folders of prepared clips in it.
    shares : sequence of float
        How often each set is drawn from.
    split : str
        "train" or "val".
    most : int
        Clips to read of any one speaker in a set; they are spread over all there are.

    Returns
    -------
    Material
        Clips whose emotion and landmarks are known. A set may be empty for split "val".

    Raises
    ------
    DataError
        A folder or clip cannot be read, or there is nothing to train on.
    """
    loaded = []
    for name in sets:
        speakers = {}
        for path in list_clips(Path(data) / name):
            clip = read_clip(path)
            if clip.split == split and clip.emotion and clip.landmarks is not None:
                speakers.setdefault(clip.speaker, []).append(clip)
        spread = [[c[i] for i in np.unique(np.linspace(0, len(c) - 1, most).astype(int))] for c in speakers.values()]
        loaded.append(spread)
        if not speakers and split == "train":
            raise DataError(f"No clip in “{Path(data) / name}” has a face and an emotion; please prepare some.")
    present = np.array([share if speakers else 0 for share, speakers in zip(shares, loaded)], float)
    return Material(loaded, present / max(present.sum(), 1e-9))
