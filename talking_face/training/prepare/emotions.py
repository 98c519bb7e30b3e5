"""`python -m talking_face prepare-emotions`: neutral clips of people -> the same clips in the other emotions.

Moving pictures of people in six emotions are scarce, and may rarely be used freely. So each frame of a neutral clip is
moved by what an emotion does to real people's faces (the displacements that the motion model carries, see
`training.motion.emotions`), with our own renderer: lips, blinks and head stay the speaker's; brows, eyes, cheeks and
mouth corners show the emotion from the first frame to the last. Each frame is its own source, so that little has to be
painted inside the mouth. The clip's `photo` is the neutral first frame. What a landmark cannot say, such as wrinkles,
is missing, and the voice stays neutral.
"""

import sys
import zlib
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from talking_face.data.clip import SIZE, shrink
from talking_face.data.clip_file import (
    SUFFIX,
    list_clips,
    make_folder,
    read_attributes,
    read_clip,
    read_faces,
    write_clip,
)
from talking_face.data.clip_names import Labels, clip_name
from talking_face.emotions import EMOTIONS
from talking_face.errors import ChoiceError, DataError
from talking_face.face.geometry import (
    CROP_SIZE,
    LEFT_EYE,
    LOWER_LIDS,
    RIGHT_EYE,
    UPPER_LIDS,
    crop_to_face,
    face_to_crop,
)
from talking_face.face.shape import FaceShape, head_similarity
from talking_face.motion.model import MotionModel

LAYOUT = 1  # to be raised when the moved clips change, so that existing ones are made anew
MOVED = tuple(emotion for emotion in EMOTIONS if emotion != "neutral")
EYES = np.concatenate([RIGHT_EYE, LEFT_EYE])


class Parts(NamedTuple):
    """What moves faces: `MotionModel`, `FaceShape` and `Renderer`."""

    motion: object
    shape: object
    renderer: object


def emotional_landmarks(landmarks, emotion, motion, shape):
    """Add an emotion to a clip's landmarks.

    Parameters
    ----------
    landmarks : ndarray, (T, 68, 2)
        A neutral clip's, face units.
    emotion : str
        One of `EMOTIONS`.
    motion : motion.model.MotionModel
        Has the displacements.
    shape : FaceShape

    Returns
    -------
    ndarray, (T, 68, 2) float32
    """
    move = motion.expressions(np.eye(len(EMOTIONS))[[EMOTIONS.index(emotion)]], landmarks)
    # In a blink, eyelids have no room for the emotion.
    aperture = (landmarks[:, LOWER_LIDS, 1] - landmarks[:, UPPER_LIDS, 1]).mean(1)
    move[:, EYES] *= np.clip(aperture / np.median(aperture), 0, 1)[:, None, None]
    head = head_similarity(shape.mean, landmarks)
    return (landmarks + move @ np.swapaxes(head[..., :2], -1, -2)).astype(np.float32)


def prepare_emotions(clips, output, per_speaker, seed):
    """Make the emotional copies of neutral training clips; those that are there already are kept.

    Parameters
    ----------
    clips : path
        Folder of clips made by the command prepare.
    output : path
        Folder for the copies; made if need be.
    per_speaker : int
        At most so many clips of each speaker, chosen at random.
    seed : int
        Of the choice.

    Returns
    -------
    bool
        False where the run was interrupted; the same command goes on with it.

    Raises
    ------
    DataError
        There is no neutral training clip, or a clip cannot be read.
    ChoiceError
        `per_speaker` is not positive.
    CheckpointError
        The weights of our generator are missing or damaged.
    """
    from tqdm import tqdm

    from talking_face.generators.deformable.renderer import Renderer

    if per_speaker < 1:
        raise ChoiceError(f"{per_speaker} clips a speaker are none; please choose at least 1.")
    chosen = _choose(list_clips(clips), per_speaker, seed)
    parts = Parts(MotionModel.load(), FaceShape.load(), Renderer.load())
    output = make_folder(output)
    made = 0
    try:
        for path in tqdm(chosen, unit="clip", disable=not sys.stderr.isatty()):
            made += _copy_in_emotions(path, output, parts)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from there")
        return False
    print(f"{made} made of {len(chosen)} clips, {len(chosen) * len(MOVED) - made} kept; see {output}")
    return True


def move_clip(faces, landmarks, parts):
    """Show a clip in each of `MOVED`.

    Parameters
    ----------
    faces : ndarray, (T, 256, 256, 3) uint8
        A neutral clip's canonical crops, RGB.
    landmarks : ndarray, (T, 68, 2)
        Face units.
    parts : Parts

    Returns
    -------
    videos : ndarray, (5, T, 128, 128, 3) uint8
        RGB.
    landmarks : ndarray, (5, T, 68, 2) float32
        Face units.
    """
    from talking_face.generators.deformable.canvas import Canvas

    targets = [emotional_landmarks(landmarks, emotion, parts.motion, parts.shape) for emotion in MOVED]
    targets = np.stack(targets, 1)
    videos = []
    for face, source, moved in zip(faces, landmarks, targets):
        canvas = Canvas(face)
        state = parts.renderer.state(canvas, face, source)
        videos.append([shrink(canvas.paste(part)) for part in parts.renderer.parts(state, moved)])
    return np.array(videos).swapaxes(0, 1), targets.swapaxes(0, 1)


def _choose(paths, per_speaker, seed):
    """Neutral clips of `train`, at most `per_speaker` of each speaker: one of each, then another of each, ..."""
    speakers = {}
    for path in paths:
        about = read_attributes(path)
        if about.get("split") == "train" and about.get("emotion") == "neutral" and not about.get("synthetic"):
            speakers.setdefault(about["speaker"], []).append(path)
    if not speakers:
        raise DataError("None of these clips is a neutral one for training; please prepare some first.")
    random = np.random.default_rng(seed)
    chosen = [random.permutation(found)[:per_speaker] for found in speakers.values()]
    return [path for turn in zip_longest(*chosen) for path in turn if path is not None]


def _copy_in_emotions(path, output, parts):
    """Write the copies of one clip that are not there yet; returns their number."""
    words = path.stem.split("_")
    paths = [output / f"{clip_name(Labels(*words[:2], emotion))}{SUFFIX}" for emotion in MOVED]
    about = (LAYOUT, read_attributes(path).get("fingerprint"), parts.motion.expressions.speaking.tobytes())
    fingerprint = f"{zlib.crc32(repr(about).encode()):08x}"
    if all(read_attributes(copy).get("fingerprint") == fingerprint for copy in paths):
        return 0
    clip = read_clip(path)
    if clip.landmarks is None:
        raise DataError(f"“{path.name}” has no landmarks; please make it anew with the command prepare.")
    scale = CROP_SIZE / SIZE
    videos, landmarks = move_clip(read_faces(path), crop_to_face(clip.landmarks * scale), parts)
    for emotion, copy, video, points in zip(MOVED, paths, videos, landmarks):
        moved = replace(
            clip,
            id=f"{clip.id}_{emotion}",
            emotion=emotion,
            video=video,
            landmarks=face_to_crop(points) / scale,
            photo=clip.video[0],
            synthetic=True,
            source=path.name,
        )
        write_clip(copy, moved, fingerprint=fingerprint)
    return len(paths)
