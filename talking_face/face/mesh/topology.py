"""Which of MediaPipe's 478 mesh points lie where."""

import numpy as np

POINTS = 478
FACE = 468  # points before the irises

LIPS_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
# The rings of the lips' red between those two.
LIPS_RINGS = (
    *(184, 74, 73, 72, 11, 302, 303, 304, 408, 76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    *(183, 42, 41, 38, 12, 268, 271, 272, 407, 62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
)
LIPS = LIPS_OUTER + LIPS_INNER  # what errors of the lips are measured on

# The person's right eye, left in the picture; the other one's points in the mirrored order.
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
RIGHT_BROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
LEFT_BROW = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
RIGHT_IRIS = (468, 469, 470, 471, 472)  # centre, then around
LEFT_IRIS = (473, 476, 475, 474, 477)

RIGHT_CORNERS, LEFT_CORNERS = (33, 133), (362, 263)  # of the eyes
EYE_CORNERS = RIGHT_CORNERS + LEFT_CORNERS
MOUTH_CORNERS = (61, 291)
CHIN = 152
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150),
    *(136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
# The mesh points that the training data has as iBUG's 68 landmarks.
IBUG = (
    *(162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389),  # jaw
    *(71, 63, 105, 66, 107, 336, 296, 334, 293, 301),  # brows
    *(168, 197, 5, 4, 75, 97, 2, 326, 305),  # nose
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),  # eyes
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87),  # lips
)
# And their lower edges, below each of those of the brows.
UNDER_BROWS = 46, 53, 52, 65, 55, 285, 295, 282, 283, 276


def eye_centres(mesh):
    """Centres of the person's right and left eye, each the mean of its two corners: (..., 478, D) -> two (..., D)."""
    return tuple(mesh[..., list(corners), :].mean(-2) for corners in (RIGHT_CORNERS, LEFT_CORNERS))


def eye_distance(mesh):
    """Distance between the eye centres in the picture's plane: (..., 478, 2 or 3) -> (...)."""
    right, left = eye_centres(mesh[..., :2])
    return np.linalg.norm(left - right, axis=-1)


def mirror_order(mean):
    """The point that takes each one's place in a mirrored picture.

    Parameters
    ----------
    mean : ndarray, (478, 3)
        A frontal, nearly symmetrical mesh.

    Returns
    -------
    ndarray, (478,) int
        Its own inverse.
    """
    centred = mean - sum(eye_centres(mean)) / 2
    cost = np.linalg.norm(centred[:, None] * [-1, 1, 1] - centred[None], axis=-1)
    group = np.zeros(POINTS, int)  # nearly coincident points of closed lips must not be mixed up
    for number, members in enumerate((range(FACE, POINTS), LIPS_OUTER, LIPS_INNER, LIPS_RINGS), 1):
        group[list(members)] = number
    cost[group[:, None] != group] = 1e6
    cost = cost + cost.T
    order = np.full(POINTS, -1)
    for flat in np.argsort(cost, axis=None):  # the closest pairs first
        a, b = divmod(int(flat), POINTS)
        if order[a] < 0 and order[b] < 0:
            order[a], order[b] = b, a
    return order
