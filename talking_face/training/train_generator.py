"""Train the deformable painter on the data room's clips and portraits.

    python -m talking_face.training.train_generator --data ../shared/data --run runs/generator --minutes 90

A run can be stopped at any time and taken up again with the same command. The shipped weights are the exponential moving
average of the parameters; adversarial training begins once reconstruction has settled.
"""

import argparse
import dataclasses
import os
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from talking_face.face_shape import FaceShape
from talking_face.models.deformable import (
    PROFILE_CHANNELS,
    REGION,
    REGION_SIZE,
    DeformablePainter,
    lip_profiles,
    normalise_colour,
    region_window,
    to_region,
)
from talking_face.models.discriminators import PatchDiscriminator
from talking_face.models.flow import backward_flow, grid
from talking_face.render import REGION_LATTICE
from talking_face.training.face_data import PairSampler, load_clips, load_stills, pair_tensors
from talking_face.training.options import add_options, read_options
from talking_face.weights import save_weights

FRAMES_A_CLIP = 8  # of the speaker who has hundreds of clips


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that can be set."""

    batch: int = 16
    learning_rate: float = 1e-3
    discriminator_rate: float = 5e-4
    adversarial_from: int = 1500  # step
    adversarial: float = 0.08
    feature_matching: float = 0.45
    attention: float = 0.02  # cost of painting outside the lips, where the moved photo is right
    seed: int = 0


def prepare(source, target, landmarks_s, landmarks_t, box):
    """Everything a training step needs from a batch of `face_data.pair_tensors`.

    Returns
    -------
    dict of Tensor
        Normalised `source`, `target` and `moved` regions (B, 3, 96, 96), `flow` (B, 2, h, w) in region widths, lip
        profiles `profiles_s` and `profiles_t`, and the colours' `mean` and `scale`.
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
    return {
        "source": fast(source),
        "target": fast(target),
        "moved": fast(moved),
        "flow": flow,
        "profiles_s": fast(lip_profiles(to_region(landmarks_s, box))),
        "profiles_t": fast(lip_profiles(to_region(landmarks_t, box))),
        "mean": mean,
        "scale": scale,
    }


def paint(painter, batch):
    """Painted colour, attention, and the moved photo under them blended."""
    encoded = painter.encode(batch["source"], batch["profiles_s"])
    colour, attention = painter(encoded, batch["moved"], batch["flow"], batch["profiles_t"])
    return colour, attention, attention * colour + (1 - attention) * batch["moved"]


def edge_loss(picture, target, weight):
    """L1 of horizontal and vertical differences at three scales, which keeps edges sharp."""
    loss = 0
    for _ in range(3):
        error = picture - target
        loss = loss + ((error[..., 1:] - error[..., :-1]).abs() * weight[..., 1:]).mean()
        loss = loss + ((error[..., 1:, :] - error[..., :-1, :]).abs() * weight[..., 1:, :]).mean()
        picture, target, weight = (F.avg_pool2d(x, 2) for x in (picture, target, weight))
    return loss


def reconstruction_loss(colour, attention, picture, batch, config):
    """L1 and edges of the picture, most at the lips; L1 of the paint alone, so that attention cannot hide it."""
    window = region_window(REGION)
    lips = F.max_pool2d(batch["profiles_t"][:, 6:7], 5, 1, 2)
    weight = (0.3 + 4 * lips) * window
    target = batch["target"]
    return (
        ((picture - target).abs() * weight).mean()
        + 4 * ((colour - target).abs() * lips * window).mean()
        + edge_loss(picture, target, weight)
        + config.attention * (attention * (1 - lips)).mean()
    )


class Adversary:
    """The patch discriminator, its optimiser, and where its verdict counts: inside the mouth above all."""

    def __init__(self, config):
        self.network = PatchDiscriminator(3 + PROFILE_CHANNELS + 3).to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), config.discriminator_rate, betas=(0.5, 0.99))

    def losses(self, picture, batch):
        """Take a discriminator step (hinge loss); return the generator's adversarial and feature-matching losses."""
        profiles, target = batch["profiles_t"], batch["target"]
        inside = F.max_pool2d(F.max_pool2d(profiles[:, 5:6], 3, 1, 1), 4)
        weight = 3 * inside + 0.5 * F.max_pool2d(F.max_pool2d(profiles[:, 6:7], 5, 1, 2), 4) + 0.05
        condition = torch.cat([profiles, batch["moved"] * (1 - profiles[:, 5:6])], 1)
        self.network.requires_grad_(True)
        real, fake = self.network(target, condition)[0], self.network(picture.detach(), condition)[0]
        loss = (F.relu(1 - real) * weight).mean() + (F.relu(1 + fake) * weight).mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.network.requires_grad_(False)
        verdict, features = self.network(picture, condition)
        with torch.no_grad():
            wanted = self.network(target, condition)[1]
        matching = sum((a - b).abs().mean() for a, b in zip(features, wanted))
        return -(verdict * weight).mean(), matching


class Run:
    """A training run: networks, optimisers, average and step, kept in one file."""

    def __init__(self, folder, config):
        torch.manual_seed(config.seed)
        self.path, self.config, self.step, self.seconds = Path(folder) / "state.pt", config, 0, 0.0
        self.painter = DeformablePainter().to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.AdamW(
            self.painter.parameters(), config.learning_rate, betas=(0.9, 0.99), weight_decay=1e-3
        )
        self.adversary = Adversary(config)
        self.average = {k: v.detach().clone() for k, v in self.painter.state_dict().items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            state = torch.load(self.path, weights_only=True)
            for part, stored in zip(self._parts(), state["parts"]):
                part.load_state_dict(stored)
            self.average, self.step, self.seconds = state["average"], state["step"], state["seconds"]

    def _parts(self):
        return self.painter, self.optimiser, self.adversary.network, self.adversary.optimiser

    def save(self):
        """Write the state, whole or not at all."""
        state = {"parts": [part.state_dict() for part in self._parts()], "average": self.average}
        partial = self.path.with_suffix(".partial")
        torch.save(state | {"step": self.step, "seconds": self.seconds}, partial)
        os.replace(partial, self.path)

    def advance(self, batch, rate):
        """One step at a share `rate` of the learning rates; returns the reconstruction loss."""
        self.step += 1
        config = self.config
        rate *= min(1, self.step / 200)
        self.optimiser.param_groups[0]["lr"] = config.learning_rate * rate
        self.adversary.optimiser.param_groups[0]["lr"] = config.discriminator_rate * rate
        colour, attention, picture = paint(self.painter, batch)
        loss = reconstruction = reconstruction_loss(colour, attention, picture, batch, config)
        if self.step > config.adversarial_from:
            adversarial, matching = self.adversary.losses(picture, batch)
            loss = loss + config.adversarial * adversarial + config.feature_matching * matching
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.painter.parameters(), 1.0)
        self.optimiser.step()
        decay = min(0.998, self.step / (self.step + 20))
        for name, value in self.painter.state_dict().items():
            self.average[name].lerp_(value, 1 - decay)
        return float(reconstruction.detach())


def validation_pairs(clips, stills, sampler):
    """Fixed pairs of held-out people, as batches by kind: val clips, closed smiles, neutral and smiling photos."""
    pairs = {"clips": [], "closed": [], "doubles": []}
    for clip in clips:
        for j in range(3, len(clip.images), 6):
            pairs["clips"].append((clip.images[0], clip.landmarks[0], clip.images[j], clip.landmarks[j]))
    for i in np.linspace(0, len(sampler.open) - 1, 64).astype(int):
        faces, k = sampler.open[i]
        pairs["closed"].append(sampler.close(faces.images[k], faces.landmarks[k]))
    for faces in sampler.doubles:
        for a, b in ((0, 1), (1, 0)):
            pairs["doubles"].append((faces.images[a], faces.landmarks[a], faces.images[b], faces.landmarks[b]))
    return {kind: [torch.stack(x) for x in zip(*(pair_tensors(*p) for p in some))] for kind, some in pairs.items()}


@torch.inference_mode()
def validate(run, pairs):
    """PSNR inside the lip outline, dB, of still photo, plain warp and painter, for each kind of pair."""
    painter = DeformablePainter().eval()
    painter.load_state_dict(run.average)
    results = {}
    for kind, tensors in pairs.items():
        batch = prepare(*tensors)
        picture = paint(painter, batch)[2]
        lips, scores = batch["profiles_t"][:, 6:7], []
        colours = lambda x: (x * batch["scale"] + batch["mean"]).clamp(0, 1)
        for x in (batch["source"], batch["moved"], picture):
            error = ((colours(x) - colours(batch["target"])) ** 2 * lips).sum((1, 2, 3)) / (3 * lips.sum((1, 2, 3)))
            scores.append(round(float((-10 * error.clamp(min=1e-6).log10()).mean()), 2))
        results[kind] = scores
    return results


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="the data room")
    parser.add_argument("--run", required=True, type=Path, help="folder that keeps the run's state")
    parser.add_argument("--minutes", type=float, default=90, help="of training in all; the learning rate falls over them")
    parser.add_argument("--every", type=int, default=500, help="steps between validations")
    parser.add_argument("--output", default="checkpoints/deformable.safetensors", type=Path)
    add_options(parser, Config)
    args = parser.parse_args(argv)
    config = read_options(args, Config)

    shape = FaceShape.load()
    clips, stills = load_clips(args.data, FRAMES_A_CLIP), load_stills(args.data)
    part = lambda faces, split: [x for x in faces if x.split == split]
    run = Run(args.run, config)
    training = PairSampler(part(clips, "train"), part(stills, "train"), shape, seed=config.seed + run.step)
    held_out = PairSampler(part(clips, "val"), part(stills, "val"), shape, seed=1, augment=False)
    pairs = validation_pairs(part(clips, "val"), part(stills, "val"), held_out)
    losses, last = [], time.time()
    while run.seconds < 60 * args.minutes:
        share = run.seconds / (60 * args.minutes)
        losses.append(run.advance(prepare(*training.batch(config.batch)), max(0.03, (1 + np.cos(np.pi * share)) / 2)))
        run.seconds += time.time() - last
        last = time.time()
        if run.step % args.every == 0:
            run.save()
            print(run.step, f"{run.seconds:.0f} s, loss {np.mean(losses):.4f}", validate(run, pairs), flush=True)
            losses = []
    run.save()
    save_weights(args.output, run.average, "deformable painter", {"channels": list(run.painter.channels)})
    print(f"wrote {args.output}", validate(run, pairs))


if __name__ == "__main__":
    main()
