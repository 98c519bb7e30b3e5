"""The reference's training of the baseline, steps 2 and 3: the generator alone, then with its two discriminators.

Losses, weights and order are those of Eskimez et al. 2020 (arXiv 2008.03592); what differs is a key of the
configuration.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from talking_face.emotions import EMOTIONS
from talking_face.errors import TrainingError
from talking_face.generators.baseline.network import SLOPE, Generator
from talking_face.training.baseline.discriminators import EmotionDiscriminator, FrameDiscriminator
from talking_face.training.baseline.losses import (
    PERCEPTUAL,
    gradient_penalty,
    mouth_weights,
    perceptual_loss,
    weighted_l1,
)
from talking_face.training.baseline.validation import validate_generator
from talking_face.training.baseline.windows import LEAD, UNKNOWN, WindowSampler, load_material
from talking_face.training.core.checkpoint import load_module
from talking_face.training.core.config import TrainingConfig, require, require_choice
from talking_face.training.core.loop import Recipe
from talking_face.weights import save_weights

KIND = "baseline generator"
BETAS = 0.5, 0.999  # of every Adam
FAKE = len(EMOTIONS)  # the emotion discriminator's class of videos that are made


@dataclass(frozen=True, kw_only=True)
class BaselineConfig(TrainingConfig):
    """What all three steps can be told."""

    data: str = "runs/baseline-data"  # folder of the sets
    sets: tuple[str, ...] = ("clips", "emotions", "portraits")  # folders of prepared clips
    shares: tuple[float, ...] = (0.4, 0.25, 0.35)  # how often each is drawn from
    most_clips: int = 60  # of one speaker in a set
    validation_clips: int = 12  # of a set
    frames: int = 8  # of a window
    stabilise: bool = True  # bring every frame's head to where the photo has it
    judge_filters: tuple[int, ...] = (24, 48, 96, 128, 128)  # of the emotion discriminator
    judge_hidden: int = 256
    judge_code: int = 128

    def __post_init__(self):
        super().__post_init__()
        require(len(self.shares) == len(self.sets) > 0, "shares", "as many numbers as there are sets")
        require(min(self.shares) > 0, "shares", "numbers above 0")
        require(self.frames >= 1, "frames", "1 or more")


@dataclass(frozen=True, kw_only=True)
class PretrainConfig(BaselineConfig):
    """Step 2: the generator alone."""

    speech_run: str = ""  # run of baseline-speech to take the layers that hear from; "" = none
    generator_run: str = ""  # run to start from; "" = from nothing
    filters: tuple[int, ...] = (32, 48, 96, 160, 192)
    speech_filters: tuple[int, ...] = (32, 64, 128, 192)
    image_code: int = 160
    speech_code: int = 128
    emotion_code: int = 32
    noise: int = 32
    context: int = 17
    deform: bool = False
    long_every: int = 4  # every so many steps, fewer and longer windows, so that the recurrent layers stay steady
    long_frames: int = 32
    l1: float = 100.0  # weight of the mean absolute difference, 1 + `elsewhere` at the mouth
    elsewhere: float = 0.01
    perceptual: str = "vgg19"
    perceptual_weight: float = 1.0
    heard_emotion: float = 0.001  # weight of the emotion told from speech alone

    def __post_init__(self):
        super().__post_init__()
        require_choice(self.perceptual, "perceptual", PERCEPTUAL)
        require(len(self.filters) == 5, "filters", "five numbers")
        require(len(self.speech_filters) == 4, "speech_filters", "four numbers")
        require(self.long_every >= 1, "long_every", "1 or more")

    @property
    def generator(self):
        """Arguments of `Generator`, JSON types."""
        return {
            "filters": list(self.filters),
            "speech_filters": list(self.speech_filters),
            "image_code": self.image_code,
            "speech_code": self.speech_code,
            "emotion_code": self.emotion_code,
            "noise": self.noise,
            "context": self.context,
            "emotions": len(EMOTIONS),
            "deform": self.deform,
        }


@dataclass(frozen=True, kw_only=True)
class JointConfig(PretrainConfig):
    """Step 3: the generator with a critic of frames and the emotion discriminator."""

    generator_run: str  # of step 2
    emotion_run: str  # of step 1
    critic_filters: tuple[int, ...] = (24, 48, 96, 128, 128)
    critic_hidden: int = 256
    critic_frames: int = 2  # of a window that the critic judges
    adversarial: float = 0.01  # weight of the critic's verdict
    emotion: float = 0.001  # weight of the emotion discriminator's
    penalty: float = 10.0  # weight of the gradient penalty
    discriminator_rate: float = 1e-4  # learning rate of both, at its highest


class PretrainRecipe(Recipe):
    """Mouth-weighted L1, perceptual loss and speech emotion."""

    averaged = ("generator",)

    def __init__(self, config):
        super().__init__(config)
        self.sampler, self.held_out, self.notes = load_data(config)
        generator = Generator(**config.generator).to(self.device)
        generator.apply(initialise)
        self.modules["generator"] = generator
        self.optimisers["generator"] = adam(generator, config.learning_rate)
        self.perceptual = perceptual_loss(config.perceptual)
        if self.perceptual:
            self.perceptual.to(self.device)
        if config.speech_run:
            for part in ("speech_encoder", "speech_rnn"):
                start_from(getattr(generator, part), config.speech_run, part)
        if config.generator_run:
            start_from(generator, config.generator_run, "generator", ("image_encoder.convde.", "image_encoder.att."))

    def advance(self, step):
        batch = self.batch(step)
        made, logits = self.generate(batch)
        losses = self.reconstruction(batch, made, logits)
        self.descend("generator", sum(losses.values()))
        return losses

    def batch(self, step):
        """The step's windows."""
        config, size, frames = self.config, self.config.batch, self.config.frames
        if step % config.long_every == 0 and config.long_frames > frames:
            size, frames = max(1, size * frames // config.long_frames), config.long_frames
        return self.sampler.batch(self.random(step), size, frames).to(self.device)

    def generate(self, batch):
        """Frames of the windows, float32, and the emotion logits of the voices."""
        generator, frames = self.modules["generator"], batch.video.shape[1]
        noise = generator.draw_noise(batch.speech)
        emotion = F.one_hot(batch.emotion, len(EMOTIONS)).float()
        with self.autocast():
            codes, skips, _, logits = generator.encode(batch.image, batch.speech, emotion, *noise)
            made, _ = generator.decoder(codes[:, LEAD : LEAD + frames], skips)
        return made.float(), logits.float()

    def reconstruction(self, batch, made, logits):
        """The generator's losses that need no adversary, weighted."""
        config = self.config
        weights = mouth_weights(batch.mouth, made.shape[-1]) + config.elsewhere
        losses = {"l1": config.l1 * weighted_l1(made, batch.video, weights)}
        if self.perceptual:
            with self.autocast():
                loss = self.perceptual(made.flatten(0, 1), batch.video.flatten(0, 1))
            losses["perceptual"] = config.perceptual_weight * loss
        known = (batch.spoken != UNKNOWN).sum().clamp(min=1)
        told = F.cross_entropy(logits, batch.spoken, ignore_index=UNKNOWN, reduction="sum") / known
        losses["heard emotion"] = config.heard_emotion * told
        return losses

    def validate(self, step):
        groups = {name: clips for name, clips in self.held_out.items() if clips}
        if not groups:
            raise TrainingError("There are no held-out clips to validate on; please prepare some of split val.")
        return validate_generator(self.modules["generator"], groups, self.config.stabilise, len(EMOTIONS), self.device)

    def export(self, path):
        save_weights(path, self.modules["generator"].state_dict(), KIND, self.config.generator, EMOTIONS)

    def data_notes(self):
        return self.notes


class JointRecipe(PretrainRecipe):
    """The same, and WGAN-GP of single frames and a seven-class emotion discriminator; each step trains all three."""

    def __init__(self, config):
        super().__init__(config)
        critic = FrameDiscriminator(config.critic_filters, config.critic_hidden).to(self.device)
        judge = emotion_discriminator(config).to(self.device)
        start_from(judge, config.emotion_run, "emotion")
        self.modules |= {"critic": critic, "emotion": judge}
        for name, module in (("critic", critic), ("emotion", judge)):
            self.optimisers[name] = adam(module, config.discriminator_rate)

    def advance(self, step):
        batch = self.batch(step)
        made, logits = self.generate(batch)
        judged = torch.randperm(made.shape[1])[: self.config.critic_frames]
        losses = self.train_discriminators(batch, made.detach(), judged)
        critic, judge = self.modules["critic"], self.modules["emotion"]
        of_generator = self.reconstruction(batch, made, logits)
        with frozen(critic, judge):
            of_generator["adversarial"] = -self.config.adversarial * critic(batch.image, made[:, judged]).mean()
            of_generator["emotion"] = self.config.emotion * F.cross_entropy(judge(made), batch.emotion)
            self.descend("generator", sum(of_generator.values()))
        return losses | of_generator

    def train_discriminators(self, batch, made, judged):
        """A step of the critic and of the emotion discriminator."""
        critic, judge = self.modules["critic"], self.modules["emotion"]
        real, fake = batch.video[:, judged], made[:, judged]
        distance = critic(batch.image, real).mean() - critic(batch.image, fake).mean()
        penalty = gradient_penalty(critic, batch.image, real, fake)
        self.descend("critic", self.config.penalty * penalty - distance)
        fakes = torch.full_like(batch.emotion, FAKE)
        told = F.cross_entropy(judge(batch.video), batch.emotion) + F.cross_entropy(judge(made), fakes)
        self.descend("emotion", told)
        return {"critic's distance": distance, "penalty": penalty, "emotion told": told}


def load_data(config):
    """The sampler of training windows, the held-out clips by set, and notes on both for the provenance."""
    train, val = (
        load_material(config.data, config.sets, config.shares, split, most)
        for split, most in (("train", config.most_clips), ("val", config.most_clips))
    )
    held_out = {}
    for name, speakers in zip(config.sets, val.sets):
        clips = [clip for clips in speakers for clip in clips]
        spread = torch.linspace(0, len(clips) - 1, min(len(clips), config.validation_clips)).long().tolist()
        held_out[name] = [clips[i] for i in spread]
    people = lambda material: {name: len(speakers) for name, speakers in zip(config.sets, material.sets)}
    notes = {"people in training": people(train), "people held out": people(val)}
    return WindowSampler(train, config.stabilise), held_out, notes


def emotion_discriminator(config):
    """The seven-class discriminator of a configuration."""
    judge = EmotionDiscriminator(config.judge_filters, config.judge_hidden, config.judge_code, len(EMOTIONS) + 1)
    return judge.apply(initialise)


def initialise(layer):
    """He's initialisation (2015) of a convolution or linear layer, which keeps the size of what passes through.

    With torch's own, each layer shrinks it: after the decoder's first four the codes are drowned by the skip maps, and the
    generator stays deaf; the emotion discriminator, after 200 steps, still guesses.
    """
    if isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(layer.weight, SLOPE)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


@contextlib.contextmanager
def frozen(*modules):
    """Context in which gradients pass through modules, but none are computed for their weights."""
    for module in modules:
        module.requires_grad_(False)
    try:
        yield
    finally:
        for module in modules:
            module.requires_grad_(True)


def adam(module, rate):
    """The reference's optimiser."""
    return torch.optim.Adam(module.parameters(), lr=rate, betas=BETAS)


def start_from(module, run, name, new=()):
    """Give a module the weights that a run has under a name.

    Parameters
    ----------
    module : torch.nn.Module
    run : path
        Folder of the run.
    name : str
        Of the module there.
    new : tuple of str
        Beginnings of the names of weights that the run's module need not have.

    Raises
    ------
    TrainingError
        The run is missing or its networks have other widths.
    """
    try:
        missing, unexpected = module.load_state_dict(load_module(Path(run), name), strict=False)
    except RuntimeError:
        missing, unexpected = [name], []
    if unexpected or any(not key.startswith(new) for key in missing):
        raise TrainingError(f"The run in {run} has a {name} of other widths; please make the configurations agree.")
