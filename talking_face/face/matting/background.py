"""What lies behind a person's edge: made up of what is seen beside it."""

import cv2
import numpy as np

from talking_face.face.matting.rough import SIDE

BAND = 0.12  # eye distances outside the edge where strands of hair are looked for
REVEALED = 0.45  # eye distances inside the edge for which a background is made up


def background_behind(part, alpha, distance, chin):
    """What lies behind the edge, (H, W, 3) float32: the background, mirrored so that its grain and lines go on."""
    size, scale = part.shape[1::-1], min(1.0, SIDE / distance)
    unit = distance * scale
    person = cv2.resize((alpha > 8).astype(np.uint8) * 255, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) > 8
    person = person.astype(np.uint8)
    hair = max(0, round((chin - 0.2 * distance) * scale))  # rows with hair, strands of which are not to be mirrored
    person[:hair] = cv2.dilate(person, np.ones((2 * round(BAND * unit) + 1,) * 2, np.uint8))[:hair]
    if person.all():  # no background is seen
        return np.float32(part)
    depth = cv2.distanceTransform(person, cv2.DIST_L2, 5)
    smooth = cv2.GaussianBlur(depth - cv2.distanceTransform(1 - person, cv2.DIST_L2, 5), (0, 0), 0.12 * unit)
    inward = np.stack([cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)], -1)
    inward /= np.maximum(np.linalg.norm(inward, axis=-1, keepdims=True), 1e-6)
    move = (2 * depth.clip(0, REVEALED * unit) + 1)[..., None] * inward
    y, x = np.mgrid[: person.shape[0], : person.shape[1]].astype(np.float32)
    clear = cv2.remap(1 - person, np.stack([x, y], -1) - move, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    share = cv2.GaussianBlur((clear * (depth < REVEALED * unit)).astype(np.float32), (0, 0), 1)
    small = cv2.resize(part, person.shape[::-1], interpolation=cv2.INTER_AREA)
    spread = diffused(small, 1 - person)
    move, share, spread = (
        cv2.resize(field, size, interpolation=cv2.INTER_LINEAR) for field in (move / scale, share, spread)
    )
    where = np.dstack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in size))) - move
    mirrored = cv2.remap(np.float32(part), where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return cv2.blendLinear(mirrored, spread, share, 1 - share)


def diffused(part, known):
    """Colours of the known pixels spread smoothly over the others, by a pyramid (Gortler et al. 1996, pull-push)."""
    if min(part.shape[:2]) < 4 or known.all():
        total = np.maximum(known.sum(), 1e-6)
        mean = (part * known[..., None]).sum((0, 1)) / total
        return np.where(known[..., None] > 0, part, mean).astype(np.float32)
    known = known.astype(np.float32)
    share = cv2.resize(known, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    colour = cv2.resize(part * known[..., None], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    colour = colour / np.maximum(share, 1e-6)[..., None]
    below = diffused(colour, (share > 0.05).astype(np.float32))
    below = cv2.resize(below, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return part * known[..., None] + below * (1 - known[..., None])
