"""From pairs of pictures to what a painter sees, and back to a picture."""

import torch
from torch.nn import functional as F

from talking_face.generators.deformable.flow import backward_flow, grid
from talking_face.generators.deformable.mouth import REGION, REGION_SIZE, lip_profiles, normalise_colour, to_region
from talking_face.generators.deformable.renderer import REGION_LATTICE


def prepare(source, target, landmarks_s, landmarks_t, box, teeth, drawn):
    """Everything a training step needs from a batch of `pairs.pair_tensors`.

    Returns
    -------
    dict of Tensor
        Normalised `source`, `target` and `moved` regions (B, 3, 96, 96), `teeth` and `drawn` (B, 4, 96, 96), `flow`
        (B, 2, h, w) in region widths, lip profiles `profiles_s` and `profiles_t`, the target's mouth `corners`
        (B, 2, 2) in the region, 0 to 1, and the colours' `mean` and `scale`.
    """
    nodes = torch.stack([grid(b, REGION_LATTICE) for b in box.tolist()])
    flow = backward_flow(landmarks_s, landmarks_t, nodes) / REGION_SIZE
    flow = flow.reshape(-1, REGION_LATTICE, REGION_LATTICE, 2).permute(0, 3, 1, 2)
    dense = F.interpolate(flow, size=(REGION, REGION), mode="bilinear").permute(0, 2, 3, 1)
    place = 2 * (grid((0, 0, 1, 1), REGION).reshape(1, REGION, REGION, 2) + dense) - 1
    mean, scale = normalise_colour(source)
    source, target = (source - mean) / scale, (target - mean) / scale
    moved = F.grid_sample(source, place, padding_mode="reflection", align_corners=False)
    fast = lambda x: x.contiguous(memory_format=torch.channels_last)
    normal = lambda x: torch.cat([(x[:, :3] - mean) / scale, x[:, 3:]], 1)
    lips_t = to_region(landmarks_t, box)
    return {
        "source": fast(source),
        "target": fast(target),
        "moved": fast(moved),
        "teeth": fast(normal(teeth)),
        "drawn": fast(normal(drawn)),
        "flow": flow,
        "profiles_s": fast(lip_profiles(to_region(landmarks_s, box))),
        "profiles_t": fast(lip_profiles(lips_t)),
        "corners": lips_t[:, [60, 64]],
        "mean": mean,
        "scale": scale,
    }


def paint(painter, batch):
    """What a painter says of a batch, in float32 (`Painting`), and the picture that follows, normalised."""
    encoded = painter.encode(batch["source"], batch["profiles_s"], batch["teeth"])
    painting = painter(encoded, batch["moved"], batch["drawn"], batch["flow"], batch["profiles_t"])
    painting = type(painting)(*(part.float() for part in painting))
    return painting, compose(painting, batch)


def compose(painting, batch):
    """Drawing in its light, paint over it, and both over the moved photo: (B, 3, 96, 96), normalised."""
    black = batch["mean"] / batch["scale"]
    enlarged = lambda maps: F.interpolate(maps, size=(REGION, REGION), mode="bilinear", align_corners=False)
    colour, attention, light = map(enlarged, painting)
    inside, paint = attention.split(1, 1)
    drawn, cover = batch["drawn"].split([3, 1], 1)
    drawn = (drawn + black) * light.exp() - black
    return batch["moved"].lerp(drawn.lerp(colour, paint), inside * cover)


def colours(region, batch):
    """Normalised colours back to colours, 0 to 1."""
    return (region * batch["scale"] + batch["mean"]).clamp(0, 1)
