"""What the painter is trained on: reconstruction, and the verdict of a discriminator."""

import torch
from torch.nn import functional as F

from talking_face.generators.deformable.mouth import PROFILE_CHANNELS, REGION, region_window
from talking_face.training.painter.discriminator import PatchDiscriminator

DISCRIMINATOR_INPUTS = 3 + PROFILE_CHANNELS + 3  # picture, lip profiles, moved photo


def edge_loss(picture, target, weight):
    """L1 of horizontal and vertical differences at three scales, which keeps edges sharp."""
    loss = 0
    for _ in range(3):
        error = picture - target
        loss = loss + ((error[..., 1:] - error[..., :-1]).abs() * weight[..., 1:]).mean()
        loss = loss + ((error[..., 1:, :] - error[..., :-1, :]).abs() * weight[..., 1:, :]).mean()
        picture, target, weight = (F.avg_pool2d(x, 2) for x in (picture, target, weight))
    return loss


def reconstruction_loss(colour, attention, picture, batch, attention_cost):
    """L1 and edges of the picture, most at the lips; L1 of the paint alone, so that attention cannot hide it.

    Parameters
    ----------
    colour, attention, picture : Tensor
        As `painting.paint` gives them.
    batch : dict of Tensor
        From `painting.prepare`.
    attention_cost : float
        Of painting outside the lips.
    """
    lips, window, weight = importance(batch)
    target = batch["target"]
    return (
        ((picture - target).abs() * weight).mean()
        + 4 * ((colour - target).abs() * lips * window).mean()
        + edge_loss(picture, target, weight)
        + attention_cost * (attention * (1 - lips)).mean()
    )


def importance(batch):
    """Lips, widened a little, the region's window, and how much each pixel of a picture counts: (B or 1, 1, 96, 96)."""
    lips = spread(batch["profiles_t"][:, 6:7], 5)
    window = region_window(REGION, lips.device)
    return lips, window, (0.3 + 4 * lips) * window


def imitation_loss(ours, theirs, batch):
    """How far a painter is from another one whose pictures it should make (Hinton, Vinyals & Dean 2015).

    Parameters
    ----------
    ours, theirs : tuple of Tensor
        Colour, attention and picture, as `painting.paint` gives them.
    batch : dict of Tensor
        From `painting.prepare`.
    """
    _, _, weight = importance(batch)
    (colour, attention, picture), (their_colour, their_attention, their_picture) = ours, theirs
    return (
        ((picture - their_picture).abs() * weight).mean()
        + ((colour - their_colour).abs() * their_attention).mean()
        + edge_loss(picture, their_picture, weight)
        + (attention - their_attention).abs().mean()
    )


def make_discriminator():
    """The patch discriminator that sees a region, its lip profiles and the moved photo."""
    return PatchDiscriminator(DISCRIMINATOR_INPUTS).to(memory_format=torch.channels_last)


def discriminator_view(batch):
    """What the discriminator is told besides a picture, and where its verdict counts.

    Parameters
    ----------
    batch : dict of Tensor
        From `painting.prepare`.

    Returns
    -------
    condition : Tensor, (B, 10, 96, 96)
        Lip profiles, and the moved photo outside the mouth.
    weight : Tensor, (B, 1, 24, 24)
        Highest inside the mouth, low outside the lips.
    """
    profiles = batch["profiles_t"]
    inside, lips = profiles[:, 5:6], profiles[:, 6:7]
    condition = torch.cat([profiles, batch["moved"] * (1 - inside)], 1)
    weight = 3 * F.max_pool2d(spread(inside, 3), 4) + 0.5 * F.max_pool2d(spread(lips, 5), 4) + 0.05
    return condition, weight


def discriminator_loss(discriminator, picture, target, condition, weight):
    """Hinge loss (Lim & Ye 2017) of the discriminator itself."""
    real, fake = (discriminator(x, condition)[0] for x in (target, picture.detach()))
    return (F.relu(1 - real) * weight).mean() + (F.relu(1 + fake) * weight).mean()


def adversarial_losses(discriminator, picture, target, condition, weight):
    """The painter's adversarial loss and feature matching (Salimans et al. 2016)."""
    verdict, features = discriminator(picture, condition)
    with torch.no_grad():
        wanted = discriminator(target, condition)[1]
    matching = sum((a - b).abs().mean() for a, b in zip(features, wanted))
    return -(verdict * weight).mean(), matching


def spread(mask, size):
    """Widen a mask (B, 1, H, W) by half of `size` pixels on all sides."""
    return F.max_pool2d(mask.contiguous(), size, 1, size // 2)  # contiguous: pooling a slice is three times slower
