"""The README's pictures: held-out people in all emotions, and one of them talking.

All portraits are under CC BY 4.0 (Face Research Lab London Set; webmorphR.stim) and of people no network was fitted to.
"""

from pathlib import Path

import numpy as np

from talking_face.emotions import EMOTIONS
from talking_face.engine import TalkingFace
from talking_face.figures.walkthrough import walkthrough
from talking_face.media.frame_rate import FPS
from talking_face.media.writing import write_gif
from talking_face.paths import ASSETS

PEOPLE = (
    "london_061_neutral",
    "london_105_happy",
    "london_036_neutral",
    "canada_110m",
    "london_017_happy",
    "london_127_neutral",
    "london_126_neutral",
    "canada_022f",
)
MOMENTS = (1.44, 2.08)  # seconds into the recording
STAR = ASSETS / "london_portrait.jpg"
TALK = slice(0, 75), slice(60, 700), slice(130, 770)  # frames, rows and columns of the GIF, in each of two emotions
SIDE, GIF_SIDE = 200, 560  # pixels: a picture on the sheet, both faces of the GIF


def make_gallery(data, audio, output):
    """Write `people.jpg`, people by emotions at two moments of a recording, `talking.gif`, and the page's `how_*.jpg`.

    Parameters
    ----------
    data : path
        The data room.
    audio : path
        What they say.
    output : path
        Folder.
    """
    from PIL import Image

    engine, output = TalkingFace.load(), Path(output)
    speech = engine.speech(audio)
    output.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in PEOPLE:
        portrait = engine.portrait(Path(data) / "stills_hd" / f"{name}.jpg")
        row = [portrait.image]
        for emotion in EMOTIONS:
            frames = np.concatenate(list(engine.render(portrait, speech, emotion)))
            row += [frames[int(moment * FPS)] for moment in MOMENTS]
        rows.append(np.hstack(row))
    sheet = Image.fromarray(np.vstack(rows))
    size = SIDE * (1 + len(MOMENTS) * len(EMOTIONS)), SIDE * len(PEOPLE)
    sheet.resize(size, Image.Resampling.LANCZOS).save(output / "people.jpg", quality=88)

    steps = walkthrough(engine, ASSETS / "london_129.jpg", ASSETS / "good_news.wav")
    for name, picture in steps.items():
        Image.fromarray(picture).save(output / f"how_{name}.jpg", quality=88)

    star = engine.portrait(STAR)
    talks = [np.concatenate(list(engine.render(star, speech, emotion)))[TALK] for emotion in ("happiness", "anger")]
    write_gif(output / "talking.gif", iter([np.concatenate(talks, axis=2)]), max_side=GIF_SIDE)
