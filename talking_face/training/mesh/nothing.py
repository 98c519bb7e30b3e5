"""Pictures without faces, from scikit-image's own: what a false alarm looks at.

python -m talking_face.training.mesh.nothing FOLDER
"""

from pathlib import Path

import cv2
import numpy as np

NAMES = (
    "brick chelsea coffee coins grass gravel horse hubble_deep_field ihc microaneurysms moon motorcycle_left page "
    "retina rocket text cell clock_motion chessboard_RGB color"
).split()
SIZE, CROPS = 256, 24  # crops of each


def build_nothing(folder):
    """Write crops of scikit-image's photos: `pictures.npy` (N, 256, 256, 3) uint8 RGB."""
    import skimage

    random, found = np.random.default_rng(0), []
    data = Path(skimage.__file__).parent / "data"
    for name in NAMES:
        for path in data.glob(f"{name}.*"):
            image = cv2.imread(str(path))
            if image is None:
                continue
            for _ in range(CROPS):
                side = int(min(image.shape[:2]) * random.uniform(0.25, 1))
                top, left = random.integers(0, image.shape[0] - side + 1), random.integers(0, image.shape[1] - side + 1)
                crop = image[top : top + side, left : left + side, ::-1]
                way = cv2.INTER_AREA if side > SIZE else cv2.INTER_LINEAR
                found.append(cv2.resize(np.ascontiguousarray(crop), (SIZE, SIZE), interpolation=way))
    Path(folder).mkdir(parents=True, exist_ok=True)
    np.save(Path(folder) / "pictures.npy", np.array(found))
    print("wrote", len(found))


def scribble(size, random):
    """A picture of nothing: gradients, stripes, blobs, letters."""
    base = random.uniform(0, 255, (int(random.integers(2, 9)),) * 2 + (3,)).astype(np.float32)
    if random.random() < 0.5:
        base = base.mean(2, keepdims=True) + random.normal(0, 15, 3)
    way = cv2.INTER_CUBIC if random.random() < 0.7 else cv2.INTER_NEAREST
    crop = np.clip(cv2.resize(base.astype(np.float32), (size, size), interpolation=way), 0, 255).astype(np.uint8)
    for _ in range(int(random.integers(0, 8))):
        a, b = random.integers(0, size, 2).tolist(), random.integers(0, size, 2).tolist()
        colour = tuple(random.uniform(0, 255, 3).tolist())
        kind = random.integers(4)
        thickness = int(random.integers(1, 6))
        if kind == 0:
            cv2.line(crop, a, b, colour, thickness, cv2.LINE_AA)
        elif kind == 1:
            cv2.circle(
                crop,
                a,
                int(random.integers(2, size // 3)),
                colour,
                -1 if random.random() < 0.5 else thickness,
                cv2.LINE_AA,
            )
        elif kind == 2:
            cv2.rectangle(crop, a, b, colour, -1 if random.random() < 0.4 else thickness)
        else:
            text = "".join(chr(c) for c in random.integers(48, 122, 6))
            cv2.putText(crop, text, a, cv2.FONT_HERSHEY_SIMPLEX, random.uniform(0.4, 1.5), colour, thickness)
    return crop
