"""From a box to a mesh: coarse, fine, then lips and eyes on crops of their own."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from talking_face.errors import CheckpointError
from talking_face.face.geometry import compose
from talking_face.face.images import cut
from talking_face.face.mesh.frames import (
    LEFT_EYE_POINTS,
    VIEWS,
    Pose,
    box_matrix,
    centred,
    face_matrix,
    find_pose,
    part_matrix,
    to_photo,
)
from talking_face.face.mesh.network import MeshNetwork
from talking_face.face.mesh.topology import LIPS
from talking_face.weights import load_network

REACH = 0.07  # units; how far around a refined point its neighbours follow it
ROUNDS = 2  # of the fine network, each in the crop that the mesh before it gives
SURE, DOUBTFUL = 0.9, 0.08  # less confidence or more expected error or scatter is worth other looks
# Those looks, first by the coarse network alone: degrees that the crop is turned, and its scale.
LOOKS = ((-40, 1.0), (40, 1.0), (-75, 1.0), (75, 1.0), (180, 1.0), (0, 0.75), (0, 1.33), (-20, 1.0), (20, 1.0))
LOOKED_INTO = 2  # of them
CONFIDENT_AT_ONCE = 2.0  # added to the coarse network's logit: it is only asked whether there is no face at all


class Placed(NamedTuple):
    """A mesh and how sure it is.

    Attributes
    ----------
    mesh : ndarray, (478, 3) float32
        MediaPipe's points: photo pixels, a pixel's centre at its index, and depth in the same unit, smaller is nearer.
    confidence : float
        0 to 1: that this is a face, well framed.
    lips_confidence : float
        0 to 1: that the lips are in sight.
    expected_error : float
        Of the lips, eye distances, as the network expects it.
    scatter : float
        How far apart the lips lie that the networks see in a crop and in its mirror image, eye distances.
    pose : Pose
    """

    mesh: np.ndarray
    confidence: float
    lips_confidence: float
    expected_error: float
    scatter: float
    pose: Pose


class MeshPredictor:
    """Places meshes; the last looks at face and lips are the mean of what is seen in crops and in their mirror images.

    Parameters
    ----------
    network : MeshNetwork
    """

    def __init__(self, network):
        self.network = network.eval().to(memory_format=torch.channels_last)
        self.template = network.template.numpy().astype(np.float64)
        self.order = network.order.numpy().astype(int)
        lips, eye = VIEWS["lips"].points, VIEWS["eye"].points
        self.mirrored_lips = np.array([lips.index(self.order[point]) for point in lips])
        self.refined = np.array([*lips, *eye, *LEFT_EYE_POINTS])
        distance = np.linalg.norm(self.template[:, None] - self.template[None, self.refined], axis=-1)
        kernel = np.exp(-((distance / REACH) ** 2) / 2)
        self.follow = kernel / np.maximum(kernel.sum(1, keepdims=True), 1e-9) * kernel.max(1, keepdims=True)
        self.follow[self.refined] = np.eye(len(self.refined))

    @classmethod
    def load(cls, path):
        """Read exported weights; raises CheckpointError where they are missing or damaged."""
        network = load_network(path, "mesh", MeshNetwork)
        try:
            return cls(network)
        except (ValueError, IndexError):  # an order that leads out of the lips, or of the mesh
            raise CheckpointError(f"The weights {Path(path).name} are damaged; please fetch them again.") from None

    @torch.inference_mode()
    def __call__(self, image, box, roll=0.0):
        """Place the mesh of the face in a box.

        Parameters
        ----------
        image : ndarray, (H, W, 3) uint8
            RGB.
        box : sequence of 4 floats
            Left, top, right, bottom of the face, photo pixels, from the brows' upper part to the chin: about 2.8 eye
            distances. A third more or less, a fifth beside, and tilts up to 45 degrees do no harm.
        roll : float
            How far the face is known to be tilted, degrees, clockwise.

        Returns
        -------
        Placed
        """
        start = box_matrix(box, VIEWS["coarse"], np.radians(roll))
        placed = self._from_coarse(image, start)
        if placed.confidence < SURE or max(placed.expected_error, placed.scatter) > DOUBTFUL:
            others = [self._from_coarse(image, other) for other in self._best_starts(image, start)]
            placed = max([placed, *others], key=lambda one: one.confidence - one.expected_error - one.scatter)
        return placed

    @torch.inference_mode()
    def follow_up(self, image, mesh):
        """Place a mesh again from one near by, of the frame before say: a `Placed`."""
        return self._finish(image, np.asarray(mesh, np.float64), 1.0, 1)

    def _from_coarse(self, image, start):
        """All looks from the coarse network's crop on."""
        mesh, outlook, _ = self._whole("coarse", image, start)
        return self._finish(image, mesh, sigmoid(outlook[0] + CONFIDENT_AT_ONCE), ROUNDS)

    def _best_starts(self, image, start):
        """Of tilted, larger and smaller crops about the same place, those of which the coarse network is surest."""
        size = VIEWS["coarse"].size
        middle = np.full(2, (size - 1) / 2)
        starts = [compose(start, centred(middle, scale, np.radians(angle), size)) for angle, scale in LOOKS]
        _, outlook = self._run("coarse", [cut(image, one, size) for one in starts])
        return [starts[i] for i in np.argsort(outlook[:, 2] - 0.2 * outlook[:, 0])[:LOOKED_INTO]]

    def _finish(self, image, mesh, confidence, rounds):
        """From a rough mesh to the final one."""
        for left in reversed(range(rounds)):
            pose = find_pose(mesh, self.template)
            mesh, outlook, apart = self._whole("fine", image, face_matrix(pose, VIEWS["fine"]), mirror=left == 0)
        pose = find_pose(mesh, self.template)
        mesh, (_, visible, error), apart_lips = self._refine(image, mesh, pose)
        return Placed(
            mesh.astype(np.float32),
            float(confidence * sigmoid(outlook[0])),
            float(sigmoid(visible)),
            float(np.exp(error)),
            float(max(apart, apart_lips)),
            find_pose(mesh, self.template),
        )

    def _whole(self, name, image, matrix, mirror=False):
        """One look of the coarse or fine network: mesh, outlook and, if mirrored as well, scatter of the lips."""
        view = VIEWS[name]
        crop = cut(image, matrix, view.size)
        points, outlook = self._run(name, [crop, crop[:, ::-1]] if mirror else [crop])
        points[1:] = (points[1:] * [-1, 1, 1])[:, self.order]
        return to_photo(points.mean(0), matrix, view), outlook.mean(0), _apart(points[[0, -1]][:, LIPS])

    def _refine(self, image, mesh, pose):
        """Lips and eyes placed on their own crops, what is around follows: mesh, outlook and scatter of the lips."""
        view, eye = VIEWS["lips"], VIEWS["eye"]
        matrix = part_matrix(mesh, pose, view)
        crop = cut(image, matrix, view.size)
        lips, outlook = self._run("lips", [crop, crop[:, ::-1]])
        lips[1] = (lips[1] * [-1, 1, 1])[self.mirrored_lips]
        matrices = [part_matrix(mesh, pose, eye, points) for points in (eye.points, LEFT_EYE_POINTS)]
        crops = [cut(image, of_eye, eye.size) for of_eye in matrices]
        (right, left), _ = self._run("eye", [crops[0], crops[1][:, ::-1]])
        targets = [
            _from_part(lips.mean(0), mesh, matrix, view, view.points),
            _from_part(right, mesh, matrices[0], eye, eye.points),
            _from_part(left * [-1, 1, 1], mesh, matrices[1], eye, LEFT_EYE_POINTS),
        ]
        change = np.concatenate(targets) - mesh[self.refined]
        return mesh + self.follow @ change, outlook.mean(0), _apart(lips)

    def _run(self, name, crops):
        """A network's points (N, P, 3), units, and outlook (N, 3) of crops (S, S, 3)."""
        batch = torch.from_numpy(np.ascontiguousarray(np.stack(crops)))
        points, outlook = getattr(self.network, name)(to_input(batch))
        return points.numpy().astype(np.float64), outlook.numpy().astype(np.float64)


def to_input(crops):
    """(N, S, S, 3) uint8 tensor -> (N, 3, S, S) float32, -1 to 1, channels last."""
    return crops.permute(0, 3, 1, 2).float() / 127.5 - 1


def sigmoid(x):
    """Logistic function."""
    return 1 / (1 + np.exp(-x))


def _from_part(points, mesh, matrix, view, indices):
    """A part's points in the photo; their depth is about the part's mean depth."""
    points = to_photo(points, matrix, view)
    points[:, 2] += mesh[list(indices), 2].mean() - points[:, 2].mean()
    return points


def _apart(pair):
    """Mean distance between two sets of points, (2, P, 3), in the picture's plane."""
    return np.linalg.norm((pair[0] - pair[1])[:, :2], axis=-1).mean()
