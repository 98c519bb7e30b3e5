"""Identity, sharpness and emotion, on photos of people held out of everything."""

from collections import defaultdict

import numpy as np

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.data.expressions import posed_displacements
from talking_face.data.splits import is_held_out
from talking_face.data.tables import read_table
from talking_face.emotions import EMOTIONS
from talking_face.evaluation import metrics
from talking_face.evaluation.emotion_classifier import train_classifier
from talking_face.face.geometry import lip_opening
from talking_face.face.shape import FaceShape
from talking_face.motion.driving import Motion

PEOPLE = 12  # portraits, spread over their sources
STEP, IDENTITY_STEP = 4, 3  # of the frames, those that are rendered; and of these, those that are asked who it is
INTENSITIES = 1.0, 1.5
RIGHT = "emotion named right"  # by a classifier of posed faces
SILENCE, SETTLED = 50, 15  # frames of a pause, and those of it in which a mouth may still come to rest
NOISE = 4.0  # log10 power of a noisy room in each band, below the loudest


def measure_people(engine, data):
    """Identity, sharpness and emotion of videos of held-out people's photos, saying a held-out speaker's sentence.

    Identity and sharpness are those of a living head, which moves differently for each person; all else is of one that
    stays: on landmarks found in the frames, and as the generator is told to move them. An emotion's displacement is the
    mean over frames less the neutral one; its strength is the size along the mean of unseen people's posed faces, 1 if
    as large.
    """
    shape = FaceShape.load()
    displacements, labels, held_out = posed_displacements(data, shape)
    classifier = train_classifier(displacements[~held_out], labels[~held_out])
    means = {label: displacements[(labels == label) & held_out].mean(0) for label in sorted(set(labels.tolist()))}
    clip = next(row["id"] for row in read_table(data / "clips.csv") if row["split"] == "val")
    speech = engine.speech(data / "clips" / f"{clip}.mp4")
    takes, pauses = _takes(engine, speech), _pauses(engine, speech)
    spoken, found = np.arange(0, speech.frames, STEP), defaultdict(list)
    for seed, (name, path) in enumerate(held_out_portraits(data)):
        lively = _takes(engine, speech, 1.0, INTENSITIES[:1], seed)
        portrait = engine.portrait(path)
        photo = metrics.face_descriptor(portrait.image, portrait.landmarks)
        for (emotion, _), motion in lively.items():
            for picture, face in _faces(engine, portrait, motion, spoken[::IDENTITY_STEP], True):
                who = "neutral" if emotion == "neutral" else "other emotions"
                away = np.linalg.norm(metrics.face_descriptor(picture, face.landmarks) - photo)
                found[f"identity distance, {who}"].append(away)
                found["sharpness / photo"].append(metrics.sharpness(picture) / metrics.sharpness(portrait.image))
        for kind, motion in pauses.items():
            gap = lip_opening(shape.align(_landmarks(engine, portrait, motion, np.arange(SETTLED, SILENCE, STEP))))
            found[f"gap in silence, {kind}, eye distances"].append(np.abs(gap).mean())
        seen = {take: _landmarks(engine, portrait, motion, spoken) for take, motion in takes.items()}
        moved = {take: _told(engine, portrait, motion, spoken) for take, motion in takes.items()}
        missed = []
        for where, faces in (("", seen), (", as moved", moved)):
            for emotion, intensity, figures in _emotions(faces, means, classifier, shape):
                end = where + ("" if intensity == 1 else f", intensity {intensity:g}")
                for measure, value in figures.items():
                    found[measure + end].append(value)
                missed += [] if figures[RIGHT] or end else [emotion]
        print(f"  {name}: gap in a noisy pause {np.abs(gap).mean():.3f}, not recognised: {', '.join(missed) or 'none'}")
    real = classifier.predict(displacements[held_out].reshape(held_out.sum(), -1)) == labels[held_out]
    found[f"{RIGHT}, real unseen faces"] = real
    return {name: round(float(np.mean(values)), 3) for name, values in sorted(found.items())}


def _emotions(faces, means, classifier, shape):
    """How each emotion shows beside the neutral face.

    Parameters
    ----------
    faces : dict of (str, float) to ndarray, (T, 68, 2)
        Emotion and intensity -> landmarks, any frame.
    means : dict of int to ndarray, (68, 2)
        Index into `EMOTIONS` -> mean displacement of unseen people's posed faces.
    classifier : sklearn.discriminant_analysis.LinearDiscriminantAnalysis
    shape : FaceShape

    Yields
    ------
    emotion : str
    intensity : float
    figures : dict of str to float or bool
    """
    neutral = faces["neutral", 1.0]
    for label, mean in means.items():
        for intensity in INTENSITIES:
            emotion = EMOTIONS[label]
            face = faces[emotion, intensity]
            move = np.mean(shape.remove_pose(face) - shape.remove_pose(neutral), 0)
            figures = {RIGHT: classifier.predict(move.reshape(1, -1))[0] == label}
            figures[f"strength of {emotion}"] = (move * mean).sum() / (mean**2).sum()
            openings = [lip_opening(shape.align(one)) for one in (face, neutral)]
            for what, size in (("mean", np.mean), ("deviation", np.std)):
                figures[f"lip opening, {what}, {emotion} / neutral"] = size(openings[0]) / size(openings[1])
            yield emotion, intensity, figures


def _takes(engine, speech, liveliness=0.0, intensities=INTENSITIES, seed=0):
    """Motions of each emotion and intensity: dict of (name, intensity) -> Motion."""
    return {
        (emotion, intensity): engine.generator.motion(
            speech.log_mel, emotion, intensity, seed, liveliness, speech.samples
        )
        for emotion in EMOTIONS
        for intensity in (intensities if emotion != "neutral" else [1.0])
    }


def _pauses(engine, speech):
    """Motions of the pause after a sentence, in digital silence and in a noisy room: dict of name -> Motion."""
    size = COLUMNS_PER_FRAME * (speech.frames + SILENCE), speech.log_mel.shape[1]
    hiss = speech.log_mel.max() - NOISE + np.random.default_rng(0).normal(0, 0.3, size)
    pauses = {}
    for kind, floor in (("digital", np.full(size, -10.0)), ("noisy", hiss)):
        floor[: len(speech.log_mel)] = np.maximum(floor[: len(speech.log_mel)], speech.log_mel)
        motion = engine.generator.motion(floor.astype(np.float32), liveliness=0)
        rest = slice(speech.frames, None)
        pauses[kind] = Motion(motion.shape[rest], motion.pose[rest], motion.look[rest], motion.bite[rest])
    return pauses


def _faces(engine, portrait, motion, frames, living):
    """Some frames of a motion, and the face found in each: list of (picture, Face)."""
    pictures = engine.generator.render_part(engine.generator.prepare(portrait, living=living), motion, frames)
    return [(picture, engine.finder.find(picture)[0]) for picture in pictures]


def _landmarks(engine, portrait, motion, frames):
    """Landmarks found in some frames of a still head: (T, 68, 2), pixels."""
    return np.stack([face.landmarks for _, face in _faces(engine, portrait, motion, frames, False)])


def _told(engine, portrait, motion, frames):
    """Where the generator is told to put the landmarks in them: (T, 68, 2), face units."""
    return engine.generator.drive(engine.generator.prepare(portrait, living=False), motion, frames)


def held_out_portraits(data):
    """Photos of people held out of everything: list of (id, path), spread over the sources."""
    rows = [row for row in read_table(data / "stills.csv") if is_held_out(row["identity"])]
    by_source = defaultdict(list)
    for row in rows:
        by_source[row["source"]].append(row["id"])
    share = PEOPLE // len(by_source)
    picked = [ids[i] for ids in by_source.values() for i in np.linspace(0, len(ids) - 1, share).astype(int)]
    return [(name, data / "stills" / f"{name}.jpg") for name in picked]
