"""What lies between the lips: an upper row of teeth fixed to the skull, a lower one to the jaw, a tongue and the dark.

A row's size belongs to the person; opening lips bare it, and never stretch it. All pictures lie in the mouth region
(`mouth.mouth_box`), at `FINE` pixels a side.
"""

from dataclasses import dataclass, field, replace
from itertools import repeat

import cv2
import numpy as np
import torch

from talking_face.face.geometry import LIPS, smoothstep
from talking_face.generators.deformable.inside.lines import hidden, lip_depths, opening
from talking_face.generators.deformable.inside.teeth import EDGE, SCALE, WIDTH, going_on
from talking_face.generators.deformable.mouth import FINE, LOWER_INNER, REGION_SIZE, UPPER_INNER
from talking_face.generators.deformable.tone import toned

# Fitted, like the lines of speaking lips and `teeth.LOWER`, to mouths that speak and that smile: to the mean and the
# deviation of their colours from lip to lip, by the size of the opening. Log colours less the teeth's, R, G and B:
DARK, CHEEK = np.log([0.25, 0.13, 0.13]), np.log([0.39, 0.21, 0.21])
TONGUE = np.log([0.77, 0.47, 0.48])
CHIN = [7, 8, 9]  # landmarks that follow the jaw
BEND = 1.0  # eye distances that the lower row, an upper one upside down, is bent up an eye distance from its middle
NARROW, LOW = 0.74, 0.85  # width and height of lower teeth, of the upper ones'
OVERLAP = 0.07  # eye distances that the upper teeth cover of the lower ones while the jaw is shut
DEPTH = 0.10  # eye distances from the lips back to the teeth
BARED = 0.065  # eye distances of the lower teeth that the lower lip bares at most
TONGUE_DROP, TONGUE_WIDTH, TONGUE_RISE = 0.007, 0.31, 0.8  # eye distances below the lower edge; half width; of the gap
TONGUE_EDGE = 0.64  # light on its edge
LOWER_LIGHT = -0.07  # log of that of the lower teeth, of the upper ones'
# Depth of the upper lip's shadow, speaking and smiling, and the lower one's; how far they reach, eye distances.
UPPER_SHADE, LOWER_SHADE, SHADE_REACH = (0.65, 0.2), 0.06, (0.06, 0.045)
CORNER, CORNER_SHADE = 0.7, (0.7, 0.28)  # half widths from the middle at which teeth begin to darken; by how much
# Speaking lips let in less light than smiling ones: log of the factor, and widths over the one at rest between both.
SPEAKING, SMILING = np.array([-0.18, -0.28, -0.28]), (1.0, 1.2)
SMILING_LIGHT = 0.06  # log of that between lips that smile
STILL = 0.02  # eye distances that lips may move without what is between them changing
SHARP = 0.45  # pixels of blur that the bank's own portraits may be thought to have
CRISP = 0.25  # by how much edges of teeth are strengthened to come out as sharp as they were
EDGE_SOFTNESS = 1.6  # pixels over which the lips' edge is blended


@dataclass(frozen=True)
class Anatomy:
    """What is between one person's lips, wherever they are.

    Attributes
    ----------
    upper : ndarray, (FINE, FINE, 4) float32
        The upper teeth, RGB 0 to 255 and cover 0 to 1.
    lower : ndarray, (FINE, FINE, 4) float32
        The lower ones while the jaw is shut.
    dark, cheek, tongue : ndarray, (3,) float32
        What is in the middle and at the sides of the cavity, and the tongue: RGB, 0 to 255.
    corner : ndarray, (2,)
        Upper left corner of the region, face units.
    middle, edge : float
        Column of the front teeth's middle and row of the lower ones' edge, pixels.
    chin : ndarray, (2,)
        Where it is while the jaw is shut, face units.
    width : float
        Of the lips at rest, pixels.
    softness : float
        Pixels over which the lips' edge is blended.
    speaking : ndarray, (3,)
        Log of the light between lips that speak, of that between lips that smile.
    shown : tuple, optional
        What the photo shows between its lips, as a layer, and its landmarks.
    """

    upper: np.ndarray
    lower: np.ndarray
    dark: np.ndarray
    cheek: np.ndarray
    tongue: np.ndarray
    corner: np.ndarray
    middle: float
    edge: float
    chin: np.ndarray
    width: float
    softness: float
    speaking: np.ndarray = field(default_factory=lambda: SPEAKING)
    shown: tuple | None = None

    @classmethod
    def of(cls, row, colour, rest, corner, yaw=0.0, blur=0.0):
        """Place a row of teeth in a mouth.

        Parameters
        ----------
        row : teeth.Row
        colour : ndarray, (3,)
            Log of this face's teeth.
        rest : ndarray, (68, 2)
            The face at rest, face units.
        corner : ndarray, (2,)
            Upper left corner of the region, face units.
        yaw : float
            How far the photo's head is turned to the picture's right, degrees.
        blur : float
            Standard deviation of the photo's, pixels of the region.
        """
        aside = np.radians(yaw)
        across = row.scale * np.cos(aside)
        teeth = np.array([(rest[60, 0] + rest[64, 0]) / 2 - DEPTH * np.sin(aside), (rest[62, 1] + rest[66, 1]) / 2])
        middle, edge = (teeth + [0, row.drop] - corner) * (FINE / REGION_SIZE) - 0.5
        picture = row.picture.astype(np.float32)
        picture[..., :3] = (picture[..., :3] * np.exp(colour - row.colour)).clip(0, 255)
        picture[..., 3] /= 255
        picture = going_on(picture)
        if blur > SHARP:
            picture = cv2.GaussianBlur(picture, (0, 0), np.sqrt(blur**2 - SHARP**2))
        else:  # teeth are resampled twice until they are seen
            picture[..., :3] += CRISP * (picture[..., :3] - cv2.GaussianBlur(picture[..., :3], (0, 0), 1))
        upper = place(picture, (middle, edge), (across, row.scale))
        low = edge - OVERLAP * SCALE
        lower = place(picture, (middle, low), (across * NARROW, -row.scale * LOW), BEND)
        lower[..., 3] *= np.arange(FINE)[:, None] < low + 60
        paints = (np.exp(colour + paint).astype(np.float32) for paint in (DARK, CHEEK, TONGUE))
        chin = rest[CHIN].mean(0)
        width = max(rest[64, 0] - rest[60, 0], 0.1) * FINE / REGION_SIZE
        return cls(
            upper.clip(0, 255),
            lower.clip(0, 255),
            *paints,
            np.asarray(corner),
            middle,
            low,
            chin,
            width,
            EDGE_SOFTNESS + 1.5 * max(0, blur - SHARP),
        )

    def showing(self, picture, landmarks):
        """The same of a photo with an open mouth: mouth region (FINE, FINE, 3) uint8, landmarks (68, 2) -> Anatomy."""
        points = (landmarks - self.corner) * (FINE / REGION_SIZE) - 0.5
        places = np.arange(FINE, dtype=np.float32)
        cover = (lip_depths(points, places, places)[0] / self.softness + 0.3).clip(0, 1)
        return replace(self, shown=(np.dstack([picture, 255 * cover]).astype(np.float32), landmarks[LIPS]))

    def keep_shown(self, layers, landmarks):
        """While lips are where the photo has them, keep what it shows between them: layers as of `layers`, in place."""
        for layer, share in zip(layers, self._still(landmarks)):
            if share > 0.02:
                layer[:] = np.rint(layer + share * (self.shown[0] - layer))

    def _still(self, landmarks):
        """How much lips are where a photo that shows what is between them has them: (T,), 0 to 1."""
        if self.shown is None:
            return np.zeros(len(landmarks), np.float32)
        moved = np.sqrt(((landmarks[:, LIPS] - self.shown[1]) ** 2).sum(-1).mean(-1))
        return np.exp(-((moved / STILL) ** 2))

    def lips(self, landmarks, bite=None):
        """Landmarks with the inner lips at the edges of what is drawn: (T, 68, 2) -> (T, 68, 2) float32, face units.

        Arguments as for `layers`.
        """
        reached = np.array(landmarks, np.float32)
        ends = reached[:, [60, 64], 0]
        middle, half = ends.mean(1, keepdims=True), np.maximum(np.diff(ends) / 2, REGION_SIZE / FINE)
        share = (1 - self._still(landmarks))[:, None] * self._speaking(half * (FINE / REGION_SIZE))
        share = share if bite is None else share * (1 - bite[:, None])
        upper, lower = reached[:, UPPER_INNER[1:-1]], reached[:, LOWER_INNER[1:-1]]
        over, under = hidden((lower - upper)[..., 1].clip(0), (upper[..., 0] - middle) / half)
        reached[:, UPPER_INNER[1:-1], 1] += share * over
        reached[:, LOWER_INNER[1:-1], 1] -= share * under
        return reached

    def _speaking(self, half):
        """How much lips speak rather than smile, 0 to 1, by half their width in pixels."""
        return 1 - smoothstep((2 * half / self.width - SMILING[0]) / (SMILING[1] - SMILING[0]))

    def teeth(self):
        """The upper row alone, as `layers` are: (FINE, FINE, 4) uint8."""
        return (self.upper * [1, 1, 1, 255]).round().astype(np.uint8)

    def toned(self, curves, share):
        """The same in the tone of a picture that `tone.tone_of` describes: Anatomy."""
        if not share:
            return self

        def tone(colours):
            channels = torch.from_numpy(colours[..., :3].reshape(1, -1, 1, 3) / 255).movedim(-1, 1)
            changed = toned(channels, curves, share).movedim(1, -1).reshape(colours[..., :3].shape).numpy() * 255
            return np.concatenate([changed, colours[..., 3:]], -1).astype(np.float32)

        parts = {name: tone(getattr(self, name)) for name in ("upper", "lower", "dark", "cheek", "tongue")}
        return replace(self, **parts, speaking=self.speaking + share * (self.speaking.mean() - self.speaking))

    def layers(self, landmarks, bite=None):
        """Draw the inside of the mouth for each frame.

        Parameters
        ----------
        landmarks : ndarray, (T, 68, 2)
            Face units.
        bite : ndarray, (T,), optional
            How far the lower lip lies on the upper teeth, which are then not behind speaking lips but before them, in
            as much light as a smile's; 0 to 1, by default 0.

        Returns
        -------
        ndarray, (T, FINE, FINE, 4) uint8
            RGB, and how much it covers: zero outside the lips.
        """
        out = np.zeros((len(landmarks), FINE, FINE, 4), np.uint8)
        points = (landmarks - self.corner) * (FINE / REGION_SIZE) - 0.5
        jaw = (landmarks[:, CHIN].mean(1) - self.chin) * (FINE / REGION_SIZE)
        for frame, drop, whole, share in zip(points, jaw, out, repeat(0.0) if bite is None else bite):
            window = opening(frame)
            if window is not None:
                whole[window] = self.draw(frame, drop, window, share)
        return out

    def draw(self, points, jaw, window, bite=0.0):
        """The inside of the mouth in a window of the region, (h, w, 4) uint8; points and jaw in pixels."""
        rows, columns = (np.arange(s.start, s.stop, dtype=np.float32) for s in window)
        half = max((points[64, 0] - points[60, 0]) / 2, 1.0)
        speaking = (1 - bite) * self._speaking(half)
        depth, below, above = lip_depths(points, columns, rows, speaking)
        across = np.abs(columns - (points[64, 0] + points[60, 0]) / 2) / half
        picture = np.empty((len(rows), len(columns), 3), np.float32)
        picture[:] = self.dark + smoothstep((across - 0.2) * 2)[:, None] * (self.cheek - self.dark)
        lip = rows[0] + np.interp(points[66, 0], columns, above[0])
        unit = FINE / REGION_SIZE
        jaw = jaw[0], max(jaw[1], lip - self.edge - BARED * unit)
        edge = self.edge + jaw[1]
        self._draw_tongue(picture, rows, columns, edge, jaw[0])
        shift = np.array([[1, 0, jaw[0] - window[1].start], [0, 1, jaw[1] - window[0].start]])
        size = len(columns), len(rows)
        lower = cv2.warpAffine(self.lower, shift, size, flags=cv2.INTER_LINEAR)
        lower[..., :3] *= np.float32(np.exp(LOWER_LIGHT))
        lay(picture, lower)
        lay(picture, self.upper[window])
        shade = np.ones_like(below)
        mixed = lambda pair: pair[1] + speaking * (pair[0] - pair[1])
        for distance, deep, reach in zip((below, above), (mixed(UPPER_SHADE), LOWER_SHADE), SHADE_REACH):
            shade *= 1 - deep * np.exp(-distance.clip(0) / (reach * unit))
        shade *= 1 - mixed(CORNER_SHADE) * smoothstep((across - CORNER) / (1 - CORNER))
        shade = shade[..., None] * np.exp(speaking * self.speaking + (1 - speaking) * SMILING_LIGHT).astype(np.float32)
        picture *= shade
        cover = (depth / self.softness + 0.3).clip(0, 1)
        return np.dstack([picture, 255 * cover]).clip(0, 255).round().astype(np.uint8)

    def _draw_tongue(self, picture, rows, columns, edge, aside):
        """Behind the lower teeth: higher the further the jaw is open, but always below the upper ones' edge."""
        unit = FINE / REGION_SIZE
        room = max(0.0, edge - self.edge)
        across = ((columns - self.middle - aside) / (TONGUE_WIDTH * unit)) ** 2
        top = edge + TONGUE_DROP * unit - TONGUE_RISE * room * (1 - across.clip(0, 1))
        groove = 1 - 0.12 * np.exp(-across / 0.01)
        height = rows[:, None] - top
        light = TONGUE_EDGE + (1 - TONGUE_EDGE) * smoothstep(height / (0.12 * unit))
        light = light * groove * (1 - 0.5 * across.clip(0, 1))
        share = ((height / 3 + 0.5).clip(0, 1) * ((1 - across) * 4).clip(0, 1))[..., None]
        picture += share * (light[..., None] * self.tongue - picture)


def place(picture, edge, size, bend=0.0):
    """Put a row of teeth into the region.

    Parameters
    ----------
    picture : ndarray, (HEIGHT, WIDTH, 4) float32
    edge : (float, float)
        Where the middle of its edge comes to lie, pixels.
    size : (float, float)
        Width and height of a pixel; a negative height turns the row upside down.
    bend : float
        Eye distances that the row is bent up an eye distance from its middle.

    Returns
    -------
    ndarray, (FINE, FINE, 4) float32
    """
    y, x = np.mgrid[:FINE, :FINE].astype(np.float32)
    x, unit = x - np.float32(edge[0]), FINE / REGION_SIZE
    y = y - np.float32(edge[1]) + np.float32(bend / unit) * x * x
    places = (x / size[0] + WIDTH / 2 - 0.5).astype(np.float32), (y / size[1] + EDGE).astype(np.float32)
    return cv2.remap(picture, *places, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)


def lay(picture, over):
    """Lay a picture, (h, w, 4) with cover 0 to 1, over another, (h, w, 3), in place."""
    picture += over[..., 3:] * (over[..., :3] - picture)
