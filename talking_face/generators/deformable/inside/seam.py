"""Where closed lips meet, found in the photo: meshes see a gap between dark lips, or miss the line by its width."""

import cv2
import numpy as np

from talking_face.face import geometry
from talking_face.face.colour import to_lab
from talking_face.generators.deformable.inside.sharpness import SIZE
from talking_face.generators.deformable.mouth import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER

WIDEST = 0.16  # eye distances between the lips from which on the mesh is believed that they are open
BAND = 0.25, 0.75  # of the way from the upper to the lower outer lip, in which they can meet
STEEP = 0.6  # cost of a pixel up or down along the line, of 255
LOOK = 24  # pixels above and below the line that are looked at
# Pixels that the dark between closed lips is high at most, where the mesh sees lips so far apart, eye distances.
THICK, PARTED = (7, 6), (0.02, 0.04)
# Of the way from the lips' outer edges to the inner ones, where they show their colour.
INTO_UPPER, INTO_LOWER = 0.5, 0.7
TOOTH = 2, 3  # Lab units by which teeth are brighter, and less red, than lips
TEETH = 0.4  # pixels of a column that may be like teeth
GREY = 6  # Lab units of chroma below which lips and teeth are not told apart


def meet(picture, landmarks):
    """Put the inner lips of a closed mouth where the photo shows that they meet.

    Parameters
    ----------
    picture : ndarray, (SIZE, SIZE, 3) uint8
        Canonical crop, RGB.
    landmarks : ndarray, (68, 2)
        Face units.

    Returns
    -------
    ndarray, (68, 2)
        As they were where the mouth is open.
    """
    opening = geometry.lip_opening(landmarks)
    if opening > WIDEST:
        return landmarks
    points = geometry.face_to_crop(landmarks, SIZE)
    columns = np.arange(round(points[60, 0]) + 2, round(points[64, 0]) - 1)
    if len(columns) < 20:
        return landmarks
    light, red, yellow = cv2.split(to_lab(picture))
    rows = slice(int(points[48:60, 1].min()), int(points[48:60, 1].max()) + 1)
    if np.abs(red[rows, columns]).mean() + np.abs(yellow[rows, columns]).mean() < GREY:
        return landmarks
    line = seam(cv2.GaussianBlur(light, (0, 0), 1), points, columns)
    if not shut(light, red, line, points, columns, np.interp(opening, PARTED, THICK)):
        return landmarks
    met = landmarks.copy()
    for upper, lower in zip(UPPER_INNER[1:-1], LOWER_INNER[1:-1]):
        column = (points[upper, 0] + points[lower, 0]) / 2
        height = np.interp(column, columns, cv2.GaussianBlur(line.astype(np.float32)[None], (0, 0), 2)[0])
        met[[upper, lower], 1] = geometry.crop_to_face(np.array([column, height]), SIZE)[1]
    return met


def seam(light, points, columns):
    """The darkest smooth line between the lips' outer edges (dynamic programming): rows, one a column."""
    upper, lower = (np.interp(columns, *points[list(line)].T) for line in (UPPER_OUTER, LOWER_OUTER))
    first, last = upper + BAND[0] * (lower - upper), upper + BAND[1] * (lower - upper)
    top, bottom = int(first.min()), int(last.max()) + 2
    rows = np.arange(top, bottom)
    cost = light[top:bottom, columns].T.copy()
    cost[(rows < first[:, None]) | (rows > last[:, None])] += 100
    total, back = cost[0], []
    for column in cost[1:]:
        around = np.stack([np.roll(total, shift) for shift in (1, 0, -1)])
        around[0, 0] = around[2, -1] = np.inf
        around[[0, 2]] += STEEP
        back.append(around.argmin(0) - 1)
        total = around.min(0) + column
    row = int(total.argmin())
    line = [row]
    for steps in reversed(back):
        row += steps[row]
        line.append(row)
    return np.array(line[::-1]) + top


def shut(light, red, line, points, columns, thick):
    """Whether nothing is between the lips along a line (rows, one a column).

    Lab lightness and redness of the crop; points in its pixels; thick is how high the dark between lips may be.
    """
    here = slice(len(columns) // 5, -len(columns) // 5)
    line, columns = line[here], columns[here]
    upper, lower, over, under = (
        np.interp(columns, *points[list(edge)].T) for edge in (UPPER_OUTER, LOWER_OUTER, UPPER_INNER, LOWER_INNER)
    )
    over, under = np.minimum(over, line), np.maximum(under, line)
    lips = [
        (upper + INTO_UPPER * (over - upper)).round().astype(int),
        (lower + INTO_LOWER * (under - lower)).round().astype(int),
    ]
    usual = [cv2.GaussianBlur(light, (0, 0), 1.5)[rows, columns] for rows in lips]
    redness = [cv2.GaussianBlur(red, (0, 0), 1.5)[rows, columns] for rows in lips]
    rows = np.clip(line[:, None] + np.arange(-LOOK, LOOK + 1), 0, SIZE - 1)
    between = (rows > lips[0][:, None]) & (rows < lips[1][:, None])
    across, red = light[rows, columns[:, None]], red[rows, columns[:, None]]
    # Column by column light differs, teeth are brighter than a lip in its shadow, and less red than both.
    teeth = (
        (across > np.minimum(*usual)[:, None] + TOOTH[0]) & (red < np.minimum(*redness)[:, None] - TOOTH[1]) & between
    )
    dark = across < (across[:, LOOK] + np.minimum(*usual))[:, None] / 2
    return teeth.sum() < TEETH * len(columns) and np.median((dark & between).sum(1)) <= thick
