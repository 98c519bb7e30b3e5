"""The colour of teeth, beside the same person's real ones in the same light, by skin tone."""

import numpy as np

from talking_face.evaluation.mouth.material import reopened
from talking_face.face.colour import to_lab
from talking_face.face.geometry import lip_opening
from talking_face.generators.deformable.inside.tooth_colour import is_grey, patch, tooth_pixels

OPENING, FEWEST = 0.09 * 64, 60  # pixels between the lips, and of teeth, that say something about their colour
DRAWS = 10_000  # of the bootstrap


def measure_colour(engine, data):
    """Error in Lab of people held out whose smiles were closed and opened again; also of the darkest-skinned tenth."""
    errors, skin = [], []
    for pair in reopened(engine, data):
        teeth = [tooth_pixels(*view) for view in ((pair.ours, pair.landmarks), (pair.real, pair.real_landmarks))]
        if lip_opening(pair.real_landmarks) < OPENING or min(map(len, teeth)) < FEWEST or is_grey(pair.real):
            continue
        errors.append(np.subtract(*to_lab([np.median(pixels, 0) for pixels in teeth])))
        cheek = 0.45 * pair.real_landmarks[36] + 0.55 * pair.real_landmarks[48]
        skin.append(np.median(patch(pair.real, cheek, 8, 8).mean(-1)))
    errors = np.array(errors)
    chroma, dark = np.linalg.norm(errors[:, 1:], axis=1), np.array(skin) <= np.percentile(skin, 10)
    drawn = np.random.default_rng(0).choice(chroma[dark], (DRAWS, dark.sum()))
    low, high = np.percentile(np.median(drawn, 1), [2.5, 97.5])
    return {
        "tooth chroma error, Lab, median": np.median(chroma),
        "tooth chroma error, Lab, darkest-skinned tenth": np.median(chroma[dark]),
        "the same, 95 % interval of a bootstrap over its people, from": low,
        "the same, 95 % interval of a bootstrap over its people, to": high,
        "tooth lightness, ours less real, Lab": np.mean(errors[:, 0]),
        "people whose teeth are seen": len(errors),
    }
