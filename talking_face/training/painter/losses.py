"""What the painter is trained on: reconstruction, and the verdict of a discriminator."""

import torch
from torch.nn import functional as F


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


def discriminator_loss(discriminator, real, ours):
    """Hinge loss (Lim & Ye 2017) of the discriminator itself, on views of mouths."""
    return F.relu(1 - discriminator(real)[0]).mean() + F.relu(1 + discriminator(ours)[0]).mean()


def adversarial_losses(discriminator, real, ours):
    """The painter's adversarial loss, and feature matching (Salimans et al. 2016) of means and deviations."""
    verdict, features = discriminator(ours)
    with torch.no_grad():
        wanted = discriminator(real)[1]
    moments = lambda x: torch.cat([x.mean(0), x.std(0)])
    matching = sum((moments(a) - moments(b)).abs().mean() for a, b in zip(features, wanted))
    return -verdict.mean(), matching


def spread(mask, size):
    """Widen a mask (B, 1, H, W) by half of `size` pixels on all sides."""
    return F.max_pool2d(mask.contiguous(), size, 1, size // 2)  # contiguous: pooling a slice is three times slower
