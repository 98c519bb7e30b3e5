"""The mouth's place and shape: the square region that is painted, and pictures of where its pixels lie in the lips."""

import torch

REGION = 96  # pixels on a side, as the painter sees it
FINE = 192  # pixels on a side, as it is drawn
REGION_SIZE = 1.5  # eye distances on a side
REGION_DROP = 0.12  # eye distances: the region's centre below the photo's mouth, for mouths open downwards
PROFILE_CHANNELS = 7

# Lip lines from the picture's left corner to the right one, as iBUG-68 indices.
UPPER_OUTER, LOWER_OUTER = (48, 49, 50, 51, 52, 53, 54), (48, 59, 58, 57, 56, 55, 54)
UPPER_INNER, LOWER_INNER = (60, 61, 62, 63, 64), (60, 67, 66, 65, 64)


def mouth_box(source):
    """The square painted region: source landmarks (B, 68, 2) face units -> (B, 4) left, top, right, bottom."""
    centre = (source[:, 48:60].amin(1) + source[:, 48:60].amax(1)) / 2
    centre = centre + centre.new_tensor([0.0, REGION_DROP])
    return torch.cat([centre - REGION_SIZE / 2, centre + REGION_SIZE / 2], 1)


def to_region(points, box):
    """Face units -> region coordinates, 0 to 1: (B, N, 2), (B or 1, 4) -> (B, N, 2)."""
    return (points - box[:, None, :2]) / (box[:, None, 2:] - box[:, None, :2])


def line_height(line, columns):
    """Height of a polyline over each column, by linear interpolation; beyond its ends, the ends' heights.

    Parameters
    ----------
    line : Tensor, (B, P, 2)
        Points from left to right.
    columns : Tensor, (W,)

    Returns
    -------
    Tensor, (B, W)
    """
    x, y = line.unbind(-1)
    width = (x[:, 1:] - x[:, :-1]).clamp(min=1e-4)
    steps = ((columns - x[:, :-1, None]) / width[..., None]).clamp(0, 1)
    return y[:, :1] + ((y[:, 1:] - y[:, :-1])[..., None] * steps).sum(1)


def lip_profiles(landmarks, size=REGION):
    """Pictures that tell the network where each pixel lies between the lips.

    Parameters
    ----------
    landmarks : Tensor, (B, 68, 2)
        Region coordinates, 0 to 1.
    size : int
        Side of the pictures.

    Returns
    -------
    Tensor, (B, 7, size, size)
        Distances below the upper and above the lower line of the inner and outer lips (in tenths of the region, -1 to
        1), place between the corners (-1 to 1), and soft masks of the mouth's inside and of the whole mouth (0 to 1).
    """
    axis = (torch.arange(size, device=landmarks.device, dtype=landmarks.dtype) + 0.5) / size
    rows = axis[None, :, None]
    maps, masks = [], []
    for upper, lower in ((UPPER_INNER, LOWER_INNER), (UPPER_OUTER, LOWER_OUTER)):
        below = rows - line_height(landmarks[:, upper], axis)[:, None]
        above = line_height(landmarks[:, lower], axis)[:, None] - rows
        maps += [below, above]
        left, right = landmarks[:, upper[0], 0], landmarks[:, upper[-1], 0]
        inside = torch.minimum(axis - left[:, None], right[:, None] - axis)[:, None]
        depth = torch.minimum(torch.minimum(below, above), inside)
        masks.append((depth * size + 0.5).clamp(0, 1))
    left, right = landmarks[:, 48, 0], landmarks[:, 54, 0]
    across = ((axis - left[:, None]) / (right - left)[:, None] * 2 - 1).clamp(-1.5, 1.5)
    maps = [(m * 10).clamp(-1, 1) for m in maps] + [across[:, None].expand(-1, size, -1)]
    return torch.stack(maps + masks, 1)


def normalise_colour(region):
    """Colour statistics of a photo's mouth region, so that light and skin tone do not matter to the network.

    Parameters
    ----------
    region : Tensor, (B, 3, H, W)
        Colours, 0 to 1.

    Returns
    -------
    mean, scale : Tensor, (B, 3, 1, 1) and (B, 1, 1, 1)
        The normalised region is `(region - mean) / scale`.
    """
    mean = region.mean((2, 3), keepdim=True)
    scale = region.mean(1, keepdim=True).std((2, 3), keepdim=True).clamp(min=0.04) * 2
    return mean, scale
