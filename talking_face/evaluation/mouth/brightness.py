"""How bright a mouth is from the upper lip to the lower one, beside real mouths open as far."""

import numpy as np

from talking_face.data.tables import read_table
from talking_face.evaluation.mouth.material import opened
from talking_face.face.geometry import crop_to_face, lip_opening

SIZES = 0.03, 0.06, 0.10, 0.15, 0.21, 0.30  # eye distances: bounds of five sizes of openings
PLACES = 20  # from lip to lip
BEYOND = 0.25  # of the opening, above and below it
A_SIZE = 6  # frames of each size and clip


def measure_brightness(engine, data):
    """Correlation of brightness over five sizes of openings, mean over the clips' people held out."""
    from talking_face.media.reading import read_video

    real, ours = {}, {}
    for row in read_table(data / "clips.csv"):
        if row["split"] != "val":
            continue
        points = np.load(data / "labels" / f"{row['id']}.npz")["landmarks"].astype(np.float64)
        frames = read_video(data / "clips" / f"{row['id']}.mp4")
        openings = lip_opening(crop_to_face(points[: len(frames)]))
        closed = int(openings.argmin())
        for size, (low, high) in enumerate(zip(SIZES, SIZES[1:])):
            there = np.flatnonzero((openings >= low) & (openings < high))
            for i in there[np.linspace(0, len(there) - 1, min(A_SIZE, len(there))).astype(int)]:
                made, landmarks = opened(engine, frames[closed], points[closed], points[i])
                key = row["speaker"], size
                real.setdefault(key, []).append(profile(frames[i], points[i]))
                ours.setdefault(key, []).append(profile(made, landmarks))
    mean = lambda lines, size: np.mean([np.mean(lines[key], 0) for key in lines if key[1] == size], 0)
    sizes = sorted({size for _, size in real})
    a, b = (np.concatenate([mean(lines, size) for size in sizes]) for lines in (real, ours))
    return {"brightness from lip to lip, correlation with real openings": np.corrcoef(a, b)[0, 1]}


def profile(picture, landmarks):
    """Brightness from above the opening to below it, of the skin's: (PLACES,)."""
    grey = picture.mean(-1)
    lines = []
    for upper, lower in ((61, 67), (62, 66), (63, 65)):
        (x, top), (_, bottom) = landmarks[upper], landmarks[lower]
        gap = bottom - top
        rows = np.linspace(top - BEYOND * gap, bottom + BEYOND * gap, PLACES)
        lines.append(np.interp(rows, np.arange(len(grey)), grey[:, int(np.clip(round(x), 0, grey.shape[1] - 1))]))
    nose, cheek = landmarks[33].astype(int), landmarks[[36, 48]].mean(0).astype(int)
    skin = np.median([grey[y - 3 : y + 4, x - 3 : x + 4].mean() for x, y in (cheek, nose)])
    return np.mean(lines, 0) / max(skin, 1)
