"""A few made-up clips."""

import cv2
import numpy as np
import pytest

from talking_face.data.clip import SIZE, Clip
from talking_face.data.clip_file import write_clip
from talking_face.emotions import EMOTIONS
from talking_face.face.geometry import face_to_crop
from talking_face.face.shape import FaceShape

FRAMES = 12


def make_clip(name, speaker, emotion, split, colour, synthetic=False):
    """A face of one colour whose mouth opens with the sound."""
    landmarks = np.repeat(face_to_crop(FaceShape.load().mean, SIZE)[None], FRAMES, 0).astype(np.float32)
    level = np.sin(np.arange(FRAMES)) ** 2
    landmarks[:, [56, 57, 58, 65, 66, 67], 1] += 8 * level[:, None]
    video = np.full((FRAMES, SIZE, SIZE, 3), colour, np.uint8)
    brightness = 40 * EMOTIONS.index(emotion)
    for frame, points in zip(video, landmarks):
        cv2.fillPoly(frame, [points[60:68].round().astype(np.int32)], (20, 10, 10))
        cv2.circle(frame, (30, 20), 12, (brightness, brightness, 255 - brightness), -1)
    speech = np.repeat(level, 320) * np.random.default_rng(0).uniform(-1, 1, FRAMES * 320)
    return Clip(name, speaker, emotion, "XX", split, video, speech.astype(np.float32), landmarks, synthetic=synthetic)


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "clips").mkdir()
    people = ("a", "train", (200, 150, 130)), ("b", "train", (120, 80, 70)), ("c", "val", (160, 120, 110))
    for speaker, split, colour in people:
        for emotion in ("neutral", "happiness"):
            clip = make_clip(f"{speaker}_{emotion}", speaker, emotion, split, colour, synthetic=emotion != "neutral")
            write_clip(folder / "clips" / f"{clip.id}.hdf5", clip)
    return folder
