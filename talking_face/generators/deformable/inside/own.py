"""A person's own teeth, where a photo shows them: cut out of it as a row that fits every opening."""

import cv2
import numpy as np

from talking_face.face import geometry
from talking_face.face.colour import to_lab
from talking_face.generators.deformable.inside.sharpness import SIZE
from talking_face.generators.deformable.inside.teeth import EDGE, HEIGHT, OWN, WIDTH, Row
from talking_face.generators.deformable.mouth import LOWER_INNER, UPPER_INNER

SHADE = 3  # pixels below the upper lip that lie in its shadow
GAP = 9  # pixels above the edge that gaps between teeth reach
CROWN = 26  # pixels that a front tooth is high at most; what is above it is gum
OPENING = 0.06  # eye distances between the lips from which on teeth are looked for
SHORTEST, DIP = 12, 0.93  # pixels that the upper row is high at least; how dark the line below it is, of the teeth
UNEVEN = 3  # pixels that teeth reach below the row's even edge
BOTH = 0.25  # share of columns with a dark line from which on both rows are thought to be seen
FEWEST, BESIDE = 60, 0.3  # pixels of teeth; of the columns of further ones, how many may be the first ones' at most
SEEN, HANGING = 9, 12  # pixels of the front teeth that have to be seen; that they may begin below the upper lip
# Lab units that teeth may differ from what the face's light would make of them; how much of it brighter ones count.
UNLIKE, BRIGHTER = 22, 0.5


def own_row(picture, landmarks, rest, expected):
    """The upper teeth that a photo shows.

    Parameters
    ----------
    picture : ndarray, (SIZE, SIZE, 3) uint8
        Canonical crop, RGB.
    landmarks, rest : ndarray, (68, 2)
        The photo's, and those of the face at rest; face units.
    expected : ndarray, (3,)
        Log colour of the teeth, as `teeth.Teeth.colour` tells it.

    Returns
    -------
    teeth.Row or None
        None where they are hidden, too little of them is seen, or it is not sure that these are teeth.
    """
    if geometry.lip_opening(landmarks) < OPENING:
        return None
    points = geometry.face_to_crop(landmarks, SIZE)
    lines = (points[list(line)] for line in (UPPER_INNER, LOWER_INNER))
    found = cut_row(picture, *lines)
    if found is None:
        return None
    row, colour, edge, height = found
    hanging = edge - height - points[62, 1]
    unlike = np.subtract(*to_lab(np.exp([colour, expected])))
    unlike[0] *= BRIGHTER if unlike[0] > 0 else 1
    if height < SEEN or hanging > HANGING or np.linalg.norm(unlike) > UNLIKE:
        return None
    edge = geometry.crop_to_face(np.array([0, edge]), SIZE)[1]
    return Row(row, colour, 1.0, edge - (rest[62, 1] + rest[66, 1]) / 2, OWN, expected)


def toothness(picture, upper, lower):
    """How much each pixel is tooth: bright for its column between the lips, and no redder than teeth are.

    Parameters
    ----------
    picture : ndarray, (SIZE, SIZE, 3) uint8
        RGB.
    upper, lower : ndarray, (SIZE,)
        Heights of the lips' edges over each column; equal beyond the corners.

    Returns
    -------
    ndarray, (SIZE, SIZE) float32
    """
    rows = np.arange(SIZE)[:, None]
    between = (rows > upper + 1) & (rows < lower - 1)
    light, red, _ = cv2.split(to_lab(picture))
    if between.sum() < FEWEST:
        return np.zeros_like(light)
    usual = np.median(red[between & (light > np.percentile(light[between], 70))])
    brightest = cv2.GaussianBlur(np.where(between, light, 0).max(0)[None], (0, 0), 4)
    logistic = lambda x: 1 / (1 + np.exp(-x))
    share = logistic((light - 0.72 * brightest) / 3) * logistic((usual + 6.5 - red) / 1.2) * between
    _, labels, stats, _ = cv2.connectedComponentsWithStats((share > 0.4).astype(np.uint8))
    if len(stats) < 2:
        return np.zeros_like(light)
    row = labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    taken = row.any(0)
    for label in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= FEWEST):  # beyond gaps between the front teeth
        part = labels == label
        if (part.any(0) & taken).sum() < BESIDE * part.any(0).sum():
            row |= part
    share *= above_gap(cv2.GaussianBlur(light, (9, 3), 3, sigmaY=0.8), row)
    return (share * cv2.dilate(row.astype(np.uint8), np.ones((3, 3)))).astype(np.float32)


def above_gap(light, teeth):
    """Whether pixels lie above the dark line between the rows, where both are seen: (h, w) bool."""
    top = teeth.argmax(0)
    seen = np.where(teeth, light, 0)
    over = np.maximum.accumulate(seen)
    under = np.maximum.accumulate(seen[::-1])[::-1]
    rows = np.arange(len(light))[:, None]
    gap = teeth & (light < DIP * np.minimum(over, under)) & (rows >= top + SHORTEST)
    found = np.flatnonzero(gap.any(0))
    if len(found) < BOTH * teeth.any(0).sum():
        return np.ones_like(teeth)
    return rows < even_line(found, gap.argmax(0)[found], teeth.shape[1])


def even_line(columns, heights, width):
    """The parabola that most of some heights lie on, whatever single ones do: (n,), (n,) -> heights over (width,)."""
    place = lambda x: (x - columns.mean()) / 50
    weight = np.ones(len(columns))
    for _ in range(8):
        curve = np.polynomial.Polynomial.fit(place(columns), heights, 2, w=weight)
        weight = 1 / np.maximum(np.abs(heights - curve(place(columns))), 1)
    return curve(place(np.arange(width)))


def cut_row(picture, upper, lower, trusted=False):
    """The upper teeth of a smile.

    Parameters
    ----------
    picture : ndarray, (SIZE, SIZE, 3) uint8
        Canonical crop, RGB.
    upper, lower : ndarray, (N, 2)
        Points of the inner lips' lines from the picture's left corner to the right one, pixels.
    trusted : bool
        Whether lips end at these lines; full and bearded ones hang lower than meshes have them.

    Returns
    -------
    None where nothing is like teeth, otherwise

    row : ndarray, (HEIGHT, WIDTH, 4) uint8
        As in a `teeth.Row`.
    colour : ndarray, (3,)
        Log of the teeth's.
    edge : float
        Height of the front teeth's edge, pixels.
    height : float
        How much of the front teeth is seen, pixels.
    """
    columns = np.arange(SIZE)
    left, right = upper[[0, -1], 0]
    upper, lower = (np.interp(columns, *line.T) for line in (upper, lower))
    upper[(columns < left + 2) | (columns > right - 2)] = SIZE
    teeth = toothness(picture, upper, lower)
    if (teeth > 0.8).sum() < FEWEST:
        return None
    seen = np.flatnonzero((teeth > 0.5).any(0))
    top = even_line(seen, (teeth[:, seen] > 0.5).argmax(0), SIZE) - 1
    lip = (upper if trusted else np.maximum(upper, top)) + SHADE
    bottom = SIZE - 1 - (teeth[::-1, seen] > 0.5).argmax(0)
    teeth[np.arange(SIZE)[:, None] > even_line(seen, bottom, SIZE) + UNEVEN] = 0
    colour = np.log(np.median(picture[teeth > 0.8] + 1.0, 0))
    middle = round((left + right) / 2)
    front = teeth[:, middle - 14 : middle + 14] > 0.5
    edge = np.percentile(SIZE - 1 - front[::-1].argmax(0), 75)
    # All above a tooth's edge is tooth or gum; where the lip covers it, what is just below goes on.
    cover = np.maximum.accumulate(teeth[::-1])[::-1]
    closed = cv2.morphologyEx(cover, cv2.MORPH_CLOSE, np.ones((1, 15)))  # gaps between teeth end below the gum
    bottom = np.where(cover.max(0) > 0.3, SIZE - 1 - (closed[::-1] > 0.5).argmax(0), edge - 6)
    bottom = cv2.GaussianBlur(np.minimum(bottom, edge)[None].astype(np.float32), (0, 0), 5)[0]
    cover = np.maximum(cover, closed * np.clip((bottom - GAP - np.arange(SIZE)[:, None]) / 4, 0, 1))
    crown = bottom - CROWN
    rows = np.arange(SIZE, dtype=np.float32)[:, None]
    visible = np.maximum(rows, lip[None].clip(0, SIZE - 1)).astype(np.float32)
    places = np.broadcast_to(columns.astype(np.float32), visible.shape).copy()
    filled = cv2.remap(picture, places, visible, cv2.INTER_LINEAR)
    above = np.clip((lip - rows) / 12, 0, 1)  # what is made up grows soft and dim
    soft = cv2.GaussianBlur(filled, (0, 0), 3)
    filled = filled + above[..., None] * (0.8 * soft - filled)
    gum = np.exp(colour) * [0.72, 0.42, 0.42]
    high = np.clip((crown - rows) / 6, 0, 1)[..., None] * above[..., None]
    filled += high * (gum - filled)
    shift = np.array([[1, 0, WIDTH / 2 - middle], [0, 1, EDGE - edge]])
    take = lambda image: cv2.warpAffine(image, shift, (WIDTH, HEIGHT), flags=cv2.INTER_LANCZOS4)
    row = np.dstack([take(filled.astype(np.float32)), 255 * take(cover)])
    height = min(float(np.median(front.sum(0))), edge - float(np.median(upper[middle - 14 : middle + 14])))
    return row.clip(0, 255).round().astype(np.uint8), colour, edge, height
