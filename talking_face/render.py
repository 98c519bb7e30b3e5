"""From driven landmarks to pictures: warp the photo, paint the mouth, paste both where they belong.

All that depends on the photo alone is done once, in `Canvas` and `Renderer.state`; a frame then costs one flow, one remap
and one pass of the painter over the mouth region.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from talking_face import geometry
from talking_face.models import deformable, flow

LATTICE = 80  # flow samples along each side of the face
# Pixels: faces up to this size keep 97 % of their sharpness by Lanczos interpolation and 93 % by cubic; larger ones have
# detail to spare, and Lanczos would take most of a frame's time.
SMALL = 384
REGION_LATTICE = 30  # and along each side of the mouth region: the same spacing


class Canvas:
    """A picture with a face in it, ready to be warped where the face is.

    Only the part under the canonical crop can change; the flow vanishes towards its border, and where it is zero, pixels
    are copied exactly.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
    matrix : ndarray, (2, 3)
        Image pixel -> canonical crop pixel.
    """

    def __init__(self, image, matrix):
        height, width = image.shape[:2]
        self.image = np.ascontiguousarray(image)
        to_face = geometry.similarity(geometry.face_to_crop(np.eye(2)), np.eye(2))
        self.to_face = geometry.compose(np.asarray(matrix, np.float64), to_face)
        self.from_face = geometry.invert(self.to_face)
        box = np.array(flow.CROP_BOX)
        corners = geometry.transform(self.from_face, box[[[0, 1], [2, 1], [2, 3], [0, 3]]])
        low = np.clip(np.floor(corners.min(0)).astype(int), 0, [width, height])
        high = np.clip(np.ceil(corners.max(0)).astype(int) + 1, 0, [width, height])
        self.left, self.top, self.right, self.bottom = *low, *high
        size = high - low
        y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
        self.base = np.stack([x, y], -1) + low.astype(np.float32)
        self.size = int(size[0]), int(size[1])
        self.interpolation = cv2.INTER_LANCZOS4 if max(self.size) <= SMALL else cv2.INTER_CUBIC
        nodes = (np.arange(LATTICE) + 0.5) / LATTICE
        y, x = np.meshgrid(nodes * size[1] - 0.5 + low[1], nodes * size[0] - 0.5 + low[0], indexing="ij")
        lattice = geometry.transform(self.to_face, np.stack([x, y], -1).reshape(-1, 2))
        self.lattice = torch.from_numpy(lattice.astype(np.float32))
        self.linear = self.from_face[:, :2].T.astype(np.float32)

    def warp(self, flows):
        """Move the face: backward flow on the lattice, (LATTICE ** 2, 2) face units -> the face's part of the picture."""
        pixels = (flows @ self.linear).reshape(LATTICE, LATTICE, 2)
        where = self.base + cv2.resize(pixels, self.size, interpolation=cv2.INTER_LINEAR)
        return cv2.remap(self.image, where, None, self.interpolation, borderMode=cv2.BORDER_REFLECT)

    def placement(self, box, size):
        """Where a square region of the face lies.

        Parameters
        ----------
        box : ndarray, (4,)
            Left, top, right, bottom in face units.
        size : int
            Pixels on the region's side.

        Returns
        -------
        matrix : ndarray, (2, 3)
            Region pixel -> pixel of the part given by `window`.
        window : tuple of slice
            Rows and columns of the face's part that the region covers.
        """
        scale = (box[2] - box[0]) / size
        to_face = np.array([[scale, 0, box[0] + 0.5 * scale], [0, scale, box[1] + 0.5 * scale]])
        matrix = geometry.compose(to_face, self.from_face)
        corners = geometry.transform(matrix, np.array([[0, 0], [size, 0], [size, size], [0, size]]) - 0.5)
        low = np.maximum(np.floor(corners.min(0)).astype(int), [self.left, self.top])
        high = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, [self.right, self.bottom])
        matrix[:, 2] -= low
        rows, columns = slice(low[1] - self.top, high[1] - self.top), slice(low[0] - self.left, high[0] - self.left)
        return matrix, (rows, columns)

    def paste(self, part):
        """The whole picture with the face's part replaced, (H, W, 3) uint8."""
        whole = self.image.copy()
        whole[self.top : self.bottom, self.left : self.right] = part
        return whole


@dataclass(frozen=True)
class State:
    """What the renderer keeps of a photo: its canvas, landmarks (1, 68, 2) and the painter's encoding of the mouth."""

    canvas: Canvas
    landmarks: torch.Tensor
    box: torch.Tensor
    region: torch.Tensor
    encoded: tuple
    mean: torch.Tensor
    scale: torch.Tensor
    placement: tuple


class Renderer:
    """Renders frames of a face with a painter.

    Parameters
    ----------
    painter : DeformablePainter
    """

    def __init__(self, painter):
        self.painter = painter.eval()

    @torch.inference_mode()
    def state(self, canvas, crop, landmarks):
        """Prepare a photo.

        Parameters
        ----------
        canvas : Canvas
            The picture to move.
        crop : ndarray, (256, 256, 3) uint8
            The canonical crop, for the painter.
        landmarks : ndarray, (68, 2)
            Face units.

        Returns
        -------
        State
        """
        source = torch.from_numpy(np.asarray(landmarks, np.float32))[None]
        box = deformable.mouth_box(source)
        region = torch.from_numpy(cut(crop, region_matrix(box[0].numpy()))).permute(2, 0, 1)[None].float() / 255
        mean, scale = deformable.normalise_colour(region)
        region = (region - mean) / scale
        profiles = deformable.lip_profiles(deformable.to_region(source, box))
        encoded = self.painter.encode(region, profiles)
        placement = canvas.placement(box[0].double().numpy(), deformable.REGION)
        return State(canvas, source, box, region, encoded, mean, scale, placement)

    @torch.inference_mode()
    def parts(self, state, landmarks, paint=True):
        """Render the face's part of each frame.

        Parameters
        ----------
        state : State
        landmarks : ndarray, (T, 68, 2)
            Driven landmarks, face units.
        paint : bool
            False for the warp alone.

        Returns
        -------
        list of ndarray, (h, w, 3) uint8
            For `Canvas.paste`, or as they are.
        """
        target = torch.from_numpy(np.asarray(landmarks, np.float32))
        nodes = torch.cat([state.canvas.lattice, flow.grid(state.box[0].tolist(), REGION_LATTICE)])
        flows = flow.backward_flow(state.landmarks, target, nodes)
        parts = [state.canvas.warp(frame) for frame in flows[:, : LATTICE**2].numpy()]
        if paint:
            colour, attention = self.paint(state, target, flows[:, LATTICE**2 :])
            for part, layer in zip(parts, np.concatenate([colour, attention], -1)):
                lay_over(part, layer, *state.placement)
        return parts

    def paint(self, state, target, region_flow):
        """Colour (T, 96, 96, 3) in 0 to 255 and attention (T, 96, 96, 1) of the mouth region, float32."""
        side = deformable.REGION
        region_flow = (region_flow / deformable.REGION_SIZE).reshape(-1, REGION_LATTICE, REGION_LATTICE, 2)
        region_flow = region_flow.permute(0, 3, 1, 2)
        profiles = deformable.lip_profiles(deformable.to_region(target, state.box))
        dense = F.interpolate(region_flow, size=(side, side), mode="bilinear").permute(0, 2, 3, 1)
        place = 2 * (flow.grid((0, 0, 1, 1), side).reshape(1, side, side, 2) + dense) - 1
        region = state.region.expand(len(target), -1, -1, -1)
        moved = F.grid_sample(region, place, padding_mode="reflection", align_corners=False)
        colour, attention = self.painter(state.encoded, moved, region_flow, profiles)
        colour = (colour * state.scale + state.mean).clamp(0, 1) * 255
        return colour.permute(0, 2, 3, 1).numpy(), attention.permute(0, 2, 3, 1).numpy()


def lay_over(part, layer, matrix, window):
    """Blend a painted region into a picture, in place.

    Parameters
    ----------
    part : ndarray, (h, w, 3) uint8
    layer : ndarray, (96, 96, 4) float32
        Colours 0 to 255 and attention 0 to 1.
    matrix, window
        From `Canvas.placement`.
    """
    rows, columns = window
    size = columns.stop - columns.start, rows.stop - rows.start
    paint = cv2.warpAffine(layer, matrix, size, flags=cv2.INTER_LINEAR)
    under = part[rows, columns].astype(np.float32)
    part[rows, columns] = np.clip(under + paint[..., 3:] * (paint[..., :3] - under) + 0.5, 0, 255)


def region_matrix(box, size=deformable.REGION):
    """Crop pixel -> region pixel (corner-based): box (4,) in face units -> (2, 3)."""
    corner = geometry.face_to_crop(np.asarray(box[:2], np.float64))
    side = float(box[2] - box[0]) * geometry.EYE_DISTANCE * geometry.CROP_SIZE
    scale = size / side
    return np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]])


def cut(image, matrix, size=deformable.REGION):
    """Resample a picture by a pixel-corner matrix to a square region, (size, size, 3)."""
    centred = np.asarray(matrix, np.float64).copy()
    centred[:, 2] += centred[:, 0] * 0.5 + centred[:, 1] * 0.5 - 0.5
    return cv2.warpAffine(image, centred, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
