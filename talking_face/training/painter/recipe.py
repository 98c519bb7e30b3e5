"""The recipe of our generator's painter: reconstruction of real pictures, and later a discriminator for the teeth."""

from itertools import chain
from typing import Literal

import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt

from talking_face.generators.deformable.inside.mouths import Mouths
from talking_face.generators.deformable.painter import KIND
from talking_face.training.core.config import Count, Positive, TrainingConfig
from talking_face.training.core.recipe import Recipe
from talking_face.training.painter.ablated_painters import PAINTERS
from talking_face.training.painter.discriminator import HEIGHT, WIDTH, MouthDiscriminator, mouth_view
from talking_face.training.painter.faces import load_clips, load_stills
from talking_face.training.painter.losses import adversarial_losses, discriminator_loss, reconstruction_loss
from talking_face.training.painter.painting import paint, prepare
from talking_face.training.painter.pairs import PairSampler
from talking_face.training.painter.validation import validate, validation_pairs
from talking_face.weights import load_weights, save_weights

REMEMBERED = 512  # pairs of mouths that the discriminator learns from: the last ones, real and ours
LESSONS, LESSON = 4, 32  # batches of them a step, and their size


class GeneratorConfig(TrainingConfig):
    """What the painter's training can be told."""

    output: str = "checkpoints/deformable.safetensors"
    run: str = "runs/generator"
    steps: Count = 7000
    variant: Literal[tuple(PAINTERS)] = "drawing"  # what ships; others only for the ablation
    discriminator_rate: Positive = 5e-4
    adversarial: NonNegativeFloat = 0.08  # weight of the discriminator's verdict; 0 = no discriminator at all
    adversarial_from: NonNegativeInt = 1500  # step, once reconstruction has settled
    feature_matching: NonNegativeFloat = 0.45
    paint: NonNegativeFloat = 0.05  # cost of paint in place of the drawing, which is sharper
    frames_a_clip: int = Field(8, ge=2)  # of the speaker who has hundreds of clips
    start: str = ""  # weights of a painter to start from, as far as they fit


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
        painter = PAINTERS[config.variant]()
        if config.start:
            painter.load_state_dict(fitting(config.start, painter), strict=False)
        painter = painter.to(self.device, memory_format=torch.channels_last)
        self.modules["painter"] = painter
        self.optimisers["painter"] = torch.optim.AdamW(
            painter.parameters(), config.learning_rate, betas=(0.9, 0.99), weight_decay=1e-3
        )
        if config.adversarial:
            discriminator = MouthDiscriminator().to(self.device)
            self.modules["discriminator"] = discriminator
            self.optimisers["discriminator"] = torch.optim.AdamW(
                discriminator.parameters(), config.discriminator_rate, betas=(0.5, 0.99)
            )
        self.seen = torch.empty(0, 2, 4, HEIGHT, WIDTH, device=self.device)
        mouths = Mouths.load()
        self.clips, self.stills = load_clips(config.data, config.frames_a_clip), load_stills(config.data)
        self.sampler = PairSampler(*self._faces("train"), mouths)
        held_out = self._faces("val")
        pairs = validation_pairs(*held_out, PairSampler(*held_out, mouths))
        self.pairs = {kind: self._to_device(batch) for kind, batch in pairs.items()}

    def advance(self, step):
        config, painter = self.config, self.modules["painter"]
        batch = self._to_device(prepare(*self.sampler.batch(config.batch, self.random(step))))
        with self.autocast():
            painting, picture = paint(painter, batch)
        loss = reconstruction = reconstruction_loss(painting, picture, batch, config.paint)
        losses = {"reconstruction": reconstruction}
        if config.adversarial and step > config.adversarial_from:
            adversarial, matching = self._judge(mouth_view(batch["target"], batch), mouth_view(picture, batch), losses)
            loss = loss + config.adversarial * adversarial + config.feature_matching * matching
        self.descend("painter", loss)
        return losses

    def _judge(self, real, ours, losses):
        """Teach the discriminator views of mouths, and hear its verdict on ours: two losses of the painter."""
        discriminator = self.modules["discriminator"].requires_grad_(True)
        self.seen = torch.cat([torch.stack([real, ours.detach()], 1), self.seen])[:REMEMBERED]
        for _ in range(LESSONS):
            lesson = self.seen[torch.randint(len(self.seen), (LESSON,))]
            losses["discriminator"] = discriminator_loss(discriminator, lesson[:, 0], lesson[:, 1])
            self.descend("discriminator", losses["discriminator"])
        discriminator.requires_grad_(False)
        losses["adversarial"], losses["feature matching"] = adversarial_losses(discriminator, real, ours)
        return losses["adversarial"], losses["feature matching"]

    def state(self):
        return {"seen": self.seen}

    def restore(self, state):
        self.seen = state["seen"].to(self.device)

    def validate(self, step):
        return validate(self.modules["painter"], self.pairs)

    def export(self, path):
        painter = self.modules["painter"]
        kind = KIND if self.config.variant == "drawing" else f"ablation: {self.config.variant}"
        config = {"channels": painter.channels, "decoder": painter.decoder, "teeth": painter.teeth}
        save_weights(path, painter.state_dict(), kind, config)

    def data_notes(self):
        people = lambda split: len({faces.speaker for faces in chain(*self._faces(split))})
        return {"people in training": people("train"), "people held out": people("val")}

    def _faces(self, split):
        return [[faces for faces in group if faces.split == split] for group in (self.clips, self.stills)]

    def _to_device(self, batch):
        return {name: tensor.to(self.device) for name, tensor in batch.items()}


def fitting(path, painter):
    """Those of a painter's weights on disk whose names and shapes fit another: dict of str to Tensor."""
    ours = painter.state_dict()
    known = load_weights(path, KIND)[0].items()
    return {name: tensor for name, tensor in known if name in ours and tensor.shape == ours[name].shape}
