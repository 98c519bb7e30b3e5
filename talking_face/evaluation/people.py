"""Identity, sharpness and emotion, on photos of people held out of everything."""

from collections import defaultdict

import numpy as np

from talking_face.data.expressions import posed_displacements
from talking_face.data.splits import is_held_out
from talking_face.data.tables import read_table
from talking_face.emotions import EMOTIONS
from talking_face.evaluation import metrics
from talking_face.evaluation.emotion_classifier import train_classifier
from talking_face.evaluation.scores import FRAME_STEP
from talking_face.face.shape import FaceShape

PEOPLE = 12  # portraits, spread over their sources


def measure_people(engine, data):
    """Identity, sharpness and emotion of videos of held-out people's photos, saying a held-out speaker's sentence."""
    clip = next(row["id"] for row in read_table(data / "clips.csv") if row["split"] == "val")
    shape = FaceShape.load()
    speech = engine.speech(data / "clips" / f"{clip}.mp4")
    displacements, labels, held_out = posed_displacements(data, shape)
    classifier = train_classifier(displacements[~held_out], labels[~held_out])
    means = {label: displacements[(labels == label) & held_out].mean(0) for label in set(labels.tolist())}
    identity, sharp, right, strength = defaultdict(list), [], [], defaultdict(list)
    for name, path in held_out_portraits(data):
        portrait = engine.portrait(path)
        photo = metrics.face_descriptor(portrait.image, portrait.landmarks)
        shapes = {}
        for emotion in EMOTIONS:
            frames = np.concatenate(list(engine.render(portrait, speech, emotion)))[::FRAME_STEP]
            found = [engine.finder.find(frame)[0] for frame in frames]
            shapes[emotion] = np.mean([shape.remove_pose(face.landmarks) for face in found], 0)
            identity[emotion == "neutral"] += [
                np.linalg.norm(metrics.face_descriptor(f, face.landmarks) - photo) for f, face in zip(frames, found)
            ]
            sharp.append(np.mean([metrics.sharpness(f) for f in frames]) / metrics.sharpness(portrait.image))
        for label, mean in means.items():
            move = shapes[EMOTIONS[label]] - shapes["neutral"]
            right.append(classifier.predict(move.reshape(1, -1))[0] == label)
            strength[label].append((move * mean).sum() / (mean**2).sum())
        missed = [EMOTIONS[label] for label, hit in zip(means, right[-len(means) :]) if not hit]
        print(
            f"  {name}: sharpness {np.mean(sharp[-len(EMOTIONS) :]):.2f}, not recognised: {', '.join(missed) or 'none'}"
        )
    results = {
        "identity distance, neutral": round(float(np.mean(identity[True])), 3),
        "identity distance, other emotions": round(float(np.mean(identity[False])), 3),
        "sharpness / photo": round(float(np.mean(sharp)), 3),
        "emotion named right": round(float(np.mean(right)), 3),
        "emotion named right, real unseen faces": round(
            float((classifier.predict(displacements[held_out].reshape(held_out.sum(), -1)) == labels[held_out]).mean()),
            3,
        ),
    }
    return results | {f"strength of {EMOTIONS[k]}": round(float(np.mean(v)), 2) for k, v in sorted(strength.items())}


def held_out_portraits(data):
    """Photos of people held out of everything: list of (id, path), spread over the sources."""
    rows = [row for row in read_table(data / "stills.csv") if is_held_out(row["identity"])]
    by_source = defaultdict(list)
    for row in rows:
        by_source[row["source"]].append(row["id"])
    share = PEOPLE // len(by_source)
    picked = [ids[i] for ids in by_source.values() for i in np.linspace(0, len(ids) - 1, share).astype(int)]
    return [(name, data / "stills" / f"{name}.jpg") for name in picked]
