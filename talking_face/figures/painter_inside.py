"""Pictures of what the deformable painter does in one frame: where its layers look, and what its attention paints."""

import cv2
import numpy as np
import torch

from talking_face.generators.deformable.painter import TAPS
from talking_face.generators.deformable.region import cut, region_matrix
from talking_face.generators.deformable.renderer import REGION_LATTICE, Renderer

SIDE = 384  # pixels, of each picture
SHOWN = 6  # places along each side of a layer whose samples are drawn
FADED = 0.45  # of the photo's contrast, behind what is drawn on it
GREY = 0.6  # brightness of what is not painted
ACCENT, WHITE = (129, 140, 248), (255, 255, 255)  # RGB


@torch.inference_mode()
def look_inside(generator, portrait, speech, emotion, moment):
    """Draw the mouth region at one moment.

    Parameters
    ----------
    generator : generators.deformable.generator.DeformableGenerator
    portrait : Portrait
    speech : Speech
    emotion : str or sequence of (float, str)
        As `timeline.parse_emotions` returns it.
    moment : int
        Index of the frame.

    Returns
    -------
    dict of str to ndarray, (SIDE, SIDE, 3) uint8
        RGB. "coarse" and "middle": the photo's mouth, and for some places of each deformable layer a line from there,
        in the new frame, to where in the photo it looks, and a dot for each of its nine samples, brighter the more it
        counts in that layer. "attention": the new frame, in colour where painted and grey where it is the photo, moved.
    """
    prepared = generator.prepare(portrait, crop=True, living=False)
    state, motion = prepared.state, generator.motion(speech.log_mel, emotion)
    driven = generator.drive(prepared, motion, slice(moment, moment + 1))
    target = torch.from_numpy(driven)
    renderer = Renderer.load()  # one of its own, so that no other work passes the hooks
    samples = {}
    for name in ("coarse", "middle"):
        layer = getattr(renderer.painter, f"align_{name}").sample
        layer.register_forward_pre_hook(lambda _, given, name=name: samples.update({name: given[1:]}))
    (layer,) = renderer.paint(state, target, state.field(target)[:, -(REGION_LATTICE**2) :])
    matrix = region_matrix(state.box[0].numpy(), SIDE)
    photo = cut(portrait.crop, matrix, SIDE)
    (frame,) = renderer.parts(state, driven)
    pictures = {name: _draw_samples(photo, *where) for name, where in samples.items()}
    return pictures | {"attention": _draw_attention(cut(frame, matrix, SIDE), layer[..., 3])}


def _draw_samples(photo, offset, mask):
    """Where a layer samples: offset (1, 18, n, n), pixels (y, x), and mask (1, 9, n, n), 0 to 2, as it takes them."""
    size = offset.shape[-1]
    offset = offset[0].float().numpy().reshape(TAPS, 2, size, size)
    weight = mask[0].float().numpy().reshape(TAPS, size, size)
    weight = weight / weight.max()
    rows, columns = np.mgrid[:size, :size]
    tap = np.mgrid[-1:2, -1:2].reshape(2, TAPS, 1, 1)
    where = np.stack([columns + tap[1] + offset[:, 1], rows + tap[0] + offset[:, 0]], -1)  # (9, n, n, 2), as (x, y)
    to_picture = lambda points: (points + 0.5) * SIDE / size
    picture = np.rint(photo * FADED).astype(np.uint8)
    chosen = np.rint((np.arange(SHOWN) + 0.5) * size / SHOWN - 0.5).astype(int)
    for row in chosen:
        for column in chosen:
            points, share = to_picture(where[:, row, column]), weight[:, row, column]
            centre = (points * share[:, None]).sum(0) / max(share.sum(), 1e-6)
            ends = _fixed(np.stack([to_picture(np.array([column, row])), centre]))
            cv2.line(picture, ends[0], ends[1], WHITE, 1, cv2.LINE_AA, shift=4)
            for point, brightness in zip(_fixed(points), share):
                colour = tuple(float(brightness * value) for value in ACCENT)
                cv2.circle(picture, point, 3 * 16, colour, -1, cv2.LINE_AA, shift=4)
    return picture


def _draw_attention(frame, attention):
    """The frame in colour where it is painted; attention (192, 192) uint8."""
    share = cv2.resize(attention, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    grey = cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) * GREY
    picture = np.rint(grey + share[..., None] / 255 * (frame - grey)).astype(np.uint8)
    edges, _ = cv2.findContours((share > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(picture, edges, -1, ACCENT, 1, cv2.LINE_AA)


def _fixed(points):
    """Positions of pixel corners as cv2 takes them for lines finer than a pixel: integers, in sixteenths."""
    return np.rint((points - 0.5) * 16).astype(np.int32)
