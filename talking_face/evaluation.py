"""`python -m talking_face evaluate`: every figure that the README and the model card state.

Everything is measured on people whom no network or template was fitted to: the `val` clips, speakers held out of the
motion sets, and people held out of the portraits and posed expressions.
"""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from talking_face import metrics
from talking_face.emotions import EMOTIONS
from talking_face.engine import TalkingFace
from talking_face.geometry import crop_to_face, face_to_crop, transform

STABLE_SIZE = 128  # pixels, of the head-stabilised crop
MIN_FRAMES = 60  # fewer say nothing about a speaker
KINDS = {"main": "GRID", "grid": "GRID", "arabic": "Arabic news", "web": "free speech on the web"}
PEOPLE = 12  # held-out portraits for identity, sharpness and emotion
FRAME_STEP = 12  # every twelfth frame of those is measured


def evaluate(data, output, only=None):
    """Measure and report.

    Parameters
    ----------
    data : path
        The data room.
    output : path
        Folder for `evaluation.json` and `evaluation.md`.
    only : sequence of str, optional
        Some of "motion", "generator" and "emotion"; all by default.

    Returns
    -------
    dict
        Measure -> value.
    """
    engine = TalkingFace.load()
    parts = {"motion": measure_motion, "generator": measure_generator, "emotion": measure_people}
    results = {}
    for name, measure in parts.items():
        if not only or name in only:
            results |= measure(engine, Path(data))
    output.mkdir(parents=True, exist_ok=True)
    (output / "evaluation.json").write_text(json.dumps(results, indent=1) + "\n")
    table = "\n".join(["| measure | value |", "|---|---|", *(f"| {k} | {v} |" for k, v in results.items())])
    (output / "evaluation.md").write_text(table + "\n")
    print(table)
    return results


def measure_motion(engine, data):
    """Lip opening of unseen speakers, predicted against real: correlation a person, and ratio of amplitudes."""
    from talking_face.training.motion_data import MIN_CONFIDENCE, lip_opening, load_recordings
    from talking_face.training.train_motion import group, shift_sound
    from talking_face.weights import CHECKPOINTS

    sync = json.loads((CHECKPOINTS / "sync.json").read_text())
    people = defaultdict(list)
    for recording in load_recordings(data, engine.generator.shape):
        if recording.held_out and recording.confidence >= MIN_CONFIDENCE:
            recording = shift_sound(recording, sync.get(recording.speaker, 0))
            predicted = lip_opening(engine.generator.motion.speech_shape(recording.log_mel))
            frames = min(len(predicted), len(recording.landmarks))
            kind = KINDS[group(recording)]
            people[kind, recording.speaker].append((predicted[:frames], lip_opening(recording.landmarks)[:frames]))
    scores = defaultdict(list)
    for (kind, speaker), pairs in people.items():
        predicted, real = (np.concatenate(parts) for parts in zip(*pairs))
        if len(real) >= MIN_FRAMES:
            scores[kind].append((metrics.correlation(predicted, real), predicted.std() / real.std(), speaker, len(real)))
    results = {}
    for kind, rows in scores.items():
        for row in rows:
            print(f"  {kind} {row[2]}: correlation {row[0]:.2f}, amplitude {row[1]:.2f}, {row[3]} frames")
        results[f"lip correlation, {kind}, {len(rows)} unseen speakers"] = round(float(np.mean([r[0] for r in rows])), 3)
        results[f"lip amplitude, {kind}"] = round(float(np.median([r[1] for r in rows])), 2)
    return results


def measure_generator(engine, data):
    """Pictures of the val clips: from the first frame and the sound, and from the first frame and the true landmarks."""
    from talking_face.training.motion_data import read_table
    from talking_face.video import read_video

    totals = defaultdict(list)
    for row in read_table(data / "clips.csv"):
        if row["split"] == "val":
            path = data / "clips" / f"{row['id']}.mp4"
            labels = np.load(data / "labels" / f"{row['id']}.npz")["landmarks"].astype(np.float64)
            frames = read_video(path)[0]
            count = min(len(frames), len(labels))
            for name, value in compare_clip(engine, path, frames[:count], labels[:count]).items():
                totals[name].append(value)
    return {name: round(float(np.mean(values)), 4 if "SSIM" in name else 2) for name, values in totals.items()}


def compare_clip(engine, path, frames, labels):
    """Measures of one clip; frames (T, 256, 256, 3) uint8, labels (T, 68, 2) pixels."""
    from talking_face.motion import drive

    portrait = engine.portrait(frames[0])
    speech = engine.speech(path)
    motion = engine.generator.motion(speech.log_mel)
    rendered = np.concatenate(list(engine.generator.render_motion(portrait, motion)))
    state, landmarks, expression = engine.generator.prepare(portrait)
    to_pixels = lambda points: transform(state.canvas.from_face, points.astype(np.float64))
    driven = to_pixels(drive(landmarks, expression, motion))
    count = min(len(frames), len(rendered))
    reference = labels[0]
    real = metrics.stabilise(frames[:count], labels[:count], reference, STABLE_SIZE)
    ours = metrics.stabilise(rendered[:count], driven[:count] - driven[0] + reference, reference, STABLE_SIZE)
    still = np.broadcast_to(metrics.stabilise(frames[:1], labels[:1], reference, STABLE_SIZE), real.shape)
    mouth = mouth_mask(reference, STABLE_SIZE)
    results = {}
    for name, pictures in (("ours", ours), ("still photo", still)):
        results[f"PSNR mouth, {name}, dB"] = metrics.psnr(pictures, real, mouth)
        results[f"PSNR whole, {name}, dB"] = metrics.psnr(pictures, real)
        results[f"SSIM whole, {name}"] = float(np.mean([metrics.ssim(a, b) for a, b in zip(pictures, real)]))
    results["sharpness val clips, ours / real"] = float(
        np.mean([metrics.sharpness(f) for f in rendered]) / np.mean([metrics.sharpness(f) for f in frames])
    )
    return results | compare_true_motion(engine, frames, labels)


def compare_true_motion(engine, frames, labels):
    """The generator alone, moved by the true landmarks: PSNR inside the lip outline, painted and plainly warped."""
    from talking_face.render import Canvas

    landmarks = crop_to_face(labels)
    stable = crop_to_face(np.stack([transform(m, p) for m, p in zip(head_motion(labels), labels)]))
    state = engine.generator.renderer.state(Canvas(frames[0], np.eye(3)[:2]), frames[0], landmarks[0])
    painted = np.stack(engine.generator.renderer.parts(state, stable))
    warped = np.stack(engine.generator.renderer.parts(state, stable, paint=False))
    real = metrics.stabilise(frames, labels, labels[0], frames.shape[1])
    lips = np.stack([lip_mask(face_to_crop(points), frames.shape[1]) for points in stable])
    return {
        "PSNR in the lips, true motion, painted, dB": metrics.psnr(painted, real, lips),
        "PSNR in the lips, true motion, plain warp, dB": metrics.psnr(warped, real, lips),
    }


def head_motion(labels):
    """Similarity that brings each frame's eyes and nose to the first frame's: (T, 68, 2) -> (T, 2, 3)."""
    from talking_face.face_shape import RIGID
    from talking_face.geometry import similarity

    return similarity(labels[:, RIGID], np.broadcast_to(labels[0, RIGID], labels[:, RIGID].shape))


def mouth_mask(landmarks, size):
    """The square mouth region of a 256 px crop with landmarks (68, 2), as (size, size) bool."""
    import torch

    from talking_face.models.deformable import mouth_box

    box = mouth_box(torch.from_numpy(crop_to_face(landmarks))[None])[0].numpy()
    left, top, right, bottom = (face_to_crop(box.reshape(2, 2)) * size / 256).round().astype(int).ravel()
    mask = np.zeros((size, size), bool)
    mask[top:bottom, left:right] = True
    return mask


def lip_mask(landmarks, size):
    """Inside of the outer lips, landmarks (68, 2) in pixels -> (size, size) bool."""
    import cv2

    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [landmarks[48:60].round().astype(np.int32)], 1)
    return mask.astype(bool)


def held_out_portraits(data):
    """Photos of people held out of everything: list of (id, path), spread over the sources."""
    from talking_face.training.motion_data import is_held_out, read_table

    rows = [row for row in read_table(data / "stills.csv") if is_held_out(row["identity"])]
    by_source = defaultdict(list)
    for row in rows:
        by_source[row["source"]].append(row["id"])
    share = PEOPLE // len(by_source)
    picked = [ids[i] for ids in by_source.values() for i in np.linspace(0, len(ids) - 1, share).astype(int)]
    return [(name, data / "stills" / f"{name}.jpg") for name in picked]


def measure_people(engine, data):
    """Identity, sharpness and emotion of videos of held-out people's photos, saying a held-out speaker's sentence."""
    from talking_face.training.emotions import posed_displacements, train_classifier
    from talking_face.training.motion_data import read_table

    clip = next(row["id"] for row in read_table(data / "clips.csv") if row["split"] == "val")
    speech = engine.speech(data / "clips" / f"{clip}.mp4")
    displacements, labels, held_out = posed_displacements(data, engine.generator.shape)
    classifier = train_classifier(displacements[~held_out], labels[~held_out])
    means = {label: displacements[(labels == label) & held_out].mean(0) for label in set(labels.tolist())}
    identity, sharp, right, strength = defaultdict(list), [], [], defaultdict(list)
    for name, path in held_out_portraits(data):
        portrait = engine.portrait(path)
        photo = metrics.face_descriptor(portrait.image, face_box(portrait))
        shapes = {}
        for emotion in EMOTIONS:
            frames = np.concatenate(list(engine.render(portrait, speech, emotion)))[::FRAME_STEP]
            found = [engine.portrait(frame) for frame in frames]
            shapes[emotion] = np.mean([engine.generator.shape.remove_pose(p.landmarks) for p in found], 0)
            identity[emotion == "neutral"] += [
                np.linalg.norm(metrics.face_descriptor(p.image, face_box(p)) - photo) for p in found
            ]
            sharp.append(np.mean([metrics.sharpness(f) for f in frames]) / metrics.sharpness(portrait.image))
        for label, mean in means.items():
            move = shapes[EMOTIONS[label]] - shapes["neutral"]
            right.append(classifier.predict(move.reshape(1, -1))[0] == label)
            strength[label].append((move * mean).sum() / (mean**2).sum())
        missed = [EMOTIONS[label] for label, hit in zip(means, right[-len(means) :]) if not hit]
        print(f"  {name}: sharpness {np.mean(sharp[-len(EMOTIONS) :]):.2f}, not recognised: {', '.join(missed) or 'none'}")
    results = {
        "identity distance, neutral": round(float(np.mean(identity[True])), 3),
        "identity distance, other emotions": round(float(np.mean(identity[False])), 3),
        "sharpness / photo": round(float(np.mean(sharp)), 3),
        "emotion named right": round(float(np.mean(right)), 3),
        "emotion named right, real unseen faces": round(
            float((classifier.predict(displacements[held_out].reshape(held_out.sum(), -1)) == labels[held_out]).mean()), 3
        ),
    }
    return results | {f"strength of {EMOTIONS[k]}": round(float(np.mean(v)), 2) for k, v in sorted(strength.items())}


def face_box(portrait):
    """The box dlib expects around a face: left, top, right, bottom, pixels."""
    low, high = portrait.landmarks[17:].min(0), portrait.landmarks.max(0)
    return *low, *high
