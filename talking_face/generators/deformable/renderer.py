"""From driven landmarks to pictures: warp the photo, paint the mouth, lay one over the other.

All that depends on the photo alone is done once, in `Canvas` and `Renderer.state`; a frame then costs one flow, one
bilinear remap and one pass of the painter over the mouth region.
"""

from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from itertools import repeat

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from talking_face.face import geometry
from talking_face.face.images import warp
from talking_face.generators.deformable import flow, mouth
from talking_face.generators.deformable.canvas import Canvas
from talking_face.generators.deformable.inside.anatomy import Anatomy
from talking_face.generators.deformable.inside.mouths import Mouths
from talking_face.generators.deformable.inside.sharpness import SIZE, blur_of
from talking_face.generators.deformable.painter import KIND, DeformablePainter
from talking_face.generators.deformable.region import cut, move_region, normalised, region_matrix, region_of
from talking_face.generators.deformable.tone import tone_of, toned
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_network

WEIGHTS = CHECKPOINTS / "deformable.safetensors"
# Face units -> pixels of the picture whose sharpness is measured.
TO_PICTURE, TO_CROP = (
    geometry.similarity(np.eye(2), geometry.face_to_crop(np.eye(2), side)) for side in (SIZE, geometry.CROP_SIZE)
)
FORWARD = 0.6  # share of the painter's shadow that teeth on the lower lip are not in: it knows mouths that open only
REGION_LATTICE = 30  # flow samples along each side of the mouth region


@dataclass(frozen=True)
class State:
    """What the renderer keeps of a photo.

    Attributes
    ----------
    canvas : Canvas
    field : flow.FlowField
        At the canvas' lattice and the mouth region's.
    box : Tensor, (1, 4)
        The mouth region, face units.
    region : ndarray, (96, 96, 4) float32
        Its picture, normalised colours; the fourth channel means nothing.
    encoded : tuple
        What the painter made of it.
    mean, scale : Tensor
        Of its colours.
    tone : tuple
        As `tone.tone_of` gives it.
    placement : tuple
        Where the layer lies, as `Canvas.placement` gives it.
    anatomy : Anatomy
    """

    canvas: Canvas
    field: flow.FlowField
    box: torch.Tensor
    region: np.ndarray
    encoded: tuple
    mean: torch.Tensor
    scale: torch.Tensor
    tone: tuple
    placement: tuple
    anatomy: Anatomy


class Renderer:
    """Renders frames of a face with a painter.

    Parameters
    ----------
    painter : DeformablePainter
        Stays as it is.
    half : bool, optional
        Whether to paint in bfloat16; by default where the processor knows it, as it is slower where it does not.
    """

    def __init__(self, painter, half=None):
        half = torch.cpu.get_capabilities().get("avx512_bf16", False) if half is None else half
        self.precision = partial(torch.autocast, "cpu", torch.bfloat16) if half else nullcontext
        # Autocast would round the weights anew for every piece of work.
        self.dtype = torch.bfloat16 if half else torch.float32
        self.painter = deepcopy(painter).eval().to(dtype=self.dtype, memory_format=torch.channels_last)
        self.mouths = Mouths.load()

    @classmethod
    def load(cls, path=WEIGHTS):
        """Read the painter's weights; raises CheckpointError as `weights.load_network`."""
        return cls(load_network(path, KIND, DeformablePainter))

    @torch.inference_mode()
    def state(self, canvas, crop, landmarks, yaw=0.0, shown=None, closed=None, smile=None):
        """Prepare a photo.

        Parameters
        ----------
        canvas : Canvas
            The picture to move, its mouth shut (`inside.shut.shut_mouth`).
        crop : ndarray, (256, 256, 3) uint8
            The canonical crop, for the painter.
        landmarks : ndarray, (68, 2)
            Face units.
        yaw : float
            How far the head is turned to the picture's right, degrees.
        shown : ndarray, (H, W, 3) uint8, optional
            The canvas' picture with what its lips show, if its mouth was shut.
        closed : ndarray, (68, 2), optional
            Landmarks of the canvas' picture then, face units.
        smile : tuple, optional
            Another photo of the person, for its teeth: arguments as for `inside.mouths.Mouths.own_teeth`.

        Returns
        -------
        State
        """
        source = torch.from_numpy(np.asarray(landmarks, np.float32))[None]
        box = mouth.mouth_box(source)
        region = region_of(crop, box)
        mean, scale = mouth.normalise_colour(region)
        tone = tone_of(region)
        region = (region - mean) / scale
        profiles = mouth.lip_profiles(mouth.to_region(source, box))
        corner = box[0, :2].double().numpy()
        to_picture = geometry.compose(canvas.to_face, TO_PICTURE)
        picture = warp(canvas.image if shown is None else shown, to_picture, (SIZE, SIZE))
        row = self.mouths.own_teeth(picture, crop, landmarks) or (smile and self.mouths.own_teeth(*smile))
        anatomy = self.mouths(crop, landmarks, corner, yaw, blur_of(picture), row).toned(*tone)
        if shown is not None:
            anatomy = anatomy.showing(
                cut(picture, region_matrix(box[0].numpy(), mouth.FINE, SIZE), mouth.FINE), landmarks
            )
        teeth = normalised(anatomy.teeth()[None], mean, scale)
        with self.precision():
            encoded = self.painter.mix(self.painter.encode(region, profiles, teeth))
        placement = canvas.placement(box[0].double().numpy(), mouth.FINE)
        nodes = flow.grid(box[0].tolist(), REGION_LATTICE)
        share = torch.cat([torch.ones(len(canvas.lattice)), flow.fade(nodes)])  # the canvas fades by itself
        if closed is not None:
            source = torch.from_numpy(np.asarray(closed, np.float32))[None]
            shut = warp(canvas.image, geometry.compose(canvas.to_face, TO_CROP), (geometry.CROP_SIZE,) * 2)
            region = (region_of(shut, box) - mean) / scale
        field = flow.FlowField(source, torch.cat([canvas.lattice, nodes]), share, canvas.under_brows)
        region = np.ascontiguousarray(F.pad(region[0], (0, 0, 0, 0, 0, 1)).permute(1, 2, 0))
        return State(canvas, field, box, region, encoded, mean, scale, tone, placement, anatomy)

    def parts(self, state, landmarks, paint=True):
        """The face's part of each frame, for `Canvas.paste` or as they are: list of (h, w, 3) uint8.

        Arguments as for `stream`.
        """
        return [cv2.cvtColor(part, cv2.COLOR_RGBA2RGB) for part in self.stream(state, landmarks, paint=paint)]

    @torch.inference_mode()
    def plan(self, state, landmarks, poses=None, looks=None, bite=None, paint=True):
        """All of frames but their pixels: what the network does is done for all T at once.

        Parameters
        ----------
        state : State
        landmarks : ndarray, (T, 68, 2)
            Driven landmarks, face units.
        poses : ndarray, (T, 7), optional
            Of head and shoulders, as for `head.HeadFlow`; on a `LivingCanvas` only.
        looks : ndarray, (T, 3), optional
            Turn and closing of the eyes, as for `eyes.Eyes`; there, too.
        bite : ndarray, (T,), optional
            How far the lower lip lies on the upper teeth, as for `inside.anatomy.Anatomy.layers`.
        paint : bool
            False for the warp alone.

        Returns
        -------
        list of tuple
            Arguments for `Canvas.render`, one a frame.
        """
        target = torch.from_numpy(np.asarray(landmarks, np.float32))
        canvas = state.canvas
        lips = torch.from_numpy(state.anatomy.lips(landmarks, bite))
        face, region = state.field(lips).split([len(canvas.lattice), REGION_LATTICE**2], 1)
        layers = self.paint(state, target, region, bite) if paint else repeat(None)
        plans = zip(face.numpy(), layers, repeat(state.placement))
        if poses is None:
            return list(plans)
        turns = repeat(None) if canvas.head is None else canvas.head(poses)
        return [plan + life for plan, life in zip(plans, zip(turns, canvas.eyes(looks)))]

    def stream(self, state, landmarks, poses=None, looks=None, bite=None, paint=True):
        """Render the face's part of each frame; arguments as for `plan`.

        Yields
        ------
        ndarray, (h, w, 4) uint8
            For `Canvas.paste`; the fourth channel means nothing.
        """
        for plan in self.plan(state, landmarks, poses, looks, bite, paint):
            yield state.canvas.render(*plan)

    def paint(self, state, target, region_flow, bite=None):
        """What is between the lips in each frame: (T, 192, 192, 4) uint8, colours and how much they cover, 0 to 255."""
        layers = state.anatomy.layers(target.numpy(), bite)
        opened = np.flatnonzero(layers[..., 3].any((1, 2)))  # between closed lips there is nothing to judge
        if len(opened):
            judged = self.judge(state, target[opened], region_flow[opened], layers[opened])
            for index, (colour, attention, light) in zip(opened, judged):
                if bite is not None:
                    light **= 1 - FORWARD * bite[index]
                relight(layers[index], colour, attention, light)
        state.anatomy.keep_shown(layers, target.numpy())
        return layers

    def judge(self, state, target, region_flow, layers):
        """What the painter says of drawn layers, (T, 192, 192, 4) uint8.

        Returns
        -------
        tuple of three ndarray, float32
            Paint (T, 48, 48, 3), 0 to 255; attention (T, 48, 48, 2) and light (T, 48, 48, 3) as in `painter.Painting`,
            light as a factor.
        """
        region_flow = (region_flow / mouth.REGION_SIZE).reshape(-1, REGION_LATTICE, REGION_LATTICE, 2)
        profiles = mouth.lip_profiles(mouth.to_region(target, state.box))
        moved = torch.from_numpy(move_region(state.region, region_flow.numpy())).to(self.dtype)
        moved, region_flow = moved.permute(0, 3, 1, 2)[:, :3], region_flow.permute(0, 3, 1, 2)
        drawn = normalised(layers, state.mean, state.scale).to(self.dtype)
        with self.precision():
            colour, attention, light = self.painter(state.encoded, moved, drawn, region_flow, profiles)
        colour = toned(colour * state.scale + state.mean, *state.tone) * 255
        light = light.float().lerp(light.float().mean(1, keepdim=True), state.tone[1]).exp()
        return zip(*(maps.float().permute(0, 2, 3, 1).contiguous().numpy() for maps in (colour, attention, light)))


def relight(layer, colour, attention, light):
    """Change a drawn layer, (192, 192, 4) uint8, in place as the painter says; see `Renderer.judge`."""
    rows, columns = np.flatnonzero(layer[..., 3].any(1)), np.flatnonzero(layer[..., 3].any(0))
    if not len(rows):
        return
    (top, bottom), (left, right) = ((line[0] // 4 * 4, line[-1] // 4 * 4 + 4) for line in (rows, columns))
    size = right - left, bottom - top
    fit = lambda maps: cv2.resize(maps[top // 4 : bottom // 4, left // 4 : right // 4], size)
    colour, attention, light = fit(colour), fit(attention), fit(light)
    window = layer[top:bottom, left:right]
    picture = window[..., :3] * light
    picture += attention[..., 1:] * (colour - picture)
    window[..., :3] = np.rint(picture.clip(0, 255))
    window[..., 3] = np.rint(window[..., 3] * attention[..., 0])
