"""What the detector's network is trained to make small."""

import torch
from torch.nn import functional as F

from talking_face.face.detector.network import STRIDES, TYPICAL, cell_middles

# How far, in cells, a face's centre may be from a cell that has to say "face" or that need not say anything.
NEAR, AROUND = 0.8, 1.6
# How far, in octaves, a face's size may be from a level's typical size for the same.
OWN, SHARED = 0.6, 1.2
FOCUS = 2.0  # exponent of the focal loss (Lin et al. 2017)


def targets(level, stride, faces):
    """What a level's cells should say.

    Parameters
    ----------
    level : Tensor, (N, 8, h, w)
    stride : int
    faces : Tensor, (N, F, 8)
        As `scenes.Scenes` gives them.

    Returns
    -------
    wanted : Tensor, (N, h w)
        1 for "face", 0 for "no face", -1 for either.
    values : Tensor, (N, h w, 7)
        The nearest face's points and log size, in cells.
    weights : Tensor, (N, h w)
        1 where those are to be learnt.
    """
    middles = cell_middles(*level.shape[2:], stride)
    points = faces[..., :6].unflatten(-1, (3, 2))
    centres = (points[..., :2, :].mean(2) + points[..., 2, :]) / 2
    distance = torch.cdist(middles.expand(len(faces), -1, -1), centres) / stride  # (N, C, F)
    octaves = torch.log2(faces[..., 6].clamp(min=1e-3) / (TYPICAL * stride))
    if stride == STRIDES[0]:
        octaves = octaves.clamp(min=0)
    if stride == STRIDES[-1]:
        octaves = octaves.clamp(max=0)
    off = octaves.abs()[:, None]
    present, ignored = ((faces[..., 7] > 0) & (faces[..., 7] < 3))[:, None], (faces[..., 7] == 2)[:, None]
    positive = present & ~ignored & (distance < NEAR) & (off < OWN)
    either = present & (distance < AROUND) & (off < SHARED)
    wanted = torch.where(positive.any(2), 1.0, torch.where(either.any(2), -1.0, 0.0))
    fit = distance + 0.5 * off + 100 * (~present | ignored)
    best, nearest = fit.min(2)
    index = nearest[..., None]
    chosen = torch.gather(faces[..., :7], 1, index.expand(-1, -1, 7))
    offsets = (chosen[..., :6].unflatten(-1, (3, 2)) - middles[:, None]) / stride
    values = torch.cat([offsets.flatten(2), torch.log(chosen[..., 6:7].clamp(min=1e-3) / stride)], -1)
    learnt = (best < 100) & (torch.gather(distance, 2, index)[..., 0] < 1.2)
    learnt &= torch.gather(off.expand_as(distance), 2, index)[..., 0] < 0.9
    return wanted, values, learnt.float()


def losses(levels, faces):
    """Focal loss of the scores a face, and smooth L1 of points and log size in parts of a face's size."""
    score, points, size, positives, count = 0.0, 0.0, 0.0, 0.0, 0.0
    for level, stride in zip(levels, STRIDES, strict=True):
        wanted, values, weights = targets(level, stride, faces)
        cells = level.flatten(2).transpose(1, 2)
        chance = F.binary_cross_entropy_with_logits(cells[..., 0], wanted.clamp(min=0), reduction="none")
        sure = torch.exp(-chance.detach())
        balance = torch.where(wanted > 0, 0.4, 0.6)
        score = score + (balance * (1 - sure) ** FOCUS * chance * (wanted >= 0)).sum()
        positives = positives + (wanted > 0).sum()
        scale = torch.exp(-values[..., 6:]).clamp(max=4)
        error = F.smooth_l1_loss(cells[..., 1:7] * scale, values[..., :6] * scale, reduction="none", beta=0.15)
        points = points + (error.mean(2) * weights).sum()
        error = F.smooth_l1_loss(cells[..., 7], values[..., 6], reduction="none", beta=0.05)
        size = size + (error * weights).sum()
        count = count + weights.sum()
    count = count.clamp(min=1)
    return 4 * score / positives.clamp(min=1), points / count, 0.5 * size / count
