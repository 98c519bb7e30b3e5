"""What the networks are trained to make small."""

import math

import torch
from torch.nn import functional as F

from talking_face.face.mesh.frames import VIEWS
from talking_face.face.mesh.topology import (
    LEFT_EYE,
    LEFT_IRIS,
    LIPS,
    LIPS_INNER,
    LIPS_OUTER,
    OVAL,
    POINTS,
    RIGHT_EYE,
    RIGHT_IRIS,
)

DEPTH = 0.3  # weight of errors in depth
THICKNESS = 0.5  # weight of the lips' outer contour's place beside the inner one's
KNEES = {"coarse": 0.04, "fine": 0.015, "lips": 0.012, "eye": 0.012}  # units; errors below count in full


def point_weights(name):
    """How much each point of a network counts: (n, 3), mean 1 in x and y."""
    weights = torch.ones(POINTS)
    if name in ("coarse", "fine"):
        weights[list(OVAL)] = 0.6
        weights[list(LIPS)] = 3.0
        weights[list(RIGHT_EYE + LEFT_EYE + RIGHT_IRIS + LEFT_IRIS)] = 2.5
    view = VIEWS[name]
    weights = weights[list(view.points)] if view.points else weights
    weights = weights / weights.mean()
    if name == "lips":
        weights[: len(LIPS)] *= 1.5
    return weights[:, None] * torch.tensor([1.0, 1.0, DEPTH])


def wing(error, knee):
    """Near 0 as steep as elsewhere where others flatten (Feng et al. 2018); linear beyond 8 knees."""
    size, width = error.abs(), 8 * knee
    return torch.where(size < width, width * torch.log1p(size / knee) / math.log(1 + 8), size)


def point_loss(name, points, target, framed, weights):
    """Weighted wing loss of the crops that show a face, and each crop's mean distance (N,), detached."""
    error = points - target
    each = (wing(error, KNEES[name]) * weights).mean((1, 2))
    if name == "lips":  # how thick they are counts beside where they are
        outer, inner = (error[:, first : first + len(LIPS_INNER), :2] for first in (0, len(LIPS_OUTER)))
        each = each + THICKNESS * wing(outer - inner, KNEES[name]).mean((1, 2))
    loss = (each * framed).sum() / framed.sum().clamp_min(1)
    return loss, error[..., :2].norm(dim=-1).mean(1).detach()


def outlook_loss(outlook, framed, visible, distance):
    """Cross entropy of "face" and "visible", and the likelihood of the error under a Laplace distribution."""
    face = F.binary_cross_entropy_with_logits(outlook[:, 0], framed)
    seen = F.binary_cross_entropy_with_logits(outlook[:, 1], visible)
    log = outlook[:, 2].clamp(-7, 2)
    error = ((distance * torch.exp(-log) + log) * framed).sum() / framed.sum().clamp_min(1)
    return face, seen, error
