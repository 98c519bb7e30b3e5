"""How well the detector does on scenes."""

import numpy as np
import torch

from talking_face.face.detector.network import decode


@torch.no_grad()
def measure(network, scenes, threshold=0.5):
    """Of faces in scenes, how many have a cell above the threshold near them; of scenes, how many have one elsewhere.

    Returns
    -------
    dict of str to float
        recall and small recall (size below 9 pixels), false (a scene), points (error, sizes), size (of log).
    """
    pictures, faces = scenes
    found, small, wrong, errors, sizes = [], [], 0, [], []
    for picture, table in zip(pictures.split(16), faces.split(16), strict=True):
        logits, points, scale = decode(network(picture))
        for n in range(len(table)):
            kept = logits[n].sigmoid() > threshold
            where, values, guess = points[n, kept], logits[n, kept], scale[n, kept]
            free = torch.ones(len(where), dtype=bool)
            for face in table[n][(table[n, :, 7] > 0) & (table[n, :, 7] < 3)]:
                truth = face[:6].view(3, 2)
                near = (where.mean(1) - truth.mean(0)).norm(dim=-1) < 0.7 * face[6]
                free &= ~((where.mean(1) - truth.mean(0)).norm(dim=-1) < 1.5 * face[6])
                if face[7] == 2:
                    continue
                (small if face[6] < 9 else found).append(float(near.any()))
                if near.any():
                    best = torch.where(near, values, -99.0).argmax()
                    errors.append(float((where[best] - truth).norm(dim=-1).mean() / face[6]))
                    sizes.append(abs(float(torch.log(guess[best] / face[6]))))
            wrong += bool(free.any())
    mean = lambda values: float(np.mean(values)) if values else 0.0
    return {
        "recall": mean(found),
        "small": mean(small),
        "false": wrong / len(pictures),
        "points": mean(errors),
        "size": mean(sizes),
    }
