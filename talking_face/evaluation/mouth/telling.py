"""Whether a small network can tell our mouths from real ones, of people it was not shown."""

import cv2
import numpy as np

from talking_face.evaluation.mouth.material import between_lips, reopened
from talking_face.face.geometry import similarity

WIDTH, HEIGHT = 64, 32  # pixels of a mouth
STEPS, BATCH = 250, 32
FOLDS = 2


def measure_telling(engine, data):
    """Area under the curve of real against ours; each fold of people is told by a network of the others."""
    real, ours, within = [], [], []
    for pair in reopened(engine, data):
        real.append(cut_mouth(pair.real, pair.real_landmarks))
        ours.append(cut_mouth(pair.ours, pair.landmarks))
        within.append(cut_mouth(within_lips(pair), pair.landmarks))
    real = np.array(real)
    return {
        "real mouths told from ours, area under the curve": separability(real, np.array(ours)),
        "real mouths told from themselves within our lips": separability(real, np.array(within)),
    }


def within_lips(pair):
    """Our picture with the real mouth in it, but for a pixel beside the lips: what the best of painters could do."""
    move = similarity(pair.real_landmarks, pair.landmarks)
    moved = cv2.warpAffine(pair.real, move, pair.ours.shape[1::-1], flags=cv2.INTER_CUBIC)
    return np.where(between_lips(pair.landmarks, len(pair.ours))[..., None], moved, pair.ours)


def cut_mouth(picture, landmarks):
    """What is between the lips, from corner to corner, grey elsewhere: (HEIGHT, WIDTH, 3) float32, normalised."""
    left, right = landmarks[[60, 64], 0]
    middle, scale = landmarks[60:68].mean(0), WIDTH / max(right - left, 1)
    move = np.array([[scale, 0, WIDTH / 2 - scale * middle[0]], [0, scale, HEIGHT / 2 - scale * middle[1]]])
    inside = between_lips(landmarks, len(picture), 0)
    colours = picture[inside].mean(0) if inside.any() else picture.mean((0, 1))
    masked = np.where(inside[..., None], picture - colours, 0).astype(np.float32)
    return cv2.warpAffine(masked, move, (WIDTH, HEIGHT), flags=cv2.INTER_AREA) / 64


def separability(real, ours):
    """Area under the curve of a small network, over people it was not shown: (N, HEIGHT, WIDTH, 3) each."""
    import torch
    from torch import nn

    fold = np.arange(len(real)) % FOLDS
    scores = np.zeros((2, len(real)))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for held in range(FOLDS):
            network = nn.Sequential(
                *(nn.Conv2d(3, 16, 5, 2, 2), nn.LeakyReLU(0.2), nn.Conv2d(16, 32, 3, 2, 1), nn.LeakyReLU(0.2)),
                *(nn.Conv2d(32, 32, 3, 2, 1), nn.LeakyReLU(0.2), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
                *(nn.Dropout(0.3), nn.Linear(32, 1)),
            )
            optimiser = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=1e-2)
            known = [torch.from_numpy(x[fold != held]).permute(0, 3, 1, 2) for x in (real, ours)]
            for _ in range(STEPS):
                picks = [part[torch.randint(len(part), (BATCH,))] for part in known]
                batch = torch.cat(picks)
                batch = torch.where(torch.rand(len(batch), 1, 1, 1) < 0.5, batch, batch.flip(3))
                wanted = torch.arange(2).repeat_interleave(BATCH).float()
                loss = nn.functional.binary_cross_entropy_with_logits(network(batch)[:, 0], wanted)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            network.eval()
            with torch.no_grad():
                for row, x in enumerate((real, ours)):
                    scores[row, fold == held] = network(torch.from_numpy(x[fold == held]).permute(0, 3, 1, 2))[:, 0]
    higher = scores[1][:, None] > scores[0][None]
    return float(higher.mean() + 0.5 * (scores[1][:, None] == scores[0][None]).mean())
