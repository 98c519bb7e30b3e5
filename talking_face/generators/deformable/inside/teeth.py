"""Rows of real teeth for mouths whose own the photo does not show, and the colour that a face's light gives them."""

from dataclasses import dataclass

import cv2
import numpy as np

from talking_face.face.geometry import LIPS
from talking_face.generators.deformable.inside import tooth_colour
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights

KIND = "rows of teeth"  # what the header of the bank says
WEIGHTS = CHECKPOINTS / "teeth.safetensors"
OWN = "own"  # name of a row that is the person's
SCALE = 128  # pixels an eye distance in a row's picture
WIDTH, HEIGHT = 160, 72  # of it, pixels; its middle column is the face's
EDGE = 52  # row of the front teeth's edge
LOWER = -0.009  # eye distances that rows lie lower than in their owners' smiles, which heads nod in
# Pixels from end to end of a row that goes on into the dark behind its last teeth seen, over which it fades at least,
# and by which its edge rises a pixel further on.
ON, FADE, RISES = 112, 4, 0.3
LIMITS = 0.85, 1.15  # of how much larger or smaller teeth are than their owner's mouth


@dataclass(frozen=True)
class Row:
    """Upper teeth.

    Attributes
    ----------
    picture : ndarray, (HEIGHT, WIDTH, 4) uint8
        RGB, and what belongs to the row; lips are filled in from what they cover.
    colour : ndarray, (3,)
        Log of the teeth's.
    scale : float
        By how much to enlarge it.
    drop : float
        Eye distances from where the lips meet down to the edge.
    name : str
        Whose they are.
    expected : ndarray, (3,), optional
        Of a person's own: the log colour that the light in their photo makes one think of.
    """

    picture: np.ndarray
    colour: np.ndarray
    scale: float
    drop: float
    name: str
    expected: np.ndarray | None = None

    def colour_in(self, light):
        """Their log colour where `light`, (3,), is what this photo's light makes one think of: (3,)."""
        return light if self.expected is None else light + self.colour - self.expected


class Teeth:
    """The bank of rows, and the regression that tells teeth's colour.

    Parameters
    ----------
    rows : ndarray, (N, HEIGHT, WIDTH, 4) uint8
    colours : ndarray, (N, 3)
        Log colours of their teeth.
    shapes : ndarray, (N, 4)
        `mouth_shape` of their owners.
    drops : ndarray, (N,)
        Eye distances from where the lips meet down to the edge.
    weights, bias : ndarray, (15, 3) and (3,)
        `tooth_colour.features` to log colour.
    names : sequence of str
    """

    def __init__(self, rows, colours, shapes, drops, weights, bias, names):
        self.rows, self.colours, self.shapes, self.drops, self.names = rows, colours, shapes, drops, names
        self.weights, self.bias = weights, bias

    @classmethod
    def load(cls, path=WEIGHTS):
        """Read the shipped bank; raises CheckpointError as `weights.load_weights`."""
        tensors, config = load_weights(path, KIND)
        return cls(**{name: tensor.numpy() for name, tensor in tensors.items()}, names=config["names"])

    def colour(self, crop, landmarks):
        """Log colour, R, G and B of 1 to 256, of a face's teeth; arguments as for `tooth_colour.features`."""
        return tooth_colour.features(crop, landmarks) @ self.weights + self.bias

    def choose(self, rest, without=()):
        """The row whose owner's mouth is most like this one.

        Parameters
        ----------
        rest : ndarray, (68, 2)
            The face at rest, face units.
        without : collection of str
            Names of rows that are not to be taken.
        """
        shape = mouth_shape(rest)
        distance = np.abs(np.log(self.shapes / shape)).sum(1)
        distance[[name in without for name in self.names]] = np.inf
        best = int(distance.argmin())
        scale = float(np.clip(np.sqrt(shape[0] / self.shapes[best, 0]), *LIMITS))
        drop = float(np.median(self.drops)) + LOWER
        return Row(self.rows[best], self.colours[best], scale, drop, self.names[best])


def mouth_shape(rest):
    """What mouths are told apart by: width, heights of both lips, distance from the nose; face units."""
    lips = rest[LIPS]
    meet = (rest[62, 1] + rest[66, 1]) / 2
    return np.array([np.ptp(lips[:, 0]), meet - rest[51, 1], rest[57, 1] - meet, meet - rest[33, 1]]).clip(0.03)


def going_on(picture):
    """A row without ends: behind its last teeth more of the like, fading, as smiles wider than its owner's show.

    Parameters
    ----------
    picture : ndarray, (HEIGHT, WIDTH, 4) float32
        RGB, 0 to 255, and cover, 0 to 1.

    Returns
    -------
    ndarray, (HEIGHT, WIDTH, 4) float32
    """
    seen = np.flatnonzero(picture[..., 3].max(0) > 0.8)
    if not len(seen):
        return picture
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    first, last = seen[[0, -1]]
    beyond = np.maximum(first - x, x - last).clip(0)
    places = np.maximum(2 * first - x, np.minimum(x, 2 * last - x)), y + RISES * beyond
    mirrored = cv2.remap(picture, *(place.astype(np.float32) for place in places), cv2.INTER_LINEAR)
    mirrored[..., 3] *= (1 - beyond / max((ON - np.ptp(seen)) / 2, FADE)).clip(0)
    return np.where(beyond[..., None] > 0, mirrored, picture)
