"""Identity, sharpness and emotion, on photos of people held out of everything."""

from collections import defaultdict

import numpy as np

from talking_face.data.expressions import posed_displacements
from talking_face.data.splits import is_held_out
from talking_face.data.tables import read_table
from talking_face.emotions import EMOTIONS
from talking_face.evaluation import metrics
from talking_face.evaluation.emotion_classifier import train_classifier
from talking_face.face.geometry import lip_opening
from talking_face.face.shape import FaceShape

PEOPLE = 12  # portraits, spread over their sources
STEP, IDENTITY_STEP = 3, 4  # of the frames, those that are rendered; and of these, those that are asked who it is
INTENSITIES = 1.0, 1.5
SILENCE, SETTLED = 50, 15  # frames of a pause, and those of it in which a mouth may still come to rest
PAUSES = {"digital": -10.0, "noisy": -4.0}  # log10 power: absolute, and below the loudest


def measure_people(engine, data):
    """Identity, sharpness and emotion of videos of held-out people's photos, saying a held-out speaker's sentence.

    All is measured on landmarks found in the frames; displacements are the mean over frames, less the neutral ones'.
    Its strength is their size along the mean of unseen people's posed faces, 1 if as large.
    """
    shape = FaceShape.load()
    displacements, labels, held_out = posed_displacements(data, shape)
    classifier = train_classifier(displacements[~held_out], labels[~held_out])
    means = {label: displacements[(labels == label) & held_out].mean(0) for label in sorted(set(labels.tolist()))}
    clip = next(row["id"] for row in read_table(data / "clips.csv") if row["split"] == "val")
    takes = _takes(engine, engine.speech(data / "clips" / f"{clip}.mp4"))
    found = defaultdict(list)
    for name, path in held_out_portraits(data):
        portrait = engine.portrait(path)
        faces = {key: _describe(engine, portrait, motion, frames) for key, (motion, frames) in takes.items()}
        neutral, missed = faces["neutral", 1.0], []
        for kind in PAUSES:
            gap = lip_opening(shape.align(faces[kind, 1.0]["landmarks"]))
            found[f"gap in silence, {kind}, eye distances"].append(np.abs(gap).mean())
        found["identity distance, neutral"] += neutral["identity"]
        found["sharpness / photo"] += [face["sharpness"] for (emotion, _), face in faces.items() if emotion in EMOTIONS]
        for label, mean in means.items():
            for intensity in INTENSITIES:
                face, end = faces[EMOTIONS[label], intensity], "" if intensity == 1 else f", intensity {intensity:g}"
                move = np.mean(shape.remove_pose(face["landmarks"]) - shape.remove_pose(neutral["landmarks"]), 0)
                openings = [lip_opening(shape.align(one["landmarks"])) for one in (face, neutral)]
                right = classifier.predict(move.reshape(1, -1))[0] == label
                found[f"emotion named right{end}"].append(right)
                found[f"strength of {EMOTIONS[label]}{end}"].append((move * mean).sum() / (mean**2).sum())
                for what, size in (("mean", np.mean), ("deviation", np.std)):
                    ratio = size(openings[0]) / size(openings[1])
                    found[f"lip opening, {what}, {EMOTIONS[label]} / neutral{end}"].append(ratio)
                if intensity == 1:
                    found["identity distance, other emotions"] += face["identity"]
                    missed += [] if right else [EMOTIONS[label]]
        print(f"  {name}: gap in a noisy pause {gap.mean():.3f}, not recognised: {', '.join(missed) or 'none'}")
    real = classifier.predict(displacements[held_out].reshape(held_out.sum(), -1)) == labels[held_out]
    found["emotion named right, real unseen faces"] = real
    return {name: round(float(np.mean(values)), 3) for name, values in sorted(found.items())}


def _takes(engine, speech):
    """What is said in each emotion and intensity, and what of it is rendered: (name, intensity) -> motion, frames."""
    spoken, still = np.arange(0, speech.frames, STEP), speech.frames + np.arange(SETTLED, SILENCE, STEP)
    motion = lambda *how: engine.generator.motion(speech.log_mel, *how, samples=speech.samples)
    takes = {
        (emotion, intensity): (motion(emotion, intensity), spoken)
        for emotion in EMOTIONS
        for intensity in (INTENSITIES if emotion != "neutral" else [1.0])
    }
    random = np.random.default_rng(0)
    for kind, level in PAUSES.items():
        level += speech.log_mel.max() if kind == "noisy" else 0
        hiss = level + (kind == "noisy") * random.normal(
            0, 0.3, (4 * (speech.frames + SILENCE), speech.log_mel.shape[1])
        )
        hiss[: len(speech.log_mel)] = np.maximum(hiss[: len(speech.log_mel)], speech.log_mel)
        takes[kind, 1.0] = engine.generator.motion(hiss.astype(np.float32)), still
    return takes


def _describe(engine, portrait, motion, frames):
    """Landmarks (T, 68, 2), identity distances and sharpness of some frames of a motion."""
    prepared = engine.generator.prepare(portrait)
    pictures = engine.generator.render_part(prepared, motion, frames)
    found = [engine.finder.find(picture)[0] for picture in pictures]
    photo = metrics.face_descriptor(portrait.image, portrait.landmarks)
    asked = list(zip(pictures, found))[::IDENTITY_STEP]
    return {
        "landmarks": np.stack([face.landmarks for face in found]),
        "identity": [np.linalg.norm(metrics.face_descriptor(p, face.landmarks) - photo) for p, face in asked],
        "sharpness": np.mean([metrics.sharpness(p) for p, _ in asked]) / metrics.sharpness(portrait.image),
    }


def held_out_portraits(data):
    """Photos of people held out of everything: list of (id, path), spread over the sources."""
    rows = [row for row in read_table(data / "stills.csv") if is_held_out(row["identity"])]
    by_source = defaultdict(list)
    for row in rows:
        by_source[row["source"]].append(row["id"])
    share = PEOPLE // len(by_source)
    picked = [ids[i] for ids in by_source.values() for i in np.linspace(0, len(ids) - 1, share).astype(int)]
    return [(name, data / "stills" / f"{name}.jpg") for name in picked]
