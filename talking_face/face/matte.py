"""Cut a person out of a photo: how much of each pixel is head and shoulders, and what lies behind their edge.

GrabCut (Rother et al. 2004) on a small picture, seeded by the face, then a guided filter (He et al. 2010) that draws
the edge along the photo's own. Made once a photo, around the face only.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from talking_face.face.geometry import smoothstep
from talking_face.face.mesh.topology import OVAL

SIDE = 28  # pixels an eye distance, in which the cut is made
ROOM = np.array([-3.4, -3.6, 3.4, 4.2])  # left, top, right, bottom of what is looked at, eye distances from the eyes
ROUNDS = 3  # of GrabCut
SOFT = 0.07  # eye distances: half the width over which the edge follows the photo's
FINE = 56  # pixels an eye distance, in which the edge is compared with the photo
LARGEST = 1.9  # radius of the largest head of hair, in those of a face
MOSTLY = 0.4  # alpha above which a pixel is mostly the person's
LEAK = 0.03  # eye distances beyond the cut that the edge may reach
SMOOTH = 2e-4  # of the guided filter, in squared brightness: finer structure is taken for texture
BAND = 0.12  # eye distances outside the edge where strands of hair are looked for
WIDE = 0.7  # and where locks of it are, if what lies beside them is plain:
PLAIN = 6.0  # levels that a plain background varies by
HAIR_RIM = 0.2  # eye distances inside the edge that have hair's colour
RIM = 0.012  # eye distances outside the edge where what is unlike the background is the person's, whatever lies behind
REVEALED = 0.45  # eye distances inside the edge for which a background is made up
CONTRAST = 9.0  # Lab units between both sides of an edge that is surely seen
UNLIKE = 3.5  # deviations from the background beside the face beyond which what is below the jaw is clothes
GRAIN = 4.0  # Lab units that every background varies by


@dataclass(frozen=True)
class Matte:
    """A person cut out of a photo.

    Attributes
    ----------
    box : tuple of int
        Left, top, right and bottom of the part of the photo around the face that was looked at.
    person : ndarray, (h, w, 4) uint8
        The person's colours times alpha, and alpha: 255 in the person, 0 behind.
    plate : ndarray, (h, w, 3) uint8
        What lies behind, filled in behind the person's edge; `person + (1 - alpha) * plate` is the photo.
    trust : float
        Share of the head's outline that is surely seen, 0 to 1.
    """

    box: tuple
    person: np.ndarray
    plate: np.ndarray
    trust: float


def cut_out(image, mesh):
    """Cut the person with the given face out of a photo.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
        RGB.
    mesh : ndarray, (478, 2 or 3)
        Photo pixels.

    Returns
    -------
    Matte
    """
    eyes, distance, axes = frame(mesh)
    height, width = image.shape[:2]
    corners = eyes + (ROOM[[[0, 1], [2, 1], [2, 3], [0, 3]]] * distance) @ axes
    left, top = np.clip(np.floor(corners.min(0)).astype(int), 0, None)
    right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int), [width, height])
    part = image[top:bottom, left:right]
    scale = min(1.0, SIDE / distance)
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    factor = np.array(small.shape[1::-1]) / np.array(part.shape[1::-1])
    to_small = lambda points: (points - [left, top] + 0.5) * factor - 0.5
    y, x = np.mgrid[: small.shape[0], : small.shape[1]]
    places = (np.stack([x, y], -1) + 0.5) / factor - 0.5 + [left, top]
    face, chin = (places - eyes) @ axes.T / distance, (mesh[152, :2] - eyes) @ axes[1] / distance
    seeds = _seeds(face, to_small(mesh[list(OVAL), :2]), chin)
    person = _grab(small, seeds)
    trust = _trust(small, person, face, distance * scale)
    person |= _clothes(small, person, face, chin)
    alpha = _soften(part, person, distance)
    clear = _behind(part, alpha, distance, mesh[152, 1] - top)
    alpha, clear = _locks(part, clear, alpha, distance, mesh[152, :2] - [left, top])
    strands, plain = _strands(part, clear, alpha, distance)
    alpha = np.maximum(alpha, strands)
    # Only what is the person's is replaced, so that a head at rest looks as in the photo.
    away = cv2.distanceTransform((alpha <= MOSTLY * 255).astype(np.uint8), cv2.DIST_L2, 3) / distance
    rim = smoothstep((RIM - away) / RIM)
    replaced = np.maximum(rim, plain * smoothstep((BAND - away) / (BAND - RIM)))
    solid, some = (np.where(share, 255, 0).astype(np.uint8) for share in (alpha == 255, alpha > 0))
    plate = cv2.copyTo(cv2.convertScaleAbs(clear), solid, part.copy())
    person = np.dstack([part, alpha])
    person = cv2.bitwise_and(person, person, mask=some)
    edge = ((replaced > 0) | (alpha > 0)) & (alpha < 255)
    plate[edge], person[edge] = _layers(part[edge].astype(np.float32), clear[edge], alpha[edge], replaced[edge])
    return Matte((left, top, right, bottom), person, plate, trust)


def _layers(part, clear, alpha, replaced):
    """Background, (N, 3), and the person, (N, 4), whose colours are mixed in the pixels of an edge: both uint8.

    Up to a share, what differs from the background is the person's: made so solid that it can show its own colour. The
    rest is left in the background. So both together are the photo, as long as nothing moves.
    """
    plate = part + replaced[:, None] * (clear - part)
    least = np.where(part > plate, (part - plate) / np.maximum(255 - plate, 1), (plate - part) / np.maximum(plate, 1))
    solid = np.where(replaced > 0, np.maximum(alpha, np.ceil(255 * least.max(-1))), alpha)
    alpha = np.clip(solid, 0, 255).astype(np.uint8)[:, None]
    share = alpha / np.float32(255)
    person = np.clip(part - (1 - share) * plate, 0, 255 * share)
    plate = np.where(share < MOSTLY, np.clip((part - person) / (1 - np.minimum(share, MOSTLY)), 0, 255), plate)
    return np.rint(plate), np.concatenate([np.rint(person), alpha], 1)


def frame(mesh):
    """Middle of the eyes (2,), eye distance and the face's axes (2, 2), right and down, of a mesh in pixels."""
    right, left = mesh[[33, 133], :2].mean(0), mesh[[362, 263], :2].mean(0)
    across = left - right
    distance = float(np.hypot(*across))
    across = across / distance
    return (right + left) / 2, distance, np.stack([across, [-across[1], across[0]]])


def _seeds(face, oval, chin):
    """GrabCut's labels: places (h, w, 2) in eye distances, the face's outline in pixels, the chin's height."""
    x, y = np.abs(face[..., 0]), face[..., 1]
    crown = (np.hypot(x / 1.7, (y - 0.2) / 2.1) < 1) & (y < chin + 0.3)
    shoulders = (y > chin) & (x < 0.7 + 1.1 * (y - chin))
    far = (np.hypot(x / 2.8, (y - 0.3) / 3.1) > 1) & (y < chin + 0.2)
    seeds = np.where(crown | shoulders, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seeds[far] = cv2.GC_BGD
    inside = np.zeros(seeds.shape, np.uint8)
    cv2.fillPoly(inside, [np.rint(oval).astype(np.int32)], 1)
    neck = (x < 0.5) & (y > chin - 0.3) & (y < chin + 0.6)
    chest = (x < np.minimum(0.4 + 1.8 * (y - chin - 0.45), 1.6)) & (y > chin + 0.5)
    seeds[(inside > 0) | neck | chest] = cv2.GC_FGD
    return seeds


def _grab(small, seeds):
    """The person's pixels, one piece without holes: (h, w) bool."""
    smooth = cv2.bilateralFilter(small, 5, 20, 3)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    mask, *_ = cv2.grabCut(smooth, seeds.copy(), None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    person = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    person = cv2.morphologyEx(cv2.morphologyEx(person, cv2.MORPH_OPEN, ball), cv2.MORPH_CLOSE, ball)
    _, pieces = cv2.connectedComponents(person)
    person = pieces == np.bincount(pieces[seeds == cv2.GC_FGD]).argmax()
    # Holes, but not what the photo's edge closes off.
    _, holes, sizes, _ = cv2.connectedComponentsWithStats((~person).astype(np.uint8))
    return person | ((sizes[holes, cv2.CC_STAT_AREA] < 0.02 * person.sum()) & (holes > 0))


def _clothes(small, person, face, chin):
    """What lies below the jaw and is unlike the background beside the face: (h, w) bool.

    GrabCut knows collars and shoulders only where there is room for its seeds. Too much costs nothing here, as little
    moves this low; a collar taken for background is torn where the neck moves over it.
    """
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    clothes = np.zeros_like(person)
    for side in (face[..., 0] < 0, face[..., 0] >= 0):
        beside = lab[side & ~person & (face[..., 1] < 0.5) & (face[..., 1] > -1)]
        if len(beside) > 30:
            spread = np.linalg.inv(np.cov(beside.T) + GRAIN**2 * np.eye(3))
            apart = lab - beside.mean(0)
            clothes |= side & (np.einsum("hwi,ij,hwj->hw", apart, spread, apart) > UNLIKE**2)
    return clothes & (face[..., 1] > chin - 0.45)


def _trust(small, person, face, distance):
    """Share of the head's outline that lies where heads end, and across which the colour changes."""
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    size = (int(round(0.25 * distance)) | 1,) * 2
    inside = person.astype(np.float32)
    mean = lambda share: (
        cv2.boxFilter(lab * share[..., None], -1, size) / (cv2.boxFilter(share, -1, size) + 1e-3)[..., None]
    )
    change = np.linalg.norm(mean(inside) - mean(1 - inside), axis=-1)
    radius = np.hypot(face[..., 0] / 1.25, (face[..., 1] - 0.25) / 1.75)
    edge = person & ~cv2.erode(person.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & (face[..., 1] < 1.2)
    sure = (change > CONTRAST) & (radius > 0.75) & (radius < LARGEST)
    return float(sure[edge].mean()) if edge.any() else 0.0


def _soften(part, person, distance):
    """The edge at the photo's size, drawn along the photo's own: (H, W) uint8."""
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


def _behind(part, alpha, distance, chin):
    """What lies behind the edge, (H, W, 3) float32: the background, mirrored so that its grain and lines go on."""
    size, scale = part.shape[1::-1], min(1.0, SIDE / distance)
    unit = distance * scale
    person = cv2.resize((alpha > 8).astype(np.uint8) * 255, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) > 8
    person = person.astype(np.uint8)
    hair = max(0, round((chin - 0.2 * distance) * scale))  # rows with hair, strands of which are not to be mirrored
    person[:hair] = cv2.dilate(person, np.ones((2 * round(BAND * unit) + 1,) * 2, np.uint8))[:hair]
    depth = cv2.distanceTransform(person, cv2.DIST_L2, 5)
    smooth = cv2.GaussianBlur(depth - cv2.distanceTransform(1 - person, cv2.DIST_L2, 5), (0, 0), 0.12 * unit)
    inward = np.stack([cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)], -1)
    inward /= np.maximum(np.linalg.norm(inward, axis=-1, keepdims=True), 1e-6)
    move = (2 * depth.clip(0, REVEALED * unit) + 1)[..., None] * inward
    y, x = np.mgrid[: person.shape[0], : person.shape[1]].astype(np.float32)
    clear = cv2.remap(1 - person, np.stack([x, y], -1) - move, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    share = cv2.GaussianBlur((clear * (depth < REVEALED * unit)).astype(np.float32), (0, 0), 1)
    small = cv2.resize(part, person.shape[::-1], interpolation=cv2.INTER_AREA)
    spread = _diffused(small, 1 - person)
    move, share, spread = (
        cv2.resize(field, size, interpolation=cv2.INTER_LINEAR) for field in (move / scale, share, spread)
    )
    where = np.dstack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in size))) - move
    mirrored = cv2.remap(np.float32(part), where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return cv2.blendLinear(mirrored, spread, share, 1 - share)


def _locks(part, clear, alpha, distance, chin):
    """Add locks of hair far outside the edge, where the background beside them is plain.

    Returns
    -------
    alpha : ndarray, (H, W) uint8
        With them.
    clear : ndarray, (H, W, 3) float32
        What lies behind, without what was mirrored of them.
    """
    size, scale = part.shape[1::-1], min(1.0, SIDE / distance)
    unit = distance * scale
    smaller = lambda field: cv2.resize(field, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small, person = smaller(part).astype(np.float32), (smaller(np.float32(alpha)) > 8).astype(np.uint8)
    away = cv2.distanceTransform(1 - person, cv2.DIST_L2, 5) / unit
    inward = cv2.distanceTransform(person, cv2.DIST_L2, 5) / unit
    rim = (inward < HAIR_RIM) & (person > 0)
    y, x = np.mgrid[: len(away), : away.shape[1]]
    above = y < chin[1] * scale
    wall = (away > WIDE) & (away < 2 * WIDE) & above
    if not wall.any() or not (rim & above).any():
        return alpha, clear
    behind = cv2.GaussianBlur(_diffused(small, np.float32(wall)), (0, 0), 0.25 * unit)
    hair = cv2.GaussianBlur(_diffused(small, np.float32(rim & above)), (0, 0), 0.25 * unit)
    differs = np.abs(small - behind).max(-1)
    share = np.zeros_like(away)
    for side in (x < chin[0] * scale, x >= chin[0] * scale):
        beside = wall & side
        if beside.sum() > 30 and np.percentile(differs[beside], 90) < PLAIN:
            share[side] = 1
    share *= smoothstep((WIDE - away) / 0.15) * smoothstep((chin[1] * scale - y) / (0.3 * unit)) * (inward < WIDE)
    share *= np.linalg.norm(hair - behind, axis=-1) > 6 * PLAIN
    if not share.any():
        return alpha, clear
    apart = hair - behind
    square = np.maximum((apart**2).sum(-1, keepdims=True), 1)
    noise = 0.06 + 1.5 * PLAIN / np.sqrt(square)
    strange = cv2.dilate(np.abs(smaller(clear) - behind).max(-1), np.ones((3, 3)))
    mirrored = np.minimum(4 * share, 1) * smoothstep(strange / PLAIN - 1)  # of hair; the rest is the background's grain
    maps = behind, apart / square, share, noise, mirrored
    behind, towards, share, noise, mirrored = (
        cv2.resize(field, size, interpolation=cv2.INTER_LINEAR) for field in maps
    )
    clear = cv2.blendLinear(behind, clear, mirrored, 1 - mirrored)
    locks = np.einsum("hwc,hwc->hw", cv2.subtract(part, cv2.convertScaleAbs(behind), dtype=cv2.CV_32F), towards)
    locks = share * np.clip((locks - noise) / (1 - noise), 0, 1)
    # Hair is joined to the person; what goes on beyond is none.
    stray = cv2.dilate((locks > 0.1).astype(np.uint8), np.ones((3, 3), np.uint8))
    _, pieces = cv2.connectedComponents(stray)
    beyond = cv2.resize(np.float32(away > WIDE - 0.2), size, interpolation=cv2.INTER_LINEAR) > 0.5
    with_any = lambda places: np.bincount(pieces[places], minlength=pieces.max() + 1) > 0
    hairs = with_any(alpha > 128) & with_any(locks > 0.5) & ~with_any(beyond)
    hairs[0] = False
    return np.maximum(alpha, np.rint(255 * locks * hairs[pieces])).astype(np.uint8), clear


def _strands(part, clear, alpha, distance):
    """Strands of hair beyond the edge, by how far their colour is from the background towards hair.

    Returns
    -------
    strands : ndarray, (H, W) uint8
    plain : ndarray, (H, W) float32
        How little the background varies beside the person's colour, 0 to 1.
    """
    scale = min(1.0, FINE / distance)
    smaller = lambda field: cv2.resize(field, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    size = (2 * round(0.1 * distance * scale) + 1,) * 2
    box = lambda field: cv2.boxFilter(field, -1, size)
    small, behind = smaller(part).astype(np.float32), smaller(clear)
    inside, beyond = (smaller(np.float32(where)) for where in (alpha > 230, alpha < 8))
    near = box(inside)
    hair = box(small * inside[..., None]) / (near + 1e-3)[..., None]
    apart = hair - behind
    contrast = np.maximum((apart**2).sum(-1), 1)
    share = ((small - behind) * apart).sum(-1) / contrast
    # What the background itself varies by is no hair.
    texture = np.sqrt(np.maximum(box((behind**2).sum(-1)) - (box(behind) ** 2).sum(-1), 0) / contrast)
    noise = np.minimum(0.06 + 1.5 * texture + np.abs(box(share * beyond) / (box(beyond) + 1e-3)), 0.95)
    noise, hair, near = (
        cv2.resize(field, part.shape[1::-1], interpolation=cv2.INTER_LINEAR) for field in (noise, hair, near)
    )
    found = np.zeros(part.shape[:2], np.float32)
    where = (near > 0.02) & (alpha < 255)
    apart, noise = hair[where] - clear[where], noise[where]
    share = ((part[where] - clear[where]) * apart).sum(-1) / np.maximum((apart**2).sum(-1), 1)
    found[where] = np.clip((share - noise) / (1 - noise), 0, 1) * smoothstep((near[where] - 0.02) / 0.1)
    plain = cv2.resize(np.clip(1 - 2.5 * texture, 0, 1), found.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.rint(255 * found).astype(np.uint8), plain


def _diffused(part, known):
    """Colours of the known pixels spread smoothly over the others, by a pyramid (Gortler et al. 1996, pull-push)."""
    if min(part.shape[:2]) < 4 or known.all():
        total = np.maximum(known.sum(), 1e-6)
        mean = (part * known[..., None]).sum((0, 1)) / total
        return np.where(known[..., None] > 0, part, mean).astype(np.float32)
    known = known.astype(np.float32)
    share = cv2.resize(known, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    colour = cv2.resize(part * known[..., None], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    colour = colour / np.maximum(share, 1e-6)[..., None]
    below = _diffused(colour, (share > 0.05).astype(np.float32))
    below = cv2.resize(below, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return part * known[..., None] + below * (1 - known[..., None])
