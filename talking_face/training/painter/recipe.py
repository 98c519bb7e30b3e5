"""The recipe of our generator's painter: reconstruction of real pictures, and later a discriminator for the teeth."""

from itertools import chain
from typing import Literal

import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt

from talking_face.face.shape import FaceShape
from talking_face.generators.deformable.painter import KIND
from talking_face.training.core.config import Count, Positive, TrainingConfig
from talking_face.training.core.recipe import Recipe
from talking_face.training.painter.ablated_painters import PAINTERS
from talking_face.training.painter.faces import load_clips, load_stills
from talking_face.training.painter.losses import (
    adversarial_losses,
    discriminator_loss,
    discriminator_view,
    imitation_loss,
    make_discriminator,
    reconstruction_loss,
)
from talking_face.training.painter.painting import paint, prepare
from talking_face.training.painter.pairs import PairSampler
from talking_face.training.painter.validation import validate, validation_pairs
from talking_face.weights import load_network, save_weights


class GeneratorConfig(TrainingConfig):
    """What the painter's training can be told."""

    output: str = "checkpoints/deformable.safetensors"
    run: str = "runs/generator"
    steps: Count = 7000
    variant: Literal[*PAINTERS] = "painting"  # what ships; others only for the ablation
    discriminator_rate: Positive = 5e-4
    adversarial: NonNegativeFloat = 0.08  # weight of the discriminator's verdict; 0 = no discriminator at all
    adversarial_from: NonNegativeInt = 1500  # step, once reconstruction has settled
    feature_matching: NonNegativeFloat = 0.45
    attention: NonNegativeFloat = 0.02  # cost of painting outside the lips, where the moved photo is right
    frames_a_clip: int = Field(8, ge=2)  # of the speaker who has hundreds of clips
    decoder: tuple[int, ...] = (32, 48, 64)  # channels of the painter's decoder
    teacher: str = ""  # weights of a painter to start from and to imitate; without, the pictures alone teach


class GeneratorRecipe(Recipe):
    """Trains a painter on the data room's clips and portraits.

    Parameters
    ----------
    config : GeneratorConfig
    """

    Config = GeneratorConfig
    averaged = ("painter",)

    def __init__(self, config):
        super().__init__(config)
        painter = PAINTERS[config.variant](decoder=config.decoder).to(self.device, memory_format=torch.channels_last)
        self.modules["painter"] = painter
        self.optimisers["painter"] = torch.optim.AdamW(
            painter.parameters(), config.learning_rate, betas=(0.9, 0.99), weight_decay=1e-3
        )
        if config.adversarial:
            discriminator = make_discriminator().to(self.device)
            self.modules["discriminator"] = discriminator
            self.optimisers["discriminator"] = torch.optim.AdamW(
                discriminator.parameters(), config.discriminator_rate, betas=(0.5, 0.99)
            )
        self.teacher = self._read_teacher() if config.teacher else None
        shape = FaceShape.load()
        self.clips, self.stills = load_clips(config.data, config.frames_a_clip), load_stills(config.data)
        self.sampler = PairSampler(*self._faces("train"), shape)
        held_out = self._faces("val")
        pairs = validation_pairs(*held_out, PairSampler(*held_out, shape))
        self.pairs = {kind: self._to_device(batch) for kind, batch in pairs.items()}

    def advance(self, step):
        config, painter = self.config, self.modules["painter"]
        batch = self._to_device(prepare(*self.sampler.batch(config.batch, self.random(step))))
        with self.autocast():
            colour, attention, picture = paint(painter, batch)
        loss = reconstruction = reconstruction_loss(colour, attention, picture, batch, config.attention)
        losses = {"reconstruction": reconstruction}
        if self.teacher:
            with torch.no_grad(), self.autocast():
                wanted = paint(self.teacher, batch)
            loss = losses["imitation"] = imitation_loss((colour, attention, picture), wanted, batch)
        if config.adversarial and step > config.adversarial_from:
            discriminator = self.modules["discriminator"].requires_grad_(True)
            view = batch["target"], *discriminator_view(batch)
            losses["discriminator"] = discriminator_loss(discriminator, picture, *view)
            self.descend("discriminator", losses["discriminator"])
            discriminator.requires_grad_(False)
            losses["adversarial"], losses["feature matching"] = adversarial_losses(discriminator, picture, *view)
            loss = (
                loss + config.adversarial * losses["adversarial"] + config.feature_matching * losses["feature matching"]
            )
        self.descend("painter", loss)
        return losses

    def validate(self, step):
        return validate(self.modules["painter"], self.pairs)

    def export(self, path):
        painter = self.modules["painter"]
        kind = KIND if self.config.variant == "painting" else f"ablation: {self.config.variant}"
        save_weights(path, painter.state_dict(), kind, {"channels": painter.channels, "decoder": painter.decoder})

    def data_notes(self):
        people = lambda split: len({faces.speaker for faces in chain(*self._faces(split))})
        return {"people in training": people("train"), "people held out": people("val")}

    def _read_teacher(self):
        """The painter to imitate; ours starts with all of its weights that fit."""
        teacher = load_network(self.config.teacher, KIND, PAINTERS[self.config.variant]).to(self.device)
        ours = self.modules["painter"].state_dict()
        known = {name: tensor for name, tensor in teacher.state_dict().items() if tensor.shape == ours[name].shape}
        self.modules["painter"].load_state_dict(known, strict=False)
        return teacher.to(memory_format=torch.channels_last)

    def _faces(self, split):
        return [[faces for faces in group if faces.split == split] for group in (self.clips, self.stills)]

    def _to_device(self, batch):
        return {name: tensor.to(self.device) for name, tensor in batch.items()}
