"""Fine detail between the lips and on them."""

import cv2
import numpy as np

from talking_face.data.tables import read_picture
from talking_face.evaluation.mouth.material import between_lips, portrait_of, smiles
from talking_face.evaluation.pictures import lip_mask
from talking_face.face.geometry import face_to_crop, transform
from talking_face.face.mesh.topology import IBUG

PHOTOS = "london_002", "london_036", "london_096", "london_097", "london_113", "london_118", "london_127", "london_132"
OPENINGS = 0.0, 0.06, 0.12, 0.2  # eye distances


def fine_detail(picture, mask):
    """Mean absolute Laplacian of the brightness inside a mask."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[mask].mean())


def gradient_energy(picture, mask):
    """Mean squared gradient of the brightness inside a mask."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    x, y = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return float((x**2 + y**2)[mask].mean())


def measure_smiles(engine, data):
    """Between the lips, of a real one's: from a neutral portrait to the same person's real smile, 512 px crops."""
    ratios = []
    for pair in smiles(engine, data):
        real, ours = (between_lips(points, 512) for points in (pair.real_landmarks, pair.landmarks))
        ratios.append([of(pair.ours, ours) / of(pair.real, real) for of in (fine_detail, gradient_energy)])
    detail, energy = np.mean(ratios, 0)
    return {
        "fine detail between the lips, of a real smile's": detail,
        "gradient energy between the lips, of a real smile's": energy,
        "people who smile": len(ratios),
    }


def measure_lips(engine, data):
    """On the lips, of the photo's, while they open: portraits of 512 px."""
    with np.load(data / "stills_hd.mesh.npz") as file:
        meshes = dict(zip(file["ids"].tolist(), file["mesh"].astype(np.float64)))
    ratios = []
    for name in PHOTOS:
        photo = read_picture(data / "stills_hd" / f"{name}_neutral.jpg")
        ratios.append(lips_kept(engine, portrait_of(photo, meshes[f"{name}_neutral"][list(IBUG), :2])))
    return {"fine detail of the lips, of the photo's": np.mean(ratios)}


def lips_kept(engine, portrait):
    """How much of the lips' fine detail is left while a portrait's mouth opens."""
    generator = engine.generator
    prepared = generator.prepare(portrait, living=False)
    targets = np.repeat(prepared.landmarks[None], len(OPENINGS), 0).astype(np.float32)
    for target, opening in zip(targets, OPENINGS):
        target[[*range(55, 60), 65, 66, 67], 1] += 0.7 * opening
        target[[*range(49, 54), 61, 62, 63], 1] -= 0.3 * opening
        target[4:13, 1] += 0.5 * opening
    to_photo = lambda points: transform(
        np.linalg.inv(np.vstack([portrait.matrix, [0, 0, 1]]))[:2], face_to_crop(points)
    )
    on_lips = lambda points: (
        lip_mask(points, max(portrait.image.shape)) & ~between_lips(points, max(portrait.image.shape), 0)
    )
    trim = lambda mask: mask[: portrait.image.shape[0], : portrait.image.shape[1]]
    before = fine_detail(portrait.image, trim(on_lips(to_photo(prepared.landmarks.astype(np.float64)))))
    frames = generator.render_landmarks(prepared, targets)
    after = [fine_detail(f, trim(on_lips(to_photo(t.astype(np.float64))))) for f, t in zip(frames, targets)]
    return float(np.mean(after[1:]) / before)
