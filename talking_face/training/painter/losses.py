"""What the painter is trained on: reconstruction, and the verdict of a discriminator."""

import torch
from torch.nn import functional as F

from talking_face.generators.deformable.mouth import PROFILE_CHANNELS
from talking_face.training.painter.discriminator import PatchDiscriminator

DISCRIMINATOR_INPUTS = 3 + PROFILE_CHANNELS + 3  # picture, lip profiles, moved photo


def blurred(picture):
    """A picture without its detail: two box filters of five pixels."""
    for _ in range(2):
        picture = F.avg_pool2d(picture, 5, 1, 2, count_include_pad=False)
    return picture


def detail(picture):
    """How much fine detail there is around each pixel: mean of the Laplacian's size, (B, C, H, W) -> (B, 1, H, W)."""
    grey = picture.mean(1, keepdim=True)
    edges = grey - F.avg_pool2d(grey, 3, 1, 1, count_include_pad=False)
    return F.avg_pool2d(edges.abs(), 9, 1, 4, count_include_pad=False)


def reconstruction_loss(painting, picture, batch, paint_cost):
    """How far a picture is from the real one between the lips.

    Light and colour have to be right where they are; of detail there has to be as much, wherever each tooth lies: a
    plain difference would be smallest without any.

    Parameters
    ----------
    painting : painter.Painting
    picture : Tensor
        As `painting.paint` gives it.
    batch : dict of Tensor
        From `painting.prepare`.
    paint_cost : float
        Of paint in place of the drawing.
    """
    target, inside = batch["target"], spread(batch["drawn"][:, 3:], 3)
    enlarged = lambda maps: F.interpolate(maps, size=target.shape[2:], mode="bilinear", align_corners=False)
    mean = lambda error: (error * inside).sum() / (inside.sum() * error.shape[1] + 1)
    colour, paint = enlarged(painting.colour), enlarged(painting.attention[:, 1:])
    return (
        mean((blurred(picture) - blurred(target)).abs())
        + 0.3 * mean((picture - target).abs())
        + mean((detail(picture) - detail(target)).abs())
        + 0.3 * mean((blurred(colour) - blurred(target)).abs())
        + paint_cost * mean(paint)
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
