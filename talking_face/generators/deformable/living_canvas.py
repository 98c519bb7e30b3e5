"""A photo whose head can turn and whose eyes can look around: two layers, and one resampling for all that moves.

Places of a new frame are looked up backward: the head's flow says where a place lay before the head turned, the
expression's where that was in the photo, the eyes' what was there before they turned. The person is a layer with an
alpha channel over the background, so that what lies behind stays where it is.
"""

import cv2
import numpy as np

from talking_face.face import geometry
from talking_face.generators.deformable.canvas import Canvas, blend, covered
from talking_face.generators.deformable.eyes import Eyes
from talking_face.generators.deformable.head import NOTHING, HeadFlow
from talking_face.generators.deformable.resampling import BETWEEN

REACH = 0.35  # eye distances that a head may move at most
ROOM = 2.9, 3.4  # eye distances beside and above the eyes where nothing moves any more
BELOW_CHIN = 1.3  # and below the chin
LEVELS = 0.08, 0.16, 0.3  # eye distances
BAND = 64  # pixels
SLACK = 3  # pixels around where eyes and mouth are thought to lie
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
        super().__init__(image, matrix)
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
        self.show(box, person)
        levels = () if matte is None else (*(level / np.hypot(*self.to_face[:, 0]) for level in LEVELS), np.inf)
        self.bands = [(most, list(self._bands(person[..., 3], min(most, max(self.size))))) for most in levels]
        self.corner = np.array(box[:2])
        self.distance = 1 / np.hypot(*self.to_face[:, 0])
        self.head = HeadFlow(mesh, box, self.image.shape[1::-1], matte is not None) if turns else None
        self.eyes = Eyes(mesh)
        # Samples between lattice and pixels, as dense as the face's own.
        step = np.array([self.face[2] - self.face[0], self.face[3] - self.face[1]]) / BETWEEN
        self.samples = tuple(max(2, round(side / one)) for side, one in zip(self.size, step))
        self.step = np.float32(self.size) / np.float32(self.samples)
        x, y = ((np.arange(n, dtype=np.float32) + 0.5) * one - 0.5 for n, one in zip(self.samples, self.step))
        self.places = np.stack(np.meshgrid(x + box[0], y + box[1]), -1).astype(np.float32)
        self.nothing = np.zeros_like(self.places)
        self.to_between = (*(1 / step), 0, 0), (*((0.5 - np.array(self.face[:2])) / step - 0.5), 0, 0)
        self.scale = (self.factor,) * 4
        self.faded = np.repeat(self.fade / np.float32(self.factor), 2, 2)

    def _head(self, mesh, matte):
        """Pixels that the head may cover as it moves, and those of the face: left, top, right, bottom."""
        chin = geometry.transform(self.to_face, mesh[152:153, :2])[0, 1]
        box = self.box((-ROOM[0], -ROOM[1], ROOM[0], chin + BELOW_CHIN))
        if matte is not None:
            seen = matte.person[: max(0, box[3] - matte.box[1]), :, 3] > 8
            columns, rows = np.flatnonzero(seen.any(0)), np.flatnonzero(seen.any(1))
            reach = int(np.ceil(REACH / np.hypot(*self.to_face[:, 0])))
            ends = np.array([columns[0], rows[0], columns[-1], rows[-1]]) + np.array(matte.box)[[0, 1, 0, 1]]
            box = *np.maximum(box[:2], ends[:2] - reach).tolist(), *np.minimum(box[2:], ends[2:] + reach).tolist()
        return *np.minimum(box[:2], self.face[:2]).tolist(), *np.maximum(box[2:], self.face[2:]).tolist()

    def render(self, flows, layer=None, placement=None, pose=NOTHING, look=None):
        """Move face, head and eyes; as `Canvas.render`.

        Parameters
        ----------
        pose : ndarray, (6,)
            As for `head.HeadFlow`.
        look : ndarray, (3,), optional
            As for `eyes.Eyes`.
        """
        between = cv2.resize(
            (flows @ self.linear).reshape(self.nodes, self.nodes, 2),
            (BETWEEN, BETWEEN),
            interpolation=cv2.INTER_LANCZOS4,
        )
        cv2.multiply(between, self.faded, dst=between)
        turned = cv2.resize(self.head(pose), self.samples, interpolation=cv2.INTER_CUBIC) if self.head else self.nothing
        before = cv2.add(self.places, turned)
        at = cv2.multiply(before, self.to_between[0])
        cv2.add(at, self.to_between[1], dst=at)
        moved = cv2.remap(between, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        lids = None
        if look is not None and np.any(look):
            low, high, here = self._window(
                self.eyes.low_corner - self.corner, self.eyes.high_corner - self.corner, turned
            )
            back, lids = self.eyes(before[here] + moved[here], look)
            if lids is not None:
                lids[..., :2] += moved[here] + turned[here]
            moved[here] += back
        cv2.add(moved, turned, dst=moved)
        cv2.multiply(moved, self.scale, dst=moved)
        where = cv2.resize(moved, self.size, interpolation=cv2.INTER_LINEAR)
        part = self._sample(where, np.abs(moved).max() / self.factor)
        if lids is not None:
            self._close(part, lids, low, high, here)
        if layer is not None:
            self._paint(part, layer, placement, turned, before)
        return part

    def _window(self, low, high, turned):
        """Where a box of the photo, in pixels of the part, may lie once the head has turned.

        Returns
        -------
        low, high : ndarray, (2,) int
            Of the part, pixels.
        samples : tuple of slice
            Rows and columns of the samples around it.
        """
        first, last = (
            np.clip((low / self.step).astype(int), 0, None),
            np.clip((high / self.step).astype(int), 1, self.samples),
        )
        there = -turned[first[1] : last[1] : SPARSE, first[0] : last[0] : SPARSE]
        low = np.clip(np.floor(low + there.min((0, 1)) - SLACK), 0, self.size).astype(int)
        high = np.clip(np.ceil(high + there.max((0, 1)) + SLACK), low + 1, np.array(self.size)).astype(int)
        first, last = np.maximum((low / self.step).astype(int) - 2, 0), (high / self.step).astype(int) + 3
        return low, high, (slice(first[1], last[1]), slice(first[0], last[0]))

    def _pixels(self, field, low, high, samples):
        """A field of the samples around a window at its pixels."""
        first = np.array([samples[1].start, samples[0].start])
        shrink = np.column_stack([np.diag(1 / self.step), (low + 0.5) / self.step - 0.5 - first])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(field, shrink, tuple((high - low).tolist()), flags=flags, borderMode=cv2.BORDER_REPLICATE)

    def _close(self, part, lids, low, high, samples):
        """Draw the upper lids over the eyes, in place."""
        lids = self._pixels(lids, low, high, samples)
        window = slice(low[1], high[1]), slice(low[0], high[0])
        where = lids[..., :2] * np.float32(self.factor) + self.base[window]
        skin = cv2.remap(self.fine, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        share = np.clip(lids[..., 2] + np.float32(0.5), 0, 1)
        part[window] = cv2.blendLinear(skin, np.ascontiguousarray(part[window]), share, 1 - share)

    def _sample(self, where, reach):
        """The layers at places (h, w, 2) that nowhere lie further than `reach` pixels away: (h, w, 4) uint8."""
        options = {"interpolation": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REFLECT}
        if self.behind is None:
            return cv2.remap(self.fine, cv2.add(where, self.base), None, **options)
        part = self.behind.copy()
        bands = next(bands for most, bands in self.bands if reach < most)
        for rows, seen, edges in bands:
            places = cv2.add(where[rows, seen], self.base[rows, seen])
            cv2.remap(self.fine, places, None, dst=part[rows, seen], **options)
            for edge in edges:
                here = part[rows, edge]
                share = cv2.merge([cv2.bitwise_not(cv2.extractChannel(here, 3))] * 4)
                cv2.add(here, cv2.multiply(self.behind[rows, edge], share, scale=1 / 255), dst=here)
        return part

    def _bands(self, alpha, reach):
        """Where there is anything to sample, and to blend, if nothing moves further than `reach` pixels.

        Bands of rows, the columns of each in which the person may be, and those of them in which the background may be.
        """
        ball = np.ones((2 * round(reach) + 1,) * 2, np.uint8)
        inside, anything = (
            cv2.erode((alpha == 255).astype(np.uint8), ball),
            cv2.dilate((alpha > 0).astype(np.uint8), ball),
        )
        for top in range(0, self.size[1], BAND):
            rows = slice(top, min(top + BAND, self.size[1]))
            columns = np.flatnonzero(anything[rows].any(0))
            if not len(columns):
                continue
            first, last = int(columns[0]), int(columns[-1]) + 1
            # The longest run of columns without any background.
            gaps = np.concatenate([[first - 1], first + np.flatnonzero(~inside[rows, first:last].all(0)), [last]])
            longest = np.diff(gaps).argmax()
            edges = slice(first, int(gaps[longest]) + 1), slice(int(gaps[longest + 1]), last)
            yield rows, slice(first, last), [edge for edge in edges if edge.start < edge.stop]

    def _paint(self, part, layer, placement, turned, before):
        """Blend a painted region in where the head has taken it, in place."""
        matrix, (rows, columns) = placement
        corner = np.array([columns.start, rows.start])
        corners = covered(layer)
        if corners is None:
            return
        painted = geometry.transform(matrix, corners) + corner
        low, high, here = self._window(painted.min(0), painted.max(0), turned)
        to_region = geometry.invert(matrix)
        to_region[:, 2] -= to_region[:, :2] @ (corner + self.corner)
        where = before[here] @ to_region[:, :2].T.astype(np.float32) + to_region[:, 2].astype(np.float32)
        where = self._pixels(where, low, high, here)
        paint = cv2.remap(layer, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        blend(part[low[1] : high[1], low[0] : high[0]], paint)
