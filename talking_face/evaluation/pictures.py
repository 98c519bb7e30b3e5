"""Our generator's pictures of the `val` clips: made from the first frame and the sound, and from the true landmarks."""

from collections import defaultdict

import numpy as np

from talking_face.data.tables import read_table
from talking_face.evaluation import metrics
from talking_face.face.geometry import crop_to_face, face_to_crop, invert, transform
from talking_face.face.shape import head_similarity

STABLE_SIZE = 128  # pixels, of the head-stabilised crop


def measure_generator(engine, data):
    """Pictures of the val clips: of the first frame and the sound, and of the first frame and the true landmarks."""
    from talking_face.media.reading import read_video

    totals = defaultdict(list)
    for row in read_table(data / "clips.csv"):
        if row["split"] == "val":
            path = data / "clips" / f"{row['id']}.mp4"
            labels = np.load(data / "labels" / f"{row['id']}.npz")["landmarks"].astype(np.float64)
            frames = read_video(path)
            count = min(len(frames), len(labels))
            for name, value in measure_clip(engine, path, frames[:count], labels[:count]).items():
                totals[name].append(value)
    return {name: round(float(np.mean(values)), 4 if "SSIM" in name else 2) for name, values in totals.items()}


def measure_clip(engine, path, frames, labels):
    """Measures of one clip; frames (T, 256, 256, 3) uint8, labels (T, 68, 2) pixels."""
    portrait = engine.portrait(frames[0])
    speech = engine.speech(path)
    generator = engine.generator
    motion = generator.motion(speech.log_mel, liveliness=0)
    rendered = np.concatenate(list(generator.render_motion(portrait, motion, living=False)))
    driven = face_to_crop(generator.drive(generator.prepare(portrait, living=False), motion).astype(np.float64))
    driven = transform(invert(portrait.matrix), driven)
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
    return results | measure_true_motion(frames, labels)


def measure_true_motion(frames, labels):
    """The generator alone, moved by the true landmarks: PSNR inside the lip outline, painted and plainly warped."""
    from talking_face.generators.deformable.canvas import Canvas
    from talking_face.generators.deformable.inside.shut import shut_mouth
    from talking_face.generators.deformable.renderer import Renderer

    renderer = Renderer.load()
    landmarks = crop_to_face(labels)
    stable = crop_to_face(np.stack([transform(m, p) for m, p in zip(head_similarity(labels, labels[0]), labels)]))
    photo, closed = shut_mouth(frames[0], landmarks[0])
    state = renderer.state(Canvas(photo), frames[0], landmarks[0], shown=frames[0], closed=closed)
    painted = np.stack(renderer.parts(state, stable))
    warped = np.stack(renderer.parts(state, stable, paint=False))
    real = metrics.stabilise(frames, labels, labels[0], frames.shape[1])
    lips = np.stack([lip_mask(face_to_crop(points), frames.shape[1]) for points in stable])
    return {
        "PSNR in the lips, true motion, painted, dB": metrics.psnr(painted, real, lips),
        "PSNR in the lips, true motion, plain warp, dB": metrics.psnr(warped, real, lips),
    }


def mouth_mask(landmarks, size):
    """The square mouth region of a 256 px crop with landmarks (68, 2), as (size, size) bool."""
    import torch

    from talking_face.generators.deformable.mouth import mouth_box

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
