"""The whole picture, of which the face's part is moved: where that lies, how it is sampled and pasted back."""

import cv2
import numpy as np
import torch

from talking_face.face import geometry
from talking_face.generators.deformable import flow
from talking_face.generators.deformable.resampling import BETWEEN, enlarge, magnify

FAINT = 2  # of 255: paint that nobody sees
LATTICE, SMALL_LATTICE = 48, 40  # flow samples along each side of a face, and of a small one
SMALL = 384  # pixels: faces up to this size are sampled from four samples a pixel along each side, larger ones from two


class Canvas:
    """A picture with a face in it, ready to be warped where the face is.

    Only the part under the canonical crop can change; the flow vanishes towards its border, and where it is zero,
    pixels are copied exactly.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
    matrix : ndarray, (2, 3), optional
        Image pixel -> canonical crop pixel; by default the image is the crop.
    """

    under_brows = None  # (10, 2) face units, where it is known

    def __init__(self, image, matrix=None):
        self.place(image, matrix)
        self.show(self.face, self.image[self.face[1] : self.face[3], self.face[0] : self.face[2]])
        y, x = self.factor * np.mgrid[: self.size[1], : self.size[0]].astype(np.float32)
        self.base = np.stack([x, y], -1)

    def place(self, image, matrix=None):
        """Say what the image is, and where its face lies."""
        self.image = np.ascontiguousarray(image)
        to_face = geometry.similarity(geometry.face_to_crop(np.eye(2)), np.eye(2))
        self.to_face = geometry.compose(np.eye(2, 3) if matrix is None else np.asarray(matrix, np.float64), to_face)
        self.from_face = geometry.invert(self.to_face)
        self.face = self.box(flow.CROP_BOX)
        size = [self.face[2] - self.face[0], self.face[3] - self.face[1]]
        self.factor, self.nodes = (4, SMALL_LATTICE) if max(size) <= SMALL else (2, LATTICE)
        self.lattice = self._nodes(self.nodes)
        self.fade = flow.fade(self._nodes(BETWEEN)).reshape(BETWEEN, BETWEEN, 1).numpy()
        self.linear = self.factor * self.from_face[:, :2].T.astype(np.float32)

    def show(self, box, picture):
        """Say which part of the image may change, a box in pixels, and what is sampled there, (h, w, 3 or 4) uint8."""
        self.left, self.top, self.right, self.bottom = box
        self.size = self.right - self.left, self.bottom - self.top
        self.fine = magnify(picture, self.factor)

    def box(self, face):
        """The image's pixels in a box in face units (left, top, right, bottom): the same of pixels, ints."""
        corners = geometry.transform(self.from_face, np.array(face)[[[0, 1], [2, 1], [2, 3], [0, 3]]])
        limits = self.image.shape[1::-1]
        low = np.clip(np.floor(corners.min(0)).astype(int), 0, limits)
        high = np.clip(np.ceil(corners.max(0)).astype(int) + 1, 0, limits)
        return (*low.tolist(), *high.tolist())

    def _nodes(self, count):
        """The middles of count x count equal portions of the face's part: (count ** 2, 2) float32, face units."""
        nodes = (np.arange(count) + 0.5) / count
        left, top, right, bottom = self.face
        x, y = nodes * (right - left) - 0.5 + left, nodes * (bottom - top) - 0.5 + top
        points = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
        return torch.from_numpy(geometry.transform(self.to_face, points).astype(np.float32))

    def warp(self, flows):
        """Move the face.

        Parameters
        ----------
        flows : ndarray, (nodes ** 2, 2) float32
            Backward flow on the lattice, face units, not yet faded out.

        Returns
        -------
        ndarray, (h, w, 4) uint8
            The face's part of the picture; the fourth channel means nothing.
        """
        where = enlarge((flows @ self.linear).reshape(self.nodes, self.nodes, 2), self.size, self.fade)
        where += self.base
        return cv2.remap(self.fine, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)

    def render(self, flows, layer=None, placement=None):
        """Move the face and lay a painted region over it.

        Parameters
        ----------
        flows : ndarray, (nodes ** 2, 2) float32
            As for `warp`.
        layer : ndarray, (size, size, 4) uint8, optional
            Colours and how much they cover.
        placement : tuple, optional
            Where the layer lies, from `placement`.

        Returns
        -------
        ndarray, (h, w, 4) uint8
            The part of the picture that changes; the fourth channel means nothing.
        """
        part = self.warp(flows)
        if layer is not None:
            matrix, (rows, columns) = placement
            size = columns.stop - columns.start, rows.stop - rows.start
            blend(part[rows, columns], cv2.warpAffine(layer, matrix, size, flags=cv2.INTER_CUBIC))
        return part

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

    def paste(self, part, whole=None):
        """The whole picture with the face's part replaced.

        Parameters
        ----------
        part : ndarray, (h, w, 3 or 4) uint8
        whole : ndarray, (H, W, 3) uint8, optional
            Where to write the picture.

        Returns
        -------
        ndarray, (H, W, 3) uint8
        """
        whole = np.empty_like(self.image) if whole is None else whole
        middle = slice(self.top, self.bottom)
        for around in np.s_[: self.top], np.s_[self.bottom :], np.s_[middle, : self.left], np.s_[middle, self.right :]:
            whole[around] = self.image[around]
        window = whole[self.top : self.bottom, self.left : self.right]
        if part.shape[2] == 4:
            cv2.cvtColor(part, cv2.COLOR_RGBA2RGB, dst=window)
        else:
            window[:] = part
        return whole


def blend(part, paint):
    """Lay paint, (h, w, 4) uint8 whose last channel says how much it covers, over a part of a picture, in place."""
    mix(part, paint, cv2.extractChannel(paint, 3) * np.float32(1 / 255))


def mix(part, over, share):
    """Lay a picture (h, w, 4) uint8 over a part of another to a share (h, w) float32, 0 to 1, in place."""
    cv2.blendLinear(over, part, share, 1 - share, dst=part)


def covered(layer):
    """Corners of the part of a layer, (size, size, 4) uint8, that covers anything: (4, 2) pixels, or None."""
    seen = layer[..., 3] > FAINT
    columns, rows = np.flatnonzero(seen.any(0)), np.flatnonzero(seen.any(1))
    if not len(columns):
        return None
    left, right, top, bottom = columns[0] - 1, columns[-1] + 1, rows[0] - 1, rows[-1] + 1
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
