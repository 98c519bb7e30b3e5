"""What the reference project minimises: mouth-weighted L1, perceptual, adversarial and emotion losses."""

import torch
from torch import nn
from torch.nn import functional as F

from talking_face.errors import CheckpointError

MOUTH_RADIUS = 16.0  # pixels, standard deviation of the Gaussian around the mouth; half of the eyes' distance
PERCEPTUAL = ("vgg19", "gradients", "none")
GRADIENT_SCALES = 4  # halvings of the picture that `GradientLoss` looks at
# VGG-19's activations before each pooling (Simonyan & Zisserman 2014), by place in torchvision's `features`.
VGG_PLACES = (3, 8, 17, 26, 35)
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def mouth_weights(centre, size):
    """A Gaussian around each mouth, 1 at its centre.

    Parameters
    ----------
    centre : Tensor, (B, 2)
        x and y, pixels.
    size : int
        Side of the pictures, pixels.

    Returns
    -------
    Tensor, (B, 1, 1, size, size)
    """
    pixel = torch.arange(size, device=centre.device, dtype=centre.dtype)
    x, y = (torch.exp(-((pixel - c[:, None]) ** 2) / (2 * MOUTH_RADIUS**2)) for c in centre.unbind(1))
    return (y[:, :, None] * x[:, None, :])[:, None, None]


def weighted_l1(made, real, weights):
    """Mean absolute difference of videos (B, T, 3, H, W), weighted by (B, 1, 1, H, W)."""
    return ((made - real).abs() * weights).mean()


class GradientLoss(nn.Module):
    """Stand-in for a perceptual loss where VGG-19's weights are not to be had: edges at several scales.

    Mean absolute difference of the pictures' horizontal and vertical differences (Mathieu et al. 2016, "Deep
    multi-scale video prediction beyond mean square error"), at full size and halved again and again. It asks for sharp
    edges, as VGG's features do, but knows nothing of faces or texture.
    """

    def forward(self, made, real):
        """Pictures (N, 3, H, W) in [-1, 1] -> scalar."""
        loss, difference = 0, made - real
        for _ in range(GRADIENT_SCALES):
            loss = loss + difference.diff(dim=2).abs().mean() + difference.diff(dim=3).abs().mean()
            difference = F.avg_pool2d(difference, 2)
        return loss


class VggLoss(nn.Module):
    """Perceptual loss (Johnson et al. 2016): mean absolute difference of VGG-19's features, summed over five depths.

    Raises
    ------
    CheckpointError
        torchvision's weights are neither in its cache nor to be downloaded.
    """

    def __init__(self):
        super().__init__()
        from torchvision.models import VGG19_Weights, vgg19

        try:
            weights = VGG19_Weights.IMAGENET1K_V1.get_state_dict(progress=False, check_hash=True)
        except (OSError, RuntimeError):  # no network, or a damaged download
            raise CheckpointError(
                "The weights of VGG-19 cannot be downloaded; please connect to the internet, or choose "
                "perceptual=gradients or perceptual=none."
            ) from None
        with torch.device("meta"):  # no memory for weights that are replaced at once
            network = vgg19()
        network.load_state_dict(weights, assign=True)
        self.features = network.features[: VGG_PLACES[-1] + 1].eval().requires_grad_(False)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(3, 1, 1))

    def forward(self, made, real):
        """Pictures (N, 3, H, W) in [-1, 1] -> scalar."""
        made, real = (((x + 1) / 2 - self.mean) / self.std for x in (made, real))
        loss = 0
        for place, layer in enumerate(self.features):
            made = layer(made)
            with torch.no_grad():
                real = layer(real)
            if place in VGG_PLACES:
                loss = loss + F.l1_loss(made, real)
        return loss


def perceptual_loss(name):
    """The loss of that name in `PERCEPTUAL`, a function of two batches of pictures; None for "none"."""
    return {"vgg19": VggLoss, "gradients": GradientLoss, "none": lambda: None}[name]()


def gradient_penalty(critic, image, real, made):
    """WGAN-GP's penalty (Gulrajani et al. 2017): how far the critic's slope is from 1 between real and made videos.

    Parameters
    ----------
    critic : callable
        (image, video) -> (B * T, 1).
    image : Tensor, (B, 3, H, W)
    real, made : Tensor, (B, T, 3, H, W)

    Returns
    -------
    Tensor, scalar
    """
    share = torch.rand(*real.shape[:2], 1, 1, 1, device=real.device)
    between = torch.lerp(real, made, share).requires_grad_()
    (slope,) = torch.autograd.grad(critic(image, between).sum(), between, create_graph=True)
    return ((slope.flatten(2).norm(dim=2) - 1) ** 2).mean()
