"""`python -m talking_face prepare-portraits`: still portraits, made to talk by our own generator.

The reference's network paints all of a face, so it has to have seen many. Few people of the data room move; these clips
let it meet the other hundreds: each says a piece of a training sentence in some of the six emotions.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from talking_face.audio import SAMPLE_RATE, log_mel
from talking_face.data.clip import SIZE, SPEECH_RATE, Clip, shrink
from talking_face.data.clip_file import SUFFIX, list_clips, read_clip, write_clip
from talking_face.data.clip_names import Labels, clip_name
from talking_face.data.splits import split_of
from talking_face.data.tables import read_landmarks, read_picture, read_table
from talking_face.emotions import EMOTIONS
from talking_face.errors import DataError
from talking_face.media.frame_rate import FPS

ONSET_FRAMES = 12  # until the emotion has appeared in full; they are left out
SAMPLES_PER_FRAME = SAMPLE_RATE // FPS


def prepare_portraits(data, clips, output, people=400, held_out=24, emotions=3, seconds=1.5, seed=0):
    """Write talking versions of the data room's portraits as prepared clips; finished ones are kept.

    Parameters
    ----------
    data : path
        The data room; its `stills.csv` says who may be used.
    clips : path
        Folder of prepared clips, for their sound. Held-out people say held-out clips.
    output : path
        Folder of the clips to write. `photo` is the portrait as it is, `video` begins with the emotion fully there.
    people, held_out : int
        People to use for training and for validation, a portrait of each.
    emotions : int
        Emotions of each, 1 to 6, drawn at random.
    seconds : float
        Length of each clip.
    seed : int

    Returns
    -------
    int
        Number of clips in `output`.

    Raises
    ------
    DataError
        There are no portraits, or no clip with sound that is long enough.
    """
    from tqdm import tqdm

    from talking_face.generators.deformable.generator import DeformableGenerator

    data, output = Path(data), Path(output)
    random, frames = np.random.default_rng(seed), round(seconds * FPS)
    rows = choose_portraits(data, people, held_out, random)
    recordings = load_recordings(clips, ONSET_FRAMES + frames)
    rarity = {split: balanced(group) for split, group in recordings.items()}
    landmarks = read_landmarks(data / "stills.labels.npz")
    output.mkdir(parents=True, exist_ok=True)
    generator = DeformableGenerator.load()
    for row in tqdm(rows, unit="portrait", mininterval=10):
        portrait = load_portrait(data / "stills" / f"{row['id']}.jpg", landmarks[row["id"]])
        split = split_of(row["identity"])
        for emotion in random.permutation(EMOTIONS)[:emotions].tolist():
            recording = recordings[split][random.choice(len(recordings[split]), p=rarity[split])]
            variation = int(random.integers(2**31))
            name = clip_name(Labels(row["identity"], recording.id, emotion))
            path = output / f"{name}{SUFFIX}"
            if not path.exists():
                spoken = talk(generator, portrait, recording.samples, emotion, frames, variation)
                write_clip(path, as_clip(name, row, emotion, portrait, recording, *spoken))
    return len(list_clips(output))


def as_clip(name, row, emotion, portrait, recording, speech, video, landmarks):
    """The prepared clip of a portrait, described by its row of `stills.csv`, that says what `talk` returned."""
    return Clip(
        id=name,
        speaker=row["identity"],
        emotion=emotion,
        intensity="XX",
        split=split_of(row["identity"]),
        video=video,
        speech=speech,
        landmarks=landmarks,
        photo=shrink(portrait.crop),
        synthetic=True,
        source=f"stills/{row['id']}.jpg, {recording.id}",
        licence=row["licence"],
    )


def choose_portraits(data, people, held_out, random):
    """Rows of `stills.csv`: one portrait of each of so many people in training and held out."""
    by_person = {}
    for row in read_table(data / "stills.csv"):
        by_person.setdefault((split_of(row["identity"]), row["identity"]), []).append(row)
    wanted = {"train": people, "val": held_out}
    everybody, chosen = list(by_person.items()), []
    for index in random.permutation(len(by_person)):
        (split, _), rows = everybody[index]
        if wanted[split]:
            wanted[split] -= 1
            chosen.append(rows[random.integers(len(rows))])
    if not chosen:
        raise DataError(f"The folder “{data}” lists no portraits; please give the data room.")
    return chosen


def load_portrait(path, landmarks):
    """A portrait of the data room, which is a canonical crop already."""
    from talking_face.face.portrait import Portrait

    crop = read_picture(path)
    return Portrait(crop, landmarks, np.eye(3)[:2], crop)


class Recording(NamedTuple):
    """The sound of a clip: samples (N,) float32 at 16 kHz."""

    id: str
    speaker: str
    samples: np.ndarray


def load_recordings(clips, frames):
    """Sound of the prepared clips that last at least so many frames, by split: lists of `Recording`.

    Raises
    ------
    DataError
        A split has none.
    """
    found = {"train": [], "val": []}
    for path in list_clips(clips):
        clip = read_clip(path)
        if clip.speech_16k is not None and len(clip.speech_16k) >= frames * SAMPLES_PER_FRAME:
            found[clip.split].append(Recording(clip.id, clip.speaker, clip.speech_16k))
    for split, recordings in found.items():
        if not recordings:
            raise DataError(f"No {split} clip in “{clips}” lasts {frames / FPS:.1f} s; please ask for fewer seconds.")
    return found


def balanced(recordings):
    """Probability of each recording: a speaker with many is heard more often than one with few, but less than so."""
    count = Counter(recording.speaker for recording in recordings)
    weights = np.array([count[recording.speaker] ** -0.5 for recording in recordings])
    return weights / weights.sum()


def talk(generator, portrait, samples, emotion, frames, seed):
    """Make a portrait say a random piece of a recording, its head at rest.

    Parameters
    ----------
    generator : DeformableGenerator
    portrait : Portrait
        Its image is the canonical crop.
    samples : ndarray, (N,)
        Speech at 16 kHz.
    emotion : str
    frames : int
        Length of the piece.
    seed : int

    Returns
    -------
    speech : ndarray, (320 * frames,) float32
        The piece at 8 kHz, peak 1.
    video : ndarray, (frames, 128, 128, 3) uint8
    landmarks : ndarray, (frames, 68, 2) float32
        Pixels of the video.
    """
    import soxr

    from talking_face.face.geometry import face_to_crop

    longest = len(samples) // SAMPLES_PER_FRAME
    motion = generator.motion(log_mel(samples, longest), emotion, 1.0, seed)
    first = np.random.default_rng(seed).integers(ONSET_FRAMES, longest - frames + 1)
    piece = slice(first, first + frames)
    prepared = generator.prepare(portrait, True, living=False)
    driven = generator.drive(prepared, motion, piece)
    video = np.stack([shrink(frame) for frame in generator.render_part(prepared, motion, piece)])
    samples = samples[first * SAMPLES_PER_FRAME : (first + frames) * SAMPLES_PER_FRAME]
    speech = soxr.resample(samples, SAMPLE_RATE, SPEECH_RATE)
    return speech / max(np.abs(speech).max(), 1e-6), video, face_to_crop(driven, SIZE)
