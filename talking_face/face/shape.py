"""What a set of landmarks says apart from who it is and where the head points.

Landmarks mix identity, head pose and expression. `FaceShape` takes the pose out (a similarity on the rigid points, then
a linear correction read off the nose tip, which shifts when the head turns or nods) and estimates the expression that a
single photo already shows, so that motion can be absolute: a mouth shape, not a change from an unknown one.
"""

from dataclasses import dataclass

import numpy as np

from talking_face.face.geometry import JAW, LIPS, crop_matrix, crop_to_face, similarity, transform
from talking_face.face.mesh.topology import IBUG
from talking_face.face.pose import rotation
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights

# Points that hardly move with expression: eye corners, nose bridge, nose base.
RIGID = np.array([36, 39, 42, 45, 27, 28, 29, 30, 33])
NOSE_TIP = 30
# Lip points that open and close together, the inner one first: upper, lower.
LIP_COLUMNS = (([61, 49, 50], [67, 58, 59]), ([62, 51], [66, 57]), ([63, 52, 53], [65, 55, 56]))
DOWN, UP = 0.35, 0.65  # of the gap between the lips: what the upper and the lower lip move to meet


@dataclass(frozen=True)
class FaceShape:
    """A linear face model in face units (eye distances).

    Attributes
    ----------
    mean : ndarray, (68, 2)
        The mean face.
    pose : ndarray, (2, 136)
        Displacement of all landmarks per unit of nose-tip displacement.
    expression : ndarray, (137, 136)
        Ridge regression from pose-free landmarks minus the mean (and a constant) to the expression's displacement.
    """

    mean: np.ndarray
    pose: np.ndarray
    expression: np.ndarray

    @classmethod
    def load(cls, path=CHECKPOINTS / "shape.safetensors"):
        """Read the shipped model."""
        tensors, _ = load_weights(path, "face shape")
        return cls(**{name: tensor.numpy() for name, tensor in tensors.items()})

    def align(self, landmarks):
        """Bring landmarks of any frame to face units by a similarity on the rigid points.

        Parameters
        ----------
        landmarks : ndarray, (..., 68, 2)

        Returns
        -------
        ndarray, (..., 68, 2)
        """
        return transform(head_similarity(landmarks, self.mean), landmarks)

    def remove_pose(self, landmarks):
        """Align landmarks and subtract what turning and nodding did to them.

        Parameters
        ----------
        landmarks : ndarray, (..., 68, 2)
            Any frame and scale.

        Returns
        -------
        ndarray, (..., 68, 2)
            Face units, frontal to first order.
        """
        aligned = self.align(landmarks)
        turn = aligned[..., NOSE_TIP, :] - self.mean[NOSE_TIP]
        return aligned - (turn @ self.pose).reshape(aligned.shape)

    def estimate_expression(self, landmarks):
        """Displacement from a person's resting face that one picture shows, without knowing that face.

        Parameters
        ----------
        landmarks : ndarray, (..., 68, 2)
            Any frame and scale.

        Returns
        -------
        ndarray, (..., 68, 2)
            Face units; zero for a resting face.
        """
        shape = self.remove_pose(landmarks) - self.mean
        flat = shape.reshape(*shape.shape[:-2], 136)
        return (flat @ self.expression[:-1] + self.expression[-1]).reshape(shape.shape)


def head_similarity(landmarks, reference):
    """The similarity that brings a head's eyes and nose to where another's are, so that what is left is expression.

    Parameters
    ----------
    landmarks, reference : ndarray, (..., 68, 2)
        Either may be one face for many of the other.

    Returns
    -------
    ndarray, (..., 2, 3)
    """
    return similarity(*np.broadcast_arrays(landmarks[..., RIGID, :], reference[..., RIGID, :]))


def frontal_landmarks(mesh, pose):
    """Landmarks of a mesh turned to look into the camera.

    Parameters
    ----------
    mesh : ndarray, (478, 3)
        With depth in the same unit.
    pose : tuple of three floats
        Yaw, pitch and roll in degrees, as `pose.rotation` takes them.

    Returns
    -------
    ndarray, (68, 2)
        Face units.
    """
    frontal = (mesh[list(IBUG)] @ rotation(pose))[:, :2]
    return crop_to_face(transform(crop_matrix(frontal), frontal))


def resting_landmarks(landmarks, shape):
    """Landmarks of the same face at rest: mouth and jaw without the estimated expression, lips closed.

    Brows and eyes stay: in a single photo, their expression is hard to tell from their owner.

    Parameters
    ----------
    landmarks : ndarray, (..., 68, 2)
        Face units.
    shape : FaceShape

    Returns
    -------
    ndarray, (..., 68, 2) float32
    """
    resting = np.array(landmarks, np.float32)
    moving = np.concatenate([JAW, LIPS])
    resting[..., moving, :] -= shape.estimate_expression(landmarks)[..., moving, :]
    return close_lips(resting)


def close_lips(landmarks, overlap=0.0):
    """Bring the inner lips together, the outer ones along, more from below than from above.

    Parameters
    ----------
    landmarks : ndarray, (..., 68, 2)
        Upright, any unit.
    overlap : float
        How far they pass each other, same unit.

    Returns
    -------
    ndarray, (..., 68, 2)
    """
    return _bring_together(landmarks, lambda gap: gap + overlap)


def part_lips(landmarks):
    """Bring lips that pass each other back to where they meet: (..., 68, 2) -> (..., 68, 2), the same unit."""
    return _bring_together(landmarks, lambda gap: np.minimum(gap, 0))


def _bring_together(landmarks, share):
    """Close as much of each column's gap, (..., 1), as `share` says of it."""
    moved = landmarks.copy()
    for upper, lower in LIP_COLUMNS:
        closed = share(landmarks[..., lower[:1], 1] - landmarks[..., upper[:1], 1])
        moved[..., upper, 1] += DOWN * closed
        moved[..., lower, 1] -= UP * closed
    return moved
