"""A person's edge, drawn along the photo's own by a guided filter (He et al. 2010)."""

import cv2
import numpy as np

FINE = 56  # pixels an eye distance, in which the edge is compared with the photo
SOFT = 0.07  # eye distances: half the width over which the edge follows the photo's
LEAK = 0.03  # eye distances beyond the cut that the edge may reach
TICK = 0.06  # eye distances: what is thinner may be a line of the background that ends at the person
SMOOTH = 2e-4  # of the guided filter, in squared brightness: finer structure is taken for texture


def soften(part, person, distance):
    """The edge at the photo's size, drawn along the photo's own.

    Parameters
    ----------
    part : ndarray, (H, W, 3) uint8
        The photo around the face, RGB.
    person : ndarray, (h, w) bool
        The rough cut, on a smaller picture.
    distance : float
        Between the eyes, pixels of the photo.

    Returns
    -------
    ndarray, (H, W) uint8
        Alpha: 255 in the person, 0 behind.
    """
    size = part.shape[1::-1]
    scale = min(1.0, FINE / distance)
    guide = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    rough = cv2.resize(person.astype(np.float32), guide.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    slope, offset = _guided(guide, rough, max(2, round(SOFT * distance * scale)))
    slope, offset = (cv2.resize(field, size, interpolation=cv2.INTER_LINEAR) for field in (slope, offset))
    alpha = np.clip((np.einsum("hwc,hwc->hw", slope, np.float32(part)) / 255 + offset - 0.12) / 0.76, 0, 1)
    # What continues along the background's own lines is none of it.
    ball = np.ones((2 * round(LEAK * distance * scale) + 1,) * 2, np.uint8)
    near = cv2.resize(cv2.dilate((rough > 0.5).astype(np.float32), ball), size, interpolation=cv2.INTER_LINEAR)
    return np.rint(alpha * near * 255).astype(np.uint8)


def without_ticks(alpha, copied, distance):
    """An edge, (H, W) uint8, without what is thin where the background is a pattern, `copied` (h, w) from elsewhere.

    Lines that end at the edge are as dark as hair may be. Strands are found again by what they differ from it.
    """
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(TICK * distance) | 1,) * 2)
    thin = cv2.subtract(alpha, cv2.morphologyEx(alpha, cv2.MORPH_OPEN, ball))
    return cv2.subtract(alpha, np.rint(thin * cv2.resize(copied, alpha.shape[::-1])).astype(np.uint8))


def _guided(guide, values, radius):
    """Guided filter with a colour guide: slopes (H, W, 3) and offsets (H, W) of the values over the guide, float32."""
    box = lambda x: cv2.boxFilter(x, -1, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)
    mean, mean_v = box(guide), box(values)
    covariance = box(guide * values[..., None]) - mean * mean_v[..., None]
    r, g, b = (guide[..., k] for k in range(3))
    products = box(np.stack([r * r, r * g, r * b], -1)), box(np.stack([g * g, g * b, b * b], -1))
    rr, rg, rb = (products[0][..., k] - mean[..., 0] * mean[..., k] for k in range(3))
    gg, gb = (products[1][..., k] - mean[..., 1] * mean[..., k + 1] for k in range(2))
    bb = products[1][..., 2] - mean[..., 2] ** 2
    rr, gg, bb = rr + SMOOTH, gg + SMOOTH, bb + SMOOTH
    # The inverse of a symmetric 3 x 3 matrix, written out.
    a, d, e = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    f, h, i = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    det = rr * a + rg * d + rb * e
    c0, c1, c2 = (covariance[..., k] for k in range(3))
    slope = (
        np.stack([a * c0 + d * c1 + e * c2, d * c0 + f * c1 + h * c2, e * c0 + h * c1 + i * c2], -1) / det[..., None]
    )
    offset = mean_v - (slope * mean).sum(-1)
    return box(slope), box(offset)
