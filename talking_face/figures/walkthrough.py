"""The pictures of the page's tab "How it works": one photo and one recording on their way through the program."""

from dataclasses import replace

import cv2
import numpy as np

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.face.geometry import lip_opening
from talking_face.face.images import warp
from talking_face.face.outline import outline
from talking_face.media.frame_rate import FPS

SIDE = 512  # pixels, of each picture
SHOWN = 0.65  # of the widest opening: the moment that is shown, after the first second
WHITE, DARK, ACCENT = (255, 255, 255), (24, 24, 27), (129, 140, 248)  # RGB
FADED = 0.55  # of the photo's contrast, behind what is drawn on it
GRID = 16  # pixels between its lines


def walkthrough(engine, photo, recording, emotion="happiness"):
    """Make the pictures.

    Parameters
    ----------
    engine : engine.TalkingFace
        With our own generator.
    photo, recording : path
        What to show; the photo is enlarged to `SIDE`.
    emotion : str
        The one to show.

    Returns
    -------
    dict of str to ndarray, (SIDE, SIDE, 3) uint8
        RGB: "portrait", "speech", "motion", "flow" and "frame", in the order of the data's way.
    """
    image = engine.portrait(photo).image
    scale = SIDE / max(image.shape[:2])
    found = engine.faces(warp(image, scale * np.eye(2, 3), (SIDE, SIDE)))
    portrait = found.portrait()
    speech = engine.speech(recording)
    motion = engine.generator.motion(speech.log_mel, emotion)
    opening = lip_opening(motion.shape)
    moment = int(np.abs(opening - SHOWN * opening.max())[FPS:].argmin()) + FPS
    frame = _frame(engine, portrait, speech, emotion, moment)
    return {
        "portrait": outline(found, 1, portrait),
        "speech": _draw_speech(speech.log_mel, opening, moment),
        "motion": _draw_motion(portrait, engine.finder.find(frame)[0].landmarks),
        "flow": _frame(engine, replace(portrait, image=_with_grid(portrait.image)), speech, emotion, moment),
        "frame": frame,
    }


def _frame(engine, portrait, speech, emotion, index):
    """One frame of a video, (H, W, 3) uint8."""
    first = 0
    for chunk in engine.render(portrait, speech, emotion):
        if index < first + len(chunk):
            return chunk[index - first]
        first += len(chunk)
    raise IndexError(index)


def _draw_speech(log_mel, opening, moment):
    """Spectrogram above, low pitches at the bottom; below, how far the lips open to it."""
    levels = np.clip((log_mel.T[::-1] + 5) / 6, 0, 1)
    spectrum = cv2.applyColorMap((255 * levels).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    picture = np.full((SIDE, SIDE, 3), DARK, np.uint8)
    picture[: SIDE // 2] = cv2.resize(spectrum, (SIDE, SIDE // 2), interpolation=cv2.INTER_AREA)
    x = np.linspace(0, SIDE, len(opening))
    y = SIDE * (0.95 - 0.4 * np.clip(opening / opening.max(), 0, 1))
    cv2.polylines(picture, [_fixed(np.stack([x, y], 1))], False, ACCENT, 3, cv2.LINE_AA, shift=4)
    now = round(moment / len(log_mel) * COLUMNS_PER_FRAME * SIDE)
    cv2.line(picture, (now, 0), (now, SIDE), WHITE, 1, cv2.LINE_AA)
    return picture


def _draw_motion(portrait, moved):
    """Where the landmarks go: arrows from the photo's to the moved ones, twice as long as they are."""
    picture = np.rint(portrait.image * FADED).astype(np.uint8)
    for start, end in zip(portrait.landmarks, portrait.landmarks + 2 * (moved - portrait.landmarks)):
        line = _fixed(np.stack([start, end]))
        cv2.line(picture, line[0], line[1], ACCENT, 2, cv2.LINE_AA, shift=4)
        cv2.circle(picture, line[1], 3 * 16, WHITE, -1, cv2.LINE_AA, shift=4)
    return picture


def _with_grid(image):
    """The photo behind a grid, which shows where its pixels are moved."""
    picture = np.rint(image * FADED + 255 * (1 - FADED) * 0.3).astype(np.uint8)
    picture[::GRID] = picture[:, ::GRID] = ACCENT
    return picture


def _fixed(points):
    """Positions as cv2 takes them for lines finer than a pixel: integers, in sixteenths."""
    return np.rint(points * 16).astype(np.int32)
