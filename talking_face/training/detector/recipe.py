"""The recipe of the face detector: scenes made as they are needed, and seen more than once."""

from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt

from talking_face.face.detector.network import DetectorNetwork
from talking_face.training.core.config import Count, Positive, TrainingConfig
from talking_face.training.core.recipe import Recipe
from talking_face.training.detector.losses import losses
from talking_face.training.detector.normalisation import fold, normalise
from talking_face.training.detector.pool import STUDIO, Pool, load_backgrounds
from talking_face.training.detector.replay import Replay, to_tensor
from talking_face.training.detector.scenes import Scenes
from talking_face.training.detector.validation import measure
from talking_face.weights import save_weights


class DetectorConfig(TrainingConfig):
    """What the detector's training can be told."""

    run: str = "runs/detector"
    output: str = "checkpoints/detector.safetensors"
    data: str = "runs/detector-pool"  # what `build_pool` made of the mesh's pool
    backgrounds: str = "runs/backgrounds"  # a folder of photos without faces
    steps: Count = 12000
    batch: Count = 16
    learning_rate: Positive = 2e-3
    ema: float = Field(0.997, ge=0, lt=1)
    clip_gradient: NonNegativeFloat = 5.0
    weight_decay: NonNegativeFloat = 0.01
    geometry: NonNegativeFloat = 1.0  # weight of the points' loss
    shards: tuple[str, ...] = ("plain", "turned")
    held_out: Literal["none", "studio"] = "studio"  # a key of pool.HELD_OUT
    fresh: Count = 6  # scenes of a batch that are new
    validated: Count = 96  # scenes
    workers: NonNegativeInt = 1  # processes that make scenes


class DetectorRecipe(Recipe):
    """Trains the detector on scenes."""

    Config = DetectorConfig
    averaged = ("detector",)

    def __init__(self, config):
        super().__init__(config)
        pool = Pool([Path(config.data) / name for name in config.shards])
        backgrounds = load_backgrounds(sorted(Path(config.backgrounds).iterdir()))
        self.scenes = Scenes(pool, backgrounds, config.held_out, config.seed)
        self.held_out = self._held_out(pool, backgrounds)
        network = normalise(DetectorNetwork())
        self.modules["detector"] = network.to(memory_format=torch.channels_last)
        self.optimisers["detector"] = torch.optim.AdamW(
            network.parameters(), config.learning_rate, betas=(0.9, 0.99), weight_decay=config.weight_decay
        )
        self.replay = None

    def advance(self, step):
        pictures, faces = self._batch(step)
        with self.autocast():
            levels = self.modules["detector"](pictures)
        score, points, size = losses(levels, faces)
        self.descend("detector", score + self.config.geometry * (points + size))
        return {"score": score, "points": points, "size": size}

    def validate(self, step):
        """Recall and accuracy on scenes of people held out, and false positives a scene."""
        self.modules["detector"].to(memory_format=torch.channels_last)
        numbers = measure(self.modules["detector"], self.held_out)
        return numbers, None

    def export(self, path):
        save_weights(path, fold(self.modules["detector"]).state_dict(), "detector", {})

    def _batch(self, step):
        config = self.config
        if self.replay is None:
            numbers = range((step - 1) * config.fresh, (config.steps + 1) * config.fresh)
            loader = torch.utils.data.DataLoader(
                self.scenes,
                config.fresh,
                sampler=numbers,
                num_workers=config.workers,
                prefetch_factor=16 if config.workers else None,
                worker_init_fn=one_thread,
            )
            self.replay = Replay(loader, config.batch)
        return self.replay(self.random(step))

    def _held_out(self, pool, backgrounds):
        """Scenes of the people held out, whom a network that holds out nobody has seen."""
        scenes = Scenes(pool, backgrounds, "none", 999)
        members = np.array([row["source"] in STUDIO for row in pool.rows], float)
        scenes.cumulative = np.cumsum(members / members.sum())
        made = [scenes[i] for i in range(self.config.validated)]
        return to_tensor(torch.stack([p for p, _ in made])), torch.stack([f for _, f in made])


def one_thread(_):
    """Processes that make scenes leave the cores to each other."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
