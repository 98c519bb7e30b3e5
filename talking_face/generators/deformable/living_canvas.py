"""A photo whose head can turn and whose eyes can look around: two layers, and one resampling for all that moves.

Places of a new frame are looked up backward: the head's flow says where a place lay before the head turned, the
expression's where that was in the photo, the eyes' what was there before they turned. The person is a layer with an
alpha channel over the background, so that what lies behind stays where it is.
"""

import cv2
import numpy as np
import torch

from talking_face.concurrency.scratch import scratch
from talking_face.face import geometry
from talking_face.face.mesh.topology import CHIN, UNDER_BROWS
from talking_face.generators.deformable.canvas import Canvas, blend, covered, mix
from talking_face.generators.deformable.eyes import Eyes
from talking_face.generators.deformable.head import HeadFlow
from talking_face.generators.deformable.resampling import BETWEEN

REACH = 0.35  # eye distances that a head may move at most
ROOM = 2.9, 3.4  # eye distances beside and above the eyes where nothing moves any more
BELOW_CHIN = 1.9  # and below the chin
BAND = 180_000  # pixels that are sampled at once: more would not fit a processor's cache, fewer are too many calls
NEAR = 5  # samples: side of a square around one, whatever lies in which is near it
EMPTY, MIXED, FULL = range(3)  # what a sample and all that is near it shows of the person
SLACK = 3  # pixels around where eyes and mouth are thought to lie
LIPS = 0.12, 0.25  # eye distances beside and above what is between the lips in which these are sharpened
SHARPEST = 0.8  # detail that is added at most, of what there is
SPARSE = 6  # samples between those that tell where that is


class LivingCanvas(Canvas):
    """A picture with a face in it, ready to be warped where the head is.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
    matrix : ndarray, (2, 3)
        Image pixel -> canonical crop pixel.
    mesh : ndarray, (478, 3)
        Image pixels.
    matte : matte.Matte, optional
        Of the image; without one, what lies beside the head bends along.
    turns : bool, optional
        Whether the head can turn; otherwise face and eyes move alone.
    """

    def __init__(self, image, matrix, mesh, matte=None, turns=True):
        self.place(image, matrix)
        under = geometry.transform(self.to_face, mesh[list(UNDER_BROWS), :2])
        self.under_brows = torch.from_numpy(under.astype(np.float32))
        box = self._head(mesh, matte) if turns else self.face
        person = cv2.cvtColor(self.image[box[1] : box[3], box[0] : box[2]], cv2.COLOR_RGB2RGBA)
        self.behind = None if matte is None else person.copy()
        if matte is not None:
            low, high = np.maximum(box[:2], matte.box[:2]), np.minimum(box[2:], matte.box[2:])
            here, there = (
                tuple(slice(*ends) for ends in zip((low - b[:2])[::-1], (high - b[:2])[::-1])) for b in (box, matte.box)
            )
            self.behind[here][..., :3] = matte.plate[there]
            person[here] = matte.person[there]
            person[..., 3] = 255 - person[..., 3]  # what is seen of the background
        self.show(box, person)
        self.corner = np.array(box[:2])
        self.distance = 1 / np.hypot(*self.to_face[:, 0])
        # Samples between lattice and pixels, about as dense as the face's own; one more on each side.
        self.step = max(2, round(max(self.face[2] - self.face[0], self.face[3] - self.face[1]) / BETWEEN))
        self.samples = tuple(-(-side // self.step) + 2 for side in self.size)
        bands = -(-self.size[0] * self.size[1] // BAND)
        self.band = -(-self.samples[1] // bands)  # samples: height of the rows that are sampled at once
        around = self.corner - self.step
        x, y = (np.arange(n) * self.step + (self.step - 1) / 2 + first for n, first in zip(self.samples, around))
        self.places = np.stack(np.meshgrid(x, y), -1).astype(np.float32)
        self.fine_places = self.factor * (self.places - np.float32(self.corner))
        whole = *around, *(around + self.step * np.array(self.samples))
        self.head = HeadFlow(mesh, whole, self.image.shape[1::-1], matte is not None) if turns else None
        self.eyes = Eyes(mesh, self.image)
        dense = BETWEEN / np.array([self.face[2] - self.face[0], self.face[3] - self.face[1]])
        self.to_between = (*dense, 0, 0), (*((0.5 - np.array(self.face[:2])) * dense - 0.5), 0, 0)
        self.scale = (self.factor,) * 4
        self.cover = None if matte is None else self._cover(255 - person[..., 3])
        self.faded = np.repeat(self.fade / np.float32(self.factor), 2, 2)

    def _head(self, mesh, matte):
        """Pixels that the head may cover as it moves, and those of the face: left, top, right, bottom."""
        chin = geometry.transform(self.to_face, mesh[None, CHIN, :2])[0, 1]
        box = self.box((-ROOM[0], -ROOM[1], ROOM[0], chin + BELOW_CHIN))
        if matte is not None:
            seen = matte.person[: max(0, box[3] - matte.box[1]), :, 3] > 8
            columns, rows = np.flatnonzero(seen.any(0)), np.flatnonzero(seen.any(1))
            reach = int(np.ceil(REACH / np.hypot(*self.to_face[:, 0])))
            ends = np.array([columns[0], rows[0], columns[-1], rows[-1]]) + np.array(matte.box)[[0, 1, 0, 1]]
            box = *np.maximum(box[:2], ends[:2] - reach).tolist(), *np.minimum(box[2:], ends[2:] + reach).tolist()
        return *np.minimum(box[:2], self.face[:2]).tolist(), *np.maximum(box[2:], self.face[2:]).tolist()

    def render(self, flows, layer=None, placement=None, turn=None, look=None):
        """Move face, head and eyes; as `Canvas.render`.

        Parameters
        ----------
        turn : ndarray, (rows, columns, 2), optional
            Of the head, as `head.HeadFlow` gives it.
        look : ndarray, (h, w, 2 or 4), optional
            Of the eyes, as `eyes.Eyes` gives it.
        """
        between = scratch("between", self.faded.shape)
        flows = (flows @ self.linear).reshape(self.nodes, self.nodes, 2)
        cv2.resize(flows, between.shape[:2], dst=between, interpolation=cv2.INTER_LANCZOS4)
        cv2.multiply(between, self.faded, dst=between)
        turned, before, at, moved = (scratch(name, self.places.shape) for name in ("turned", "before", "at", "moved"))
        if turn is None:
            turned[:] = 0
        else:
            cv2.resize(turn, self.samples, dst=turned, interpolation=cv2.INTER_CUBIC)
        cv2.add(self.places, turned, dst=before)
        cv2.multiply(before, self.to_between[0], dst=at)
        cv2.add(at, self.to_between[1], dst=at)
        cv2.remap(between, at, None, cv2.INTER_LINEAR, dst=moved, borderMode=cv2.BORDER_CONSTANT)
        lids = None
        if look is not None:
            low, high = self.eyes.low_corner - self.corner, self.eyes.high_corner - self.corner
            low, high, here = self._window(low, high, self._shift(low, high, turned))
            back, lids = self.eyes.back(look, before[here] + moved[here])
            if lids is not None:
                lids[..., :2] += moved[here] + before[here] - np.float32(self.corner)
            moved[here] += back
        cv2.add(moved, turned, dst=moved)
        cv2.scaleAdd(moved, self.factor, self.fine_places, dst=moved)
        part = self._sample(moved)
        if lids is not None:
            self._close(part, lids, low, high)
        if layer is not None:
            self._paint(part, layer, placement, turned, before, moved)
        return part

    def _shift(self, low, high, turned):
        """How far a box of the photo, in pixels of the part, may go as the head turns: least and most, (2,) each."""
        rows, columns = self._around(np.clip(low, 0, self.size), np.clip(high, 0, self.size))
        there = turned[rows, columns][::SPARSE, ::SPARSE].reshape(-1, 2)
        return -there.max(0), -there.min(0)

    def _window(self, low, high, shift):
        """Where a box of the photo, in pixels of the part, may lie once it has gone so far; `shift` as of `_shift`.

        Returns
        -------
        low, high : ndarray, (2,) int
            Of the part, pixels.
        samples : tuple of slice
            Rows and columns of the samples around it.
        """
        low = np.clip(np.floor(low + shift[0] - SLACK), 0, np.array(self.size) - 1).astype(int)
        high = np.clip(np.ceil(high + shift[1] + SLACK), low + 1, self.size).astype(int)
        return low, high, self._around(low, high)

    def _around(self, low, high):
        """Rows and columns of the samples that pixels from `low` to before `high` are interpolated from: two slices."""
        return tuple(slice(int(a / self.step), int((b - 1) / self.step) + 3) for a, b in zip(low[::-1], high[::-1]))

    def _pixels(self, samples, low, high, name):
        """The samples `_around` some pixels, (rows, columns, C) float32, at those pixels, in memory of that name."""
        rows, columns = (self.step * n for n in samples.shape[:2])
        pixels = scratch(name, (rows, columns, samples.shape[2]))
        cv2.resize(samples, (columns, rows), dst=pixels, interpolation=cv2.INTER_LINEAR)
        left, top = (int(end) % self.step + self.step for end in low)
        return pixels[top : top + high[1] - low[1], left : left + high[0] - low[0]]

    def _close(self, part, lids, low, high):
        """Draw the upper lids over the eyes, in place."""
        lids = self._pixels(lids, low, high, "lids")
        where = lids[..., :2] * np.float32(self.factor)
        skin = cv2.remap(self.fine, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        share = np.clip(lids[..., 2] + np.float32(0.5), 0, 1)
        mix(part[low[1] : high[1], low[0] : high[0]], skin, share)

    def _sample(self, places):
        """The layers where samples (rows, columns, 2) say, pixels of `fine`: (h, w, 4) uint8."""
        part = scratch("part", (self.size[1], self.size[0], 4), np.uint8)
        for rows, seen, edges in self._bands(places):
            low, high = (seen.start, rows.start), (seen.stop, rows.stop)
            if seen.start < seen.stop:
                where = self._pixels(places[self._around(low, high)], low, high, "where")
                sharp = part[rows, seen]
                cv2.remap(self.fine, where, None, cv2.INTER_LINEAR, dst=sharp, borderMode=cv2.BORDER_REFLECT)
            if self.behind is None:
                continue
            for beside in slice(seen.start), slice(seen.stop, None):
                part[rows, beside] = self.behind[rows, beside]
            for edge in edges:
                here, size = part[rows, edge], (rows.stop - rows.start, edge.stop - edge.start)
                alpha, share = scratch("alpha", size, np.uint8), scratch("share", (*size, 4), np.uint8)
                cv2.cvtColor(cv2.extractChannel(here, 3, dst=alpha), cv2.COLOR_GRAY2RGBA, dst=share)
                cv2.multiply(self.behind[rows, edge], share, dst=share, scale=1 / 255)
                cv2.add(here, share, dst=here)
        return part

    def _cover(self, alpha):
        """What is near each sample of the photo: `EMPTY`, `MIXED` or `FULL`, (rows, columns) uint8."""
        ball = np.ones((NEAR * self.step,) * 2, np.uint8)
        least, most = (
            cv2.resize(work(alpha, ball), None, fx=1 / self.step, fy=1 / self.step, interpolation=cv2.INTER_NEAREST)
            for work in (cv2.erode, cv2.dilate)
        )
        return np.where(least == 255, FULL, np.where(most == 0, EMPTY, MIXED)).astype(np.uint8)

    def _bands(self, places):
        """Where the person may be seen, and where the background beside it or through it.

        Yields
        ------
        rows, seen : slice
            Pixels: some rows, and the columns of those in which the person may be.
        edges : list of slice
            Columns of those in which the background may be.
        """
        columns, rows = (n - 2 for n in self.samples)
        tops = range(0, rows, self.band)
        if self.cover is None:
            some = full = np.ones((len(tops), columns), bool)
        else:
            at = cv2.multiply(places, (1 / (self.factor * self.step),) * 4, dst=scratch("at", places.shape))
            cover = cv2.remap(self.cover, at, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)[1:-1, 1:-1]
            some, full = np.maximum.reduceat(cover, tops) > EMPTY, np.minimum.reduceat(cover, tops) == FULL
        for top, some_here, full_here in zip(tops, some, full):
            seen = np.flatnonzero(some_here)
            left, right = (seen[0], seen[-1] + 1) if len(seen) else (0, 0)
            # The longest run of columns without any background.
            gaps = np.concatenate([[left - 1], left + np.flatnonzero(~full_here[left:right]), [right]])
            longest = np.diff(gaps).argmax()
            ends = np.array([left, gaps[longest] + 1, gaps[longest + 1], right]) * self.step
            left, first, last, right = np.minimum(ends, self.size[0]).tolist()
            band = slice(top * self.step, min((top + self.band) * self.step, self.size[1]))
            edges = slice(left, first), slice(last, right)
            yield band, slice(left, right), [edge for edge in edges if edge.start < edge.stop]

    def _paint(self, part, layer, placement, turned, before, moved):
        """Blend a painted region in where the head has taken it, and sharpen what is stretched there, in place."""
        matrix, (rows, columns) = placement
        corner = np.array([columns.start, rows.start])
        corners = covered(layer)
        if corners is None:
            return
        painted = geometry.transform(matrix, corners) + corner
        low, high, around = painted.min(0), painted.max(0), np.array(LIPS) * self.distance
        shift = self._shift(low - around, high + around, turned)
        self._sharpen(part, *self._window(low - around, high + around, shift), moved)
        low, high, here = self._window(low, high, shift)
        to_region = geometry.invert(matrix)
        to_region[:, 2] -= to_region[:, :2] @ (corner + self.corner)
        where = self._pixels(cv2.transform(before[here], to_region), low, high, "region")
        paint = scratch("paint", (*where.shape[:2], 4), np.uint8)
        cv2.remap(layer, where, None, cv2.INTER_CUBIC, dst=paint, borderMode=cv2.BORDER_CONSTANT)
        blend(part[low[1] : high[1], low[0] : high[0]], paint)

    def _sharpen(self, part, low, high, here, moved):
        """Strengthen fine detail between two corners of the part by as much as stretching has weakened it, in place."""
        stretch = cv2.extractChannel(np.ascontiguousarray(moved[here]), 1)
        stretch = 1 - cv2.Sobel(stretch, -1, 0, 1, ksize=1, scale=0.5 / (self.factor * self.step))
        down, along = (np.minimum(np.arange(n), np.arange(n)[::-1], dtype=np.float32) / n for n in stretch.shape)
        faded = (6 * np.minimum(down[:, None], along)).clip(0, SHARPEST) * stretch.clip(0, 1)
        share = self._pixels(faded[..., None], low, high, "stretch")[..., 0]
        window = part[low[1] : high[1], low[0] : high[0]]
        soft = cv2.GaussianBlur(window, (5, 5), 1)
        cv2.blendLinear(window, soft, 1 + share, -share, dst=window)
