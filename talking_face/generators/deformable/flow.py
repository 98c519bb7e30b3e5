"""Landmark displacements to a dense backward flow, in closed form, by radial basis functions.

For each frame the flow is the multiquadric interpolant (Hardy 1971) that is centred on the *moved* landmarks and brings
each back to where the photo has it; centring on the target keeps opening lips well posed, where a forward field would
have to tear. Fixed anchors around the head and on the border keep what does not belong to the face where it is.
"""

import torch

from talking_face.face.geometry import BROWS, UPPER_LIDS, crop_to_face, smoothstep

SOFTNESS = 0.12  # eye distances: rounds the kernel's tip
STIFFNESS = 0.02  # eye distances: how far landmarks may be missed, so that touching lips do not fold the flow
CROWDED = 0.6  # of the skin between brows and lids that lowered brows may take
HEAD_MARGIN = 0.5  # eye distances between the jaw line and the anchors outside it
MARGIN, FADE = 0.07, 0.3  # eye distances at the crop's border without any flow, and over which it fades in

# The crop in face units: left, top, right, bottom.
CROP_BOX = tuple(crop_to_face(torch.tensor([[0.0, 0.0], [256.0, 256.0]]).numpy()).reshape(-1).tolist())


def grid(box, size):
    """Pixel centres of a picture: box (left, top, right, bottom) in face units -> (size * size, 2)."""
    left, top, right, bottom = box
    step = (torch.arange(size, dtype=torch.float32) + 0.5) / size
    y, x = torch.meshgrid(top + step * (bottom - top), left + step * (right - left), indexing="ij")
    return torch.stack([x.reshape(-1), y.reshape(-1)], -1)


def anchors(source):
    """Points that stay: around the jaw, over the brows, and on the border of the crop.

    Parameters
    ----------
    source : Tensor, (B, 68, 2)
        The photo's landmarks, face units.

    Returns
    -------
    Tensor, (B, A, 2)
    """
    centre = source[:, 27:28]
    outward = source[:, 0:17:2] - centre
    around = source[:, 0:17:2] + HEAD_MARGIN * outward / outward.norm(dim=-1, keepdim=True)
    above = source[:, 17:27:3] + torch.tensor([0.0, -0.7])
    left, top, right, bottom = CROP_BOX
    edge = torch.linspace(0, 1, 6)
    x, y = left + edge * (right - left), top + edge * (bottom - top)
    border = torch.cat(
        [
            torch.stack([x, torch.full_like(x, top)], -1),
            torch.stack([x, torch.full_like(x, bottom)], -1),
            torch.stack([torch.full_like(y, left), y], -1)[1:-1],
            torch.stack([torch.full_like(y, right), y], -1)[1:-1],
        ]
    )
    return torch.cat([around, above, border.expand(len(source), -1, -1)], 1)


def kernel(a, b):
    """Multiquadric of the distances: (B, N, 2), (B or 1, M, 2) -> (B, N, M)."""
    return (torch.cdist(a, b).square_().add_(SOFTNESS**2)).sqrt_()


def fade(points):
    """1 inside the crop, smoothly 0 at its border: (N, 2) face units -> (N)."""
    left, top, right, bottom = CROP_BOX
    x, y = points.unbind(-1)
    depth = torch.minimum(torch.minimum(x - left, right - x), torch.minimum(y - top, bottom - y))
    return smoothstep((depth - MARGIN) / FADE)


def backward_flow(source, target, points):
    """Where each point of the new picture comes from, relative to itself.

    Parameters
    ----------
    source : Tensor, (B, 68, 2)
        The photo's landmarks, face units; B may be 1 for many frames of one photo.
    target : Tensor, (B, 68, 2)
        Where they go.
    points : Tensor, (N, 2) or (B, N, 2)
        Where the flow is wanted, face units.

    Returns
    -------
    Tensor, (B, N, 2)
        Face units: sample the photo at `points + flow`.
    """
    centres, weights = interpolant(source, anchors(source), target)
    points = points if points.dim() == 3 else points[None]
    return kernel(points.expand(len(target), -1, -1), centres) @ weights * fade(points)[..., None]


class FlowField:
    """`backward_flow` of one photo at points known beforehand, several times faster; whether it fades out is up to you.

    The distances to the anchors are the photo's own. Those to the moving landmarks come from one matrix product
    (|a - b|^2 = |a|^2 + |b|^2 - 2 a.b), frame by frame, so that they stay in the processor's cache.

    Parameters
    ----------
    source : Tensor, (1, 68, 2)
        The photo's landmarks, face units.
    points : Tensor, (N, 2)
        Where the flow is wanted, face units.
    share : Tensor, (N,)
        How much of the flow is wanted there, 0 to 1; `backward_flow` has `fade(points)`.
    under : Tensor, (10, 2), optional
        Lower edges of the brows, below their landmarks, face units: brows then move as they are, instead of their hair
        being stretched and squeezed.
    """

    def __init__(self, source, points, share, under=None):
        self.under = source[0, :0] if under is None else under
        self.source, self.fixed = torch.cat([source, self.under[None]], 1), anchors(source)
        self.room = CROWDED * (source[0, UPPER_LIDS, 1].mean() - self.under[:, 1]).clamp(min=0)
        self.share = share[:, None]
        self.still = kernel(points[None], self.fixed)[0] * self.share
        softened = points.square().sum(1, keepdim=True) + SOFTNESS**2
        self.points = torch.cat([softened, torch.ones_like(softened), -2 * points], 1)

    def __call__(self, target):
        """Flow at the points for moved landmarks: (T, 68, 2) -> (T, N, 2), face units."""
        if len(self.under):
            along = target[:, BROWS] - self.source[:, BROWS]
            along[..., 1] = torch.minimum(along[..., 1], self.room)
            target = torch.cat([target, self.under + along], 1)
        moving = target.shape[1]
        weights = interpolant(self.source, self.fixed, target)[1]
        squares = target.square().sum(2, keepdim=True)
        factors = torch.cat([torch.ones_like(squares), squares, target], 2).mT.contiguous()
        distances = torch.empty(len(self.points), moving)
        flows = []
        for factor, weight in zip(factors, weights):
            torch.mm(self.points, factor, out=distances).sqrt_()
            flows.append(torch.addmm((distances @ weight[:moving]).mul_(self.share), self.still, weight[moving:]))
        return torch.stack(flows)


def interpolant(source, fixed, target):
    """Centres (B, M, 2) and weights (B, M, 2) of the multiquadrics whose sum is the flow."""
    source, fixed = source.expand(len(target), -1, -1), fixed.expand(len(target), -1, -1)
    centres = torch.cat([target, fixed], 1)
    matrix = kernel(centres, centres)
    # The multiquadric is conditionally negative definite: the smoothing term has the opposite sign (Wahba 1990).
    matrix.diagonal(dim1=1, dim2=2).sub_(STIFFNESS)
    return centres, torch.linalg.solve(matrix, torch.cat([source - target, torch.zeros_like(fixed)], 1))
