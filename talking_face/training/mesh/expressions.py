"""Expressions carried from one picture to another: lips opened, closed, stretched by a flow; an opening is painted in.

The displacement of a mesh from its person's mean, both brought to the template in space, is added to another's mesh.
"""

import cv2
import numpy as np

from talking_face.face.mesh.frames import find_pose
from talking_face.face.mesh.topology import LIPS_INNER, eye_distance

FOLLOW = 0.13  # units; how far skin follows a mesh point


def canonical(mesh, template):
    """A mesh without pose: (478, 3), units."""
    pose = find_pose(mesh, template)
    return (mesh - pose.origin) @ pose.rotation / pose.scale


def carry(picture, mesh, displacement, template, random):
    """Move a face by a displacement.

    Parameters
    ----------
    picture : ndarray, (S, S, 3) uint8
    mesh : ndarray, (478, 3)
        Pixel indices.
    displacement : ndarray, (478, 3)
        Units, in the template's frame.

    Returns
    -------
    picture : ndarray, (S, S, 3) uint8
    mesh : ndarray, (478, 3)
        Where the points went.
    """
    size = picture.shape[0]
    pose = find_pose(mesh, template)
    moved = mesh + pose.scale * displacement @ pose.rotation.T
    unit, n = eye_distance(mesh), 64
    line = np.linspace(0, size - 1, n, dtype=np.float32)
    grid = np.stack(np.meshgrid(line, line), -1)
    # Backward flow: at the points' new places, minus their displacement; Gaussian regression between them.
    distance = ((grid[:, :, None] - moved[:, :2].astype(np.float32)) ** 2).sum(-1)
    nearest = distance.min(-1)
    kernel = np.exp(-(distance - nearest[..., None]) / np.float32(2 * (0.06 * unit) ** 2))
    flow = kernel @ (mesh - moved)[:, :2].astype(np.float32) / kernel.sum(-1, keepdims=True)
    flow *= np.exp(-np.maximum(np.sqrt(nearest) - 0.1 * unit, 0) / (0.35 * unit))[..., None]
    flow = cv2.resize(flow, (size, size), interpolation=cv2.INTER_CUBIC)
    yy, xx = np.mgrid[:size, :size].astype(np.float32)
    result = cv2.remap(picture, xx + flow[..., 0], yy + flow[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    gap = lambda m: np.linalg.norm(m[13, :2] - m[14, :2]) / unit
    if gap(moved) > 0.04 and gap(moved) > 1.5 * gap(mesh):
        result = paint_opening(result, moved, unit, random)
    return result, moved


def paint_opening(picture, mesh, unit, random):
    """A dark cavity with teeth between the inner lips, where before there was none."""
    size = picture.shape[0]
    inner = np.rint(mesh[list(LIPS_INNER), :2] * 16).astype(np.int32)
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [inner], 255, cv2.LINE_AA, 4)
    light = float(np.median(picture[mask > 127])) if (mask > 127).any() else 90.0
    layer = np.empty_like(picture)
    layer[:] = (np.array([70, 30, 28]) * random.uniform(0.2, 1.0) * light / 110).clip(0, 255).astype(np.uint8)
    teeth = (np.array([225, 215, 195]) * random.uniform(0.5, 1.1) * light / 130).clip(0, 255)
    top = mesh[[78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308], :2]
    down = mesh[14, :2] - mesh[13, :2]
    if random.random() < 0.75:
        reach = random.uniform(0.15, 0.75)
        band = np.concatenate([top, (top + down * reach)[::-1]])
        cv2.fillPoly(layer, [np.rint(band * 16).astype(np.int32)], teeth.tolist(), cv2.LINE_AA, 4)
    if random.random() < 0.3:
        bottom = mesh[[78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308], :2]
        band = np.concatenate([bottom, (bottom - down * random.uniform(0.1, 0.3))[::-1]])
        cv2.fillPoly(layer, [np.rint(band * 16).astype(np.int32)], (teeth * 0.8).tolist(), cv2.LINE_AA, 4)
    if random.random() < 0.4:
        tongue = mesh[14, :2] - 0.1 * down
        axes = (unit * random.uniform(0.12, 0.25), np.linalg.norm(down) * random.uniform(0.2, 0.45))
        colour = (np.array([190, 90, 90]) * light / 150).clip(0, 255).tolist()
        cv2.ellipse(
            layer,
            tuple(np.rint(tongue * 16).astype(int).tolist()),
            tuple(np.rint(np.array(axes) * 16).astype(int).tolist()),
            0,
            0,
            360,
            colour,
            -1,
            cv2.LINE_AA,
            4,
        )
    layer = cv2.GaussianBlur(layer, (0, 0), 0.02 * unit)
    alpha = cv2.GaussianBlur(mask, (0, 0), 0.012 * unit).astype(np.float32)[..., None] / 255
    return (picture * (1 - alpha) + layer * alpha).astype(np.uint8)
