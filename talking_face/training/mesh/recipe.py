"""The recipe of the face mesh: four networks side by side, each on its own crops."""

from typing import Literal

import numpy as np
import torch
from pydantic import Field, NonNegativeFloat

from talking_face.face.mesh.frames import VIEWS
from talking_face.face.mesh.network import MeshNetwork
from talking_face.face.mesh.predictor import MeshPredictor, to_input
from talking_face.training.core.checkpoint import load_module
from talking_face.training.core.config import Count, Positive, TrainingConfig
from talking_face.training.core.recipe import Recipe, not_finite
from talking_face.training.mesh.losses import outlook_loss, point_loss, point_weights
from talking_face.training.mesh.muon import Muon
from talking_face.training.mesh.pool import STILLS_HELD_OUT, Pool
from talking_face.training.mesh.sampling import Sampler
from talking_face.training.mesh.validation import Photos, errors, summary
from talking_face.weights import save_weights

NETWORK = {"exposed": True}  # what the network's constructor takes


class MeshConfig(TrainingConfig):
    """What the face mesh's training can be told."""

    output: str = "checkpoints/mesh.safetensors"
    run: str = "runs/mesh"
    data: str = "runs/mesh-pool"  # what `build_pool` made of the data room
    steps: Count = 8000
    batch: Count = 48
    learning_rate: Positive = 2e-3
    ema: float = Field(0.995, ge=0, lt=1)
    weight_decay: NonNegativeFloat = 0.01
    muon: Positive = 0.02  # learning rate of the convolutions' and hidden layers' weights
    shapes: Count = 3000  # that each network's basis is fitted to
    photos: Count = 100  # validated on, of each kind
    shards: tuple[str, ...] = ("base",)  # folders in the pool
    held_out: Literal["none", "studio", "congress"] = "none"  # a key of pool.HELD_OUT
    # Of a batch, for coarse, fine, lips and eye; a network whose share is 0 stays as it is.
    shares: tuple[float, ...] = (0.5, 1.0, 1.0, 0.6)
    start: str = ""  # a run to take the weights of
    outlook: NonNegativeFloat = 0.05  # weight of the confidences' losses
    workers: int = Field(1, ge=0)  # processes that make batches; 0 = this one


class MeshRecipe(Recipe):
    """Trains the face mesh on the pool.

    Parameters
    ----------
    config : MeshConfig
        `data` is the pool's folder.
    """

    Config = MeshConfig
    averaged = ("mesh",)

    def __init__(self, config):
        super().__init__(config)
        self.pool = Pool(config.data, config.shards)
        shares = zip(VIEWS, config.shares, strict=True)
        batch = {name: max(1, round(config.batch * share)) for name, share in shares if share}
        self.sampler = Sampler(self.pool, batch, config.held_out, config.seed)
        network = MeshNetwork(**NETWORK)
        random = np.random.default_rng(config.seed)
        for name in VIEWS:
            fit_basis(getattr(network, name), self.sampler.shapes(name, config.shapes, random), name)
        network.template.copy_(torch.from_numpy(self.pool.template.astype(np.float32)))
        network.order.copy_(torch.from_numpy(self.pool.order.astype(np.int16)))
        if config.start:
            network.load_state_dict(load_module(config.start, "mesh"))
        network = network.to(self.device, memory_format=torch.channels_last)
        self.modules["mesh"] = network
        matrices, rest = [], []
        for name, parameter in network.named_parameters():
            plain = name.endswith("basis") or any(part in name for part in ("patches", "coefficients", "outlook"))
            (rest if plain or parameter.ndim < 2 else matrices).append(parameter)
        self.optimisers["matrices"] = Muon(matrices, config.muon, weight_decay=config.weight_decay)
        self.optimisers["rest"] = torch.optim.AdamW(
            rest, config.learning_rate, betas=(0.9, 0.99), weight_decay=config.weight_decay, fused=True
        )
        self.weights = {name: point_weights(name) for name in VIEWS}
        self.loader = None
        sources = STILLS_HELD_OUT[config.held_out]
        self.photos = {name: Photos(self.pool, sources, config.photos, name == "hard") for name in ("clean", "hard")}

    def advance(self, step):
        losses, total = {}, 0.0
        for name, batch in self._batch(step).items():
            with self.autocast():
                points, outlook = getattr(self.modules["mesh"], name)(to_input(batch["crops"]))
            loss, distance = point_loss(name, points, batch["points"], batch["framed"], self.weights[name])
            face, seen, error = outlook_loss(outlook, batch["framed"], batch["visible"], distance)
            total = total + loss + self.config.outlook * (face + seen + 0.3 * error)
            framed = batch["framed"]
            losses |= {name: (distance * framed).sum() / framed.sum(), f"{name} face": face, f"{name} seen": seen}
        for optimiser in self.optimisers.values():
            optimiser.zero_grad()
        total.backward()
        parameters = self.modules["mesh"].parameters()
        norm = torch.nn.utils.clip_grad_norm_(parameters, self.config.clip_gradient or float("inf"))
        if not torch.isfinite(norm):
            raise not_finite("gradient")
        for optimiser in self.optimisers.values():
            optimiser.step()
        return losses

    def validate(self, step):
        predictor, numbers = MeshPredictor(self.modules["mesh"]), {}
        for name, photos in self.photos.items():
            numbers |= summary(errors(predictor, photos), name)
        return numbers, None

    def export(self, path):
        save_weights(path, self.modules["mesh"].state_dict(), "mesh", NETWORK)

    def _batch(self, step):
        if self.loader is None:
            numbers = range(step, self.config.steps + 1)
            ahead = {"num_workers": self.config.workers, "prefetch_factor": 6 if self.config.workers else None}
            self.loader = iter(torch.utils.data.DataLoader(self.sampler, None, sampler=numbers, **ahead))
        return next(self.loader)


def fit_basis(network, shapes, name):
    """Set a network's mean shape and basis: principal components, weighted as the loss is, scaled to unit variance."""
    weights = point_weights(name).sqrt().numpy().ravel()
    flat = shapes.reshape(len(shapes), -1)
    mean = flat.mean(0)
    offset = ((flat - mean) * weights).astype(np.float32)
    variance, directions = np.linalg.eigh(offset.T @ offset / len(shapes))
    count = len(network.basis)
    variance, directions = variance[::-1], directions.T[::-1]
    basis = directions[:count] * np.sqrt(np.maximum(variance[:count, None], 1e-12)) / weights
    with torch.no_grad():
        network.mean.copy_(torch.from_numpy(mean.reshape(network.mean.shape).astype(np.float32)))
        network.basis.copy_(torch.from_numpy(basis.astype(np.float32)))
