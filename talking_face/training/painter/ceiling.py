"""What PSNR inside the lips real mouths have, if they are a pixel off, blurred, or another moment's of the same person.

python -m talking_face.training.painter.ceiling --data ../shared/data
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from talking_face.data.tables import read_table
from talking_face.evaluation import metrics
from talking_face.evaluation.pictures import lip_mask
from talking_face.face.geometry import LIPS, crop_to_face, face_to_crop, transform
from talking_face.face.shape import head_similarity
from talking_face.training.painter.pairs import move_photo

APART = 3  # frames between a picture and another moment's, at least
BLUR = 2  # pixels


def measure_ceiling(frames, labels):
    """PSNR of one clip's own lips, changed, dB: frames (T, 256, 256, 3) uint8, labels (T, 68, 2) pixels -> dict."""
    size = frames.shape[1]
    real = metrics.stabilise(frames, labels, labels[0], size)
    steady = [transform(matrix, points) for matrix, points in zip(head_similarity(labels, labels[0]), labels)]
    points = crop_to_face(np.stack(steady)).astype(np.float32)
    lips = np.stack([lip_mask(face_to_crop(p), size) for p in points])
    shapes = points[:, LIPS].reshape(len(points), -1)
    unlike = np.linalg.norm(shapes[:, None] - shapes[None], axis=-1)
    times = np.arange(len(points))
    unlike[np.abs(times[:, None] - times) <= APART] = np.inf
    moved = lambda other, here: move_photo(real[other], points[other], points[here])
    return {
        "the real mouth a pixel lower": metrics.psnr(np.roll(real, 1, 1), real, lips),
        "two pixels lower": metrics.psnr(np.roll(real, 2, 1), real, lips),
        "blurred": metrics.psnr(np.stack([cv2.GaussianBlur(frame, (0, 0), BLUR) for frame in real]), real, lips),
        "the frame before": metrics.psnr(real[:-1], real[1:], lips[1:]),
        "another moment's, of the most similar lips, moved": metrics.psnr(
            np.stack([moved(other, here) for here, other in enumerate(unlike.argmin(1))]), real, lips
        ),
        "the first frame, whatever it shows, moved": metrics.psnr(np.stack([moved(0, t) for t in times]), real, lips),
    }


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    data = parser.parse_args(argv).data
    from talking_face.media.reading import read_video

    clips = []
    for row in read_table(data / "clips.csv"):
        if row["split"] == "val":
            labels = np.load(data / "labels" / f"{row['id']}.npz")["landmarks"].astype(np.float64)
            frames = read_video(data / "clips" / f"{row['id']}.mp4")
            count = min(len(frames), len(labels))
            clips.append(measure_ceiling(frames[:count], labels[:count]))
    for name in clips[0]:
        print(f"{name}: {np.mean([clip[name] for clip in clips]):.2f} dB")


if __name__ == "__main__":
    main()
