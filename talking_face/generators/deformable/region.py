"""The square region around a mouth as pictures: cut from a crop, as the painter sees it, and moved."""

import cv2
import numpy as np
import torch

from talking_face.face import geometry
from talking_face.generators.deformable import mouth


def region_of(crop, box):
    """The mouth region, box (1, 4), of a canonical crop, (256, 256, 3) uint8: (1, 3, 96, 96), colours 0 to 1."""
    return torch.from_numpy(cut(crop, region_matrix(box[0].numpy()))).permute(2, 0, 1)[None].float() / 255


def region_matrix(box, size=mouth.REGION, crop_size=geometry.CROP_SIZE):
    """Crop pixel -> region pixel (corner-based): box (4,) in face units -> (2, 3)."""
    corner = geometry.face_to_crop(np.asarray(box[:2], np.float64), crop_size)
    side = float(box[2] - box[0]) * geometry.EYE_DISTANCE * crop_size
    scale = size / side
    return np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]])


def cut(image, matrix, size=mouth.REGION):
    """Resample a picture by a pixel-corner matrix to a square region, (size, size, 3)."""
    centred = np.asarray(matrix, np.float64).copy()
    centred[:, 2] += centred[:, 0] * 0.5 + centred[:, 1] * 0.5 - 0.5
    return cv2.warpAffine(image, centred, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def normalised(layers, mean, scale):
    """Drawn layers, (T, 192, 192, 4) uint8, as the painter sees them: (T, 4, 96, 96) float32."""
    small = np.stack([cv2.resize(layer, (mouth.REGION,) * 2, interpolation=cv2.INTER_AREA) for layer in layers])
    small = torch.from_numpy(small).permute(0, 3, 1, 2).float() / 255
    return torch.cat([(small[:, :3] - mean) / scale, small[:, 3:]], 1)


def move_region(region, flows):
    """Move a region as `training.painter.painting.prepare` does with `grid_sample`, several times faster.

    Parameters
    ----------
    region : ndarray, (N, N, 4) float32
        The fourth channel only makes sampling faster.
    flows : ndarray, (T, L, L, 2) float32
        Backward flow, region widths.

    Returns
    -------
    ndarray, (T, N, N, 4) float32
    """
    size = len(region)
    moved = np.empty((len(flows), *region.shape), np.float32)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    pixels = np.stack([x, y], -1)
    for flow_, out in zip(flows * np.float32(size), moved):
        where = cv2.resize(flow_, (size, size), interpolation=cv2.INTER_LINEAR) + pixels
        cv2.remap(region, where, None, cv2.INTER_LINEAR, dst=out, borderMode=cv2.BORDER_REFLECT)
    return moved
