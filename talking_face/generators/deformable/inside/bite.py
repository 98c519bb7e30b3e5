"""The lower lip under the edge of the upper teeth, as *f* and *v* have it.

Meshes see closed lips there as for *p*, and lips learnt from meshes never show it: so it is put on top of what lips
do, where the sound asks for it (`motion.driving.Motion.bite`), and the lip meets this person's teeth.
"""

import numpy as np

from talking_face.face.geometry import JAW
from talking_face.face.shape import LIP_COLUMNS
from talking_face.generators.deformable.mouth import FINE, REGION_SIZE

COVERED = 0.012  # eye distances of the teeth that the lower lip hides
# Eye distances of teeth to be seen on the left, in the middle and on the right: the upper lip is raised for less, the
# lower one for more.
LEAST, MOST = (0.02, 0.036, 0.02), (0.05, 0.064, 0.05)
RAISED = 0.55  # of its edge's way up: what the upper lip's outer line goes
TUCKED = 0.028  # eye distances that the lower lip's outer line rolls in
LIFTED = 0.8  # of its edge's way up: what the chin goes
ROW = 0.22  # eye distances beside the middle whose teeth tell the row's curve
CHIN = JAW[6:11]


def bitten(landmarks, bite, edge):
    """Bring the lower lip to the upper teeth.

    Parameters
    ----------
    landmarks : ndarray, (T, 68, 2) float32
        Face units.
    bite : ndarray, (T,)
        How far it goes there, 0 to 1.
    edge : callable
        Height of the teeth's edge over columns, as `edge_of` gives it.

    Returns
    -------
    ndarray, (T, 68, 2) float32
    """
    frames = np.flatnonzero(bite > 0)
    share, lips = np.float32(bite[frames]), landmarks[frames]
    for ((upper, *above), (lower, *below)), least, most in zip(LIP_COLUMNS, LEAST, MOST):
        over, under = lips[:, upper, 1].copy(), lips[:, lower, 1].copy()
        meet = np.minimum(edge(lips[:, lower, 0]) - COVERED, over + most)
        up, down = share * np.minimum(meet - least - over, 0), share * (meet - under)
        lifted = np.minimum(down, 0)
        lips[:, upper, 1] += up
        lips[:, above, 1] += RAISED * up[:, None]
        lips[:, lower, 1] += down
        lips[:, below, 1] += (lifted - TUCKED * share)[:, None]
        lips[:, CHIN, 1] += LIFTED / len(LIP_COLUMNS) * lifted[:, None]
    moved = landmarks.copy()
    moved[frames] = lips
    return moved


def edge_of(anatomy):
    """The parabola that most of the edge of a mouth's upper teeth lies on: columns -> heights, both face units."""
    unit = FINE / REGION_SIZE
    columns = np.arange(int(anatomy.middle - ROW * unit), int(anatomy.middle + ROW * unit) + 1)
    cover = anatomy.upper[:, columns, 3] > 0.5
    seen = cover.any(0)
    heights = FINE - cover[::-1].argmax(0)
    curve = np.polynomial.Polynomial.fit(columns[seen] / unit, heights[seen] / unit, 2)
    left, top = anatomy.corner
    return lambda column: np.float32(top + curve(column - left))
