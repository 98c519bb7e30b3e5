"""What the motion networks are trained on."""

import torch
from torch.nn import functional as F

TEMPERATURE = 0.07
CLOSED = 0.02  # eye distances: lips no further open than this are closed


def motion_loss(predicted, true, valid, opening, width, unit, spread):
    """Errors of coefficients and velocity, and how lip opening and mouth width move, and where lips ought to be closed.

    Correlations leave each window its own gain and offset, for how far a stranger opens his lips no sound tells. Lips
    that ought to be closed, as they are on p, b and m, count more where they are open.

    Parameters
    ----------
    predicted, true : Tensor, (B, W, K)
        Coefficients.
    valid : Tensor, (B, W)
    opening : Tensor, (K,)
        Lip opening a unit of each coefficient.
    width : Tensor, (K,)
        The same of the mouth's width.
    unit : float
        Mean square of the coefficients, to which errors are relative.
    spread : float
        Typical standard deviation of the lip opening.
    """
    error = predicted - true
    position = (error.square().sum(-1) * valid).sum() / valid.sum() / unit
    velocity = ((error[:, 1:] - error[:, :-1]).square().sum(-1) * valid[:, 1:]).sum() / valid.sum() / unit
    gap_p, gap_t = predicted @ opening, true @ opening
    gap = ((gap_p - gap_t).square() * valid).sum() / valid.sum() / spread**2
    correlation, spread_p, spread_t = correlation_and_spread(gap_p, gap_t, valid)
    moving = (spread_t > 0.02).float()
    amplitude = ((spread_p + 0.01).log() - (spread_t + 0.01).log()).abs()
    moving_mean = lambda x: (x * moving).sum() / moving.sum().clamp(min=1)
    faster, *_ = correlation_and_spread(gap_p.diff(dim=1), gap_t.diff(dim=1), valid[:, 1:])
    wider, wide_p, wide_t = correlation_and_spread(predicted @ width, true @ width, valid)
    lively = (wide_p + 0.01).log() - (wide_t + 0.01).log()
    shapes = moving_mean(1 - correlation) + 0.5 * moving_mean(1 - faster) + 0.5 * moving_mean(1 - wider)
    too_open = (gap_p - gap_t).clamp(min=0).square() * valid * (gap_t < CLOSED)
    closing = too_open.sum() / valid.sum() / spread**2
    return position + velocity + 0.6 * gap + 2 * closing + 1.5 * shapes + 0.1 * moving_mean(amplitude + lively.abs())


def timing_loss(heard, seen):
    """What is heard at a moment ought to be nearer to what lips do then than to what they do around (InfoNCE).

    Van den Oord et al. 2018, within each window, so that voice and face say nothing.

    Parameters
    ----------
    heard : Tensor, (B, W, D)
    seen : Tensor, (B, W - 2 E, D)
        Of unit length; the first and last `E` frames have none.
    """
    edge = (heard.shape[1] - seen.shape[1]) // 2
    heard = F.normalize(heard[:, edge : edge + seen.shape[1]], dim=-1)
    cosines = heard @ seen.mT / TEMPERATURE
    moments = torch.arange(seen.shape[1], device=seen.device).expand(len(seen), -1)
    return F.cross_entropy(cosines.flatten(0, 1), moments.flatten())


def correlation_and_spread(predicted, true, valid):
    """Pearson correlation over time and both standard deviations: (B, W) each -> three (B,)."""
    frames = valid.sum(1, keepdim=True)
    predicted = (predicted - (predicted * valid).sum(1, keepdim=True) / frames) * valid
    true = (true - (true * valid).sum(1, keepdim=True) / frames) * valid
    spread_p = (predicted.square().sum(1) / frames[:, 0] + 1e-5).sqrt()
    spread_t = (true.square().sum(1) / frames[:, 0] + 1e-5).sqrt()
    return (predicted * true).sum(1) / frames[:, 0] / (spread_p * spread_t), spread_p, spread_t
