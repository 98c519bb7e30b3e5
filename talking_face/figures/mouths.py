"""The sheet of mouths: people of the data room at full size, in all emotions: closed, half open, widest, and at a *v*.

python -m talking_face.figures.mouths --data ../shared/data --output docs/mouths.jpg
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from talking_face.emotions import EMOTIONS
from talking_face.face.geometry import face_to_crop, invert, lip_opening, transform
from talking_face.paths import ASSETS

PEOPLE = "london_002", "london_037", "london_062", "london_099", "london_113", "3dsk_female_agata"  # CC BY 4.0
SMILES = "london_103", "london_127", "london_129", "london_130"  # from a photo that laughs
MOMENTS = 0.0, 0.5, 1.0  # of the widest opening
TILE = 160, 120  # pixels, 1.25 eye distances wide
TILES = len(MOMENTS) + 1  # of each motion
HEAD = 24  # pixels


def mouths(engine, photo, motions):
    """Tiles of one person's mouth at `MOMENTS` and a bite of each motion, side by side: (120, N, 3) uint8."""
    portrait = engine.portrait(photo)
    prepared = engine.generator.prepare(portrait, living=False)
    return np.hstack([moments(engine.generator, portrait, prepared, motion) for motion in motions])


def moments(generator, portrait, prepared, motion):
    """Tiles of a mouth at `MOMENTS` and the first bite of one motion, side by side: (120, 640, 3) uint8."""
    driven = generator.drive(prepared, motion)
    openings = lip_opening(driven)
    frames = [np.abs(openings - share * openings.max()).argmin() for share in MOMENTS] + [motion.bite.argmax()]
    chosen = driven[frames]
    zoom = TILE[0] / 1.25 / 64
    tiles = []
    for frame, points in zip(generator.render_landmarks(prepared, chosen, bite=motion.bite[frames]), chosen):
        middle = face_to_crop(points[48:60].mean(0).astype(np.float64))
        corners = (np.array([[0, 0], [TILE[0], 0], [0, TILE[1]]]) - np.array(TILE) / 2) / zoom + middle
        there = transform(invert(portrait.matrix), corners).astype(np.float32)
        matrix = cv2.getAffineTransform(there, np.float32([[0, 0], [TILE[0], 0], [0, TILE[1]]]))
        tiles.append(cv2.warpAffine(frame, matrix, TILE, flags=cv2.INTER_CUBIC))
    return np.hstack(tiles)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    parser.add_argument("--output", type=Path, default=Path("docs/mouths.jpg"))
    args = parser.parse_args(argv)
    from talking_face.engine import TalkingFace

    engine = TalkingFace.load()
    speech = engine.speech(ASSETS / "everywhere.wav")
    name = lambda person: f"{person}_neutral" if person.startswith("london") else person
    photos = [*map(name, PEOPLE), *(f"{person}_happy" for person in SMILES)]
    motions = [engine.generator.motion(speech.log_mel, emotion, liveliness=0) for emotion in EMOTIONS]
    head = np.full((HEAD, len(motions) * TILES * TILE[0], 3), 255, np.uint8)
    for number, emotion in enumerate(EMOTIONS):
        place = number * TILES * TILE[0] + 4, HEAD - 8
        cv2.putText(head, emotion, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    files = (args.data / "stills_hd" / f"{photo}.jpg" for photo in photos)
    sheet = np.vstack([head, *(mouths(engine, file, motions) for file in files)])
    cv2.imwrite(str(args.output), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    main()
