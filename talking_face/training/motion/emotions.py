"""Fit what emotions do to a face: from people who speak in one as far as there are any, from posed faces beyond.

Few people are recorded speaking with feeling, most of them without a neutral sentence to compare. So what an emotion
does in speech is the posterior mean of a linear Gaussian model: a priori a share of the posed expression, give or take
how differently people pose it; observed in each speaker's mean face, give or take how different neutral speakers are;
what acting changes in all of them alike, whatever the emotion, is taken out. Only differences of landmarks are kept.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from talking_face.data.expressive import BLENDSHAPES, OTHER_SIDE, POINTS, UNIT, posed_expressions, spoken_expressions
from talking_face.emotions import EMOTIONS
from talking_face.evaluation.emotion_classifier import train_classifier
from talking_face.face.geometry import lip_opening
from talking_face.face.shape import FaceShape
from talking_face.motion.expressions import KIND, MOST_PARTING
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights, save_weights

# What people read each emotion from (Ekman & Friesen 1978, FACS), in blendshapes: average posers show little of it.
READ_FROM = {
    "anger": {"browDownLeft": 1, "browInnerUp": -0.5, "mouthPressLeft": 0.5, "mouthFrownLeft": 1, "mouthSmileLeft": -1}
    | {"eyeWideLeft": 0.5, "eyeBlinkLeft": -0.5},
    "disgust": {"browDownLeft": 1, "mouthUpperUpLeft": 1, "mouthShrugUpper": 0.7, "mouthSmileLeft": -0.7}
    | {"eyeSquintLeft": 0.5},
    "fear": {"browInnerUp": 1, "browDownLeft": -0.5, "eyeWideLeft": 1, "mouthStretchLeft": 1, "mouthSmileLeft": -0.5}
    | {"eyeBlinkLeft": -0.5},
    "happiness": {"mouthSmileLeft": 1, "eyeSquintLeft": 0.5},
    "sadness": {"browInnerUp": 1, "browOuterUpLeft": -0.7, "mouthFrownLeft": 1, "mouthShrugLower": 0.5}
    | {"mouthSmileLeft": -1},
}
# What is added of it beyond the clearest posers, in blendshapes of the posed end: inner brows and corners of the mouth.
ADDED = {
    "anger": {"browDownLeft": 0.7, "mouthShrugLower": 0.15, "mouthFrownLeft": 0.8},
    "disgust": {"mouthUpperUpLeft": 0.5, "browDownLeft": 0.3, "mouthShrugLower": 0.15, "mouthFrownLeft": 0.15},
    "fear": {"browInnerUp": 0.05},
    "happiness": {"mouthSmileLeft": 0.3, "eyeSquintLeft": 0.3, "mouthStretchLeft": -0.3},
    "sadness": {"browInnerUp": 0.25, "mouthFrownLeft": 0.15, "mouthShrugLower": 0.1},
}
SPOKEN = 0.6  # of that, in speech
# What each is mistaken for, and how far it is carried away from that, as in a caricature (Calder et al. 1997).
MISTAKEN_FOR = {
    "anger": {"sadness": 1.5, "disgust": 1.0},
    "disgust": {"sadness": 1.5, "anger": 1.0},
    "fear": {"sadness": 0.7, "disgust": 0.5},
    "happiness": {"anger": 1.0},
    "sadness": {},
}
CLEAREST = 0.4  # share of an emotion's posed faces that show it best
SHARE = 0.6  # a priori, of a posed expression in speech
FREEDOM = 0.02  # a priori variance in speech, of that between people who pose
ACTING = 0.5  # variance of what acting changes, of that between speakers
# Size of both ends along the posed mean, so that landmarks found in frames show a third to a half of it at intensity 1,
# most at 1.5: they show nearly all of a smile, but a part of what brows, nose and lids do. In speech no larger than it
# takes to be told, as it is the person's likeness that pays for it.
SIZE = {
    "anger": {"speaking": 0.61, "posed": 1.48},
    "disgust": {"speaking": 1.18, "posed": 2.1},
    "fear": {"speaking": 0.55, "posed": 1.27},
    "happiness": {"speaking": 0.735, "posed": 1.1},
    "sadness": {"speaking": 0.47, "posed": 1.05},
}
TYPICAL_PARTING = 0.75  # of what an emotion parts the lips, speech lets through
MAGNIFIED = 2.2  # how much larger than fitted it is made at most


def fit_expressions(data, opening):
    """Fit both ends of each emotion.

    Parameters
    ----------
    data : path
        The data room.
    opening : ndarray, (68, 2)
        Displacement that opens the lips by one eye distance.

    Returns
    -------
    dict of str to ndarray, (6, 68, 2) or (6,)
        The fields of `Expressions`, emotions in the order of `EMOTIONS`: neutral ones 0.
    """
    shape = FaceShape.load()
    posed, spoken = posed_expressions(data, shape), spoken_expressions(data, shape)
    means = {emotion: faces.mean(0) for emotion, faces in posed.items()}
    clear = {emotion: clearest(posed, emotion) for emotion in posed}
    clear = {emotion: face / along(face, means[emotion]) for emotion, face in clear.items()}
    spread = covariance(np.concatenate([faces - means[emotion] for emotion, faces in posed.items()]))
    speech = in_speech(clear, spread, [one for one in spoken if not one.held_out])
    added = added_units(posed)
    ends = {"speaking": {emotion: speech[emotion] + SPOKEN * added[emotion] for emotion in clear}}
    ends["posed"] = {emotion: (clear[emotion] + speech[emotion]) / (1 + SHARE) + added[emotion] for emotion in clear}
    tensors = {}
    for name, faces in ends.items():
        rows = [(0 * opening, 0.0)] * len(EMOTIONS)
        for emotion, face in faces.items():
            own, size = means[emotion], SIZE[emotion][name]
            face = face / along(face, own)
            for other, share in MISTAKEN_FOR[emotion].items():
                face = face + share * together(own - means[other], opening)
            rows[EMOTIONS.index(emotion)] = at_size(face, own, opening, size, MOST_PARTING[name])
        tensors[name], tensors[f"{name}_parting"] = (np.stack(column) for column in zip(*rows))
    return tensors


def at_size(face, mean, opening, size, most):
    """An expression, so large along the posed mean: displacement with lips together, (68, 2), and parting."""
    displacement = face[:POINTS].reshape(68, 2)
    gap = lip_opening(displacement)
    together, gap, scale = displacement - gap * opening, max(gap, 0.0), 1.0
    for _ in range(20):  # of parting, there is no more than the most
        parted = TYPICAL_PARTING * min(scale * gap, most) * opening
        shown = along((scale * together + parted).reshape(-1), mean)
        scale = min(scale * size / max(shown, 0.05), MAGNIFIED)
    return scale * together, min(scale * gap, most)


def together(face, opening):
    """A displacement, (188,), without what it does to the gap between the lips."""
    points = face[:POINTS].reshape(68, 2)
    return np.concatenate([(points - lip_opening(points) * opening).reshape(-1), face[POINTS:]])


def clearest(posed, emotion):
    """Mean of the posed faces that show an emotion best, to the eye and to a classifier: (188,)."""
    faces = posed[emotion]
    labels = np.repeat(list(posed), [len(part) for part in posed.values()])
    classifier = train_classifier(np.concatenate(list(posed.values()))[:, :POINTS], labels)
    sure = classifier.predict_log_proba(faces[:, :POINTS])[:, list(classifier.classes_).index(emotion)]
    every = np.concatenate(list(posed.values())).std(0) + 1e-6
    columns = {POINTS + BLENDSHAPES.index(name): weight for name, weight in READ_FROM[emotion].items()}
    shown = sum(weight * faces[:, column] / every[column] for column, weight in columns.items())
    clear = (sure - sure.mean()) / sure.std() + 2 * (shown - shown.mean()) / shown.std()
    return faces[np.argsort(-clear)[: int(CLEAREST * len(faces))]].mean(0)


def added_units(posed):
    """What `ADDED` does to a face: dict of str to (188,), by ridge regression of posed landmarks on blendshapes."""
    faces = np.concatenate(list(posed.values()))
    points, shown = faces[:, :POINTS], faces[:, POINTS:] / UNIT
    moves = np.linalg.solve(shown.T @ shown + 2 * np.eye(shown.shape[1]), shown.T @ points)
    amounts = {emotion: np.zeros(len(BLENDSHAPES)) for emotion in posed}
    for emotion, units in ADDED.items():
        for name, amount in units.items():
            amounts[emotion][[BLENDSHAPES.index(name), OTHER_SIDE[BLENDSHAPES.index(name)]]] = amount
    return {emotion: np.concatenate([amount @ moves, UNIT * amount]) for emotion, amount in amounts.items()}


def in_speech(prior, spread, spoken):
    """What emotions add to speaking faces.

    Parameters
    ----------
    prior : dict of str to ndarray, (D,)
        Emotion -> posed expression.
    spread : ndarray, (D, D)
        How differently people pose.
    spoken : list of Spoken

    Returns
    -------
    dict of str to ndarray, (D,)
    """
    names, size = list(prior), len(spread)
    own = {one.speaker: one.face for one in spoken if one.emotion == "neutral"}
    usual = np.mean(list(own.values()), 0)
    between = covariance(np.stack(list(own.values())) - usual)
    actors = {one.speaker for one in spoken if one.emotion != "neutral"}
    # The state: what acting changes in everybody, then each emotion.
    mean = np.concatenate([np.zeros(size), *(SHARE * prior[name] for name in names)])
    variance = np.kron(np.eye(1 + len(names)), FREEDOM * spread)
    variance[:size, :size] = ACTING * between
    for one in spoken:
        if one.speaker not in actors and not one.speaker.startswith(("mead", "ravdess")):
            continue
        if one.emotion == "neutral":
            parts, away, noise = [0], one.face - usual, between
        elif one.speaker in own:  # compared with themselves, all but the recording cancels
            parts, away, noise = [1 + names.index(one.emotion)], one.face - own[one.speaker], between / 4
        else:
            parts, away, noise = [0, 1 + names.index(one.emotion)], one.face - usual, between
        rows = [slice(part * size, (part + 1) * size) for part in parts]
        seen = sum(variance[row] for row in rows)  # of the state with what is observed
        gain = np.linalg.solve(sum(seen[:, row] for row in rows) + noise, seen).T
        mean = mean + gain @ (away - sum(mean[row] for row in rows))
        variance = variance - gain @ seen
    return dict(zip(names, mean.reshape(-1, size)[1:]))


def covariance(deviations):
    """Shrunk to what so few faces can tell (Ledoit & Wolf 2004): (N, D) -> (D, D)."""
    from sklearn.covariance import ledoit_wolf

    return ledoit_wolf(deviations, assume_centered=True)[0]


def along(face, mean):
    """Size of a displacement along another, of its size, by landmarks alone."""
    return face[:POINTS] @ mean[:POINTS] / (mean[:POINTS] @ mean[:POINTS])


def main(argv=None):
    """Fit and write `checkpoints/emotions.safetensors`; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m talking_face.training.motion.emotions", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    parser.add_argument("--output", type=Path, default=CHECKPOINTS / "emotions.safetensors", help="the file to write")
    args = parser.parse_args(argv)
    opening = load_weights(CHECKPOINTS / "motion.safetensors", "motion")[0]["opening"].numpy()
    arrays = fit_expressions(args.data, opening)
    tensors = {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
    save_weights(args.output, tensors, KIND, {}, EMOTIONS)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
