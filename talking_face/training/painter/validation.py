"""Fixed pairs of held-out people, and how close to the truth a painter comes on them."""

import numpy as np
import torch

from talking_face.training.painter.losses import blurred, detail
from talking_face.training.painter.painting import colours, paint, prepare
from talking_face.training.painter.pairs import pair_tensors, stack_pairs, two_of

CLOSED_PAIRS = 64
SHOWN = 4  # pairs of each kind in the picture of samples


def validation_pairs(clips, stills, sampler):
    """Fixed pairs of held-out people.

    Parameters
    ----------
    clips, stills : list of Faces
    sampler : PairSampler
        Made of the same.

    Returns
    -------
    dict of str to dict of Tensor
        "clips" (first frame and others), "closed" (a smile closed by a warp, and itself) and "doubles" (neutral and
        smiling photo of a person), as `painting.prepare` makes batches; kinds without material are left out.
    """
    random = np.random.default_rng(1)
    pairs = {"clips": [], "closed": [], "doubles": []}
    for clip in clips:
        for j in range(3, len(clip.images), 6):
            pairs["clips"].append(two_of(clip, 0, j))
    for i in np.unique(np.linspace(0, len(sampler.open) - 1, min(CLOSED_PAIRS, len(sampler.open))).astype(int)):
        faces, k = sampler.open[i]
        pairs["closed"].append(sampler.close(faces, k, random))
    for faces in sampler.doubles:
        for a, b in ((0, 1), (1, 0)):
            pairs["doubles"].append(two_of(faces, a, b))
    return {
        kind: prepare(*stack_pairs(pair_tensors(pair, sampler.mouths) for pair in some))
        for kind, some in pairs.items()
        if some
    }


def region_psnr(picture, truth, mask):
    """PSNR inside a mask, dB: colours (B, 3, H, W), 0 to 1, mask (B, 1, H, W) -> (B,)."""
    error = (picture - truth) ** 2 * mask
    mean = error.sum((1, 2, 3)) / (3 * mask.sum((1, 2, 3))).clamp(min=1)
    return -10 * mean.clamp(min=1e-6).log10()


@torch.no_grad()
def validate(painter, pairs):
    """Mean PSNR inside the lips of still photo, plain warp and painter for each kind of pair, and samples of all.

    Also between the lips: the painter's fine detail, of the real one's, and its error of light and colour, of 255.

    Returns
    -------
    numbers : dict of str to float
    picture : ndarray, (H, W, 3) uint8
        Rows of photo, warp, painting and truth.
    """
    numbers, rows = {}, []
    for kind, batch in pairs.items():
        views = {"still": batch["source"], "warp": batch["moved"], "painted": paint(painter, batch)[1]}
        views = {name: colours(region, batch) for name, region in views.items()}
        truth, lips = colours(batch["target"], batch), batch["profiles_t"][:, 6:7]
        for name, region in views.items():
            numbers[f"{kind} {name}"] = round(float(region_psnr(region, truth, lips).mean()), 3)
        inside = batch["drawn"][:, 3:]
        made, real = (float((detail(picture) * inside).sum()) for picture in (views["painted"], truth))
        numbers[f"{kind} detail"] = round(made / max(real, 1e-6), 3)
        error = (blurred(views["painted"]) - blurred(truth)).abs() * inside
        numbers[f"{kind} light"] = round(float(255 * error.sum() / (3 * inside.sum()).clamp(min=1)), 3)
        shown = np.unique(np.linspace(0, len(batch["source"]) - 1, SHOWN).astype(int))
        rows.append(torch.cat([x[shown] for x in (*views.values(), truth)], 3))
    picture = (torch.cat(rows).permute(0, 2, 3, 1) * 255).round().byte().cpu().numpy()
    return numbers, np.concatenate(picture)
