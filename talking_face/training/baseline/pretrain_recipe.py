"""The reference's training of the baseline, step 2: the generator alone.

Losses, weights and order are those of Eskimez et al. 2020 (arXiv 2008.03592); what differs is a key of the
configuration.
"""

from torch.nn import functional as F

from talking_face.emotions import EMOTIONS
from talking_face.errors import TrainingError
from talking_face.generators.baseline.network import Generator
from talking_face.training.baseline.configuration import PretrainConfig
from talking_face.training.baseline.losses import mouth_weights, perceptual_loss, weighted_l1
from talking_face.training.baseline.material import load_data
from talking_face.training.baseline.networks import adam, initialise, start_from
from talking_face.training.baseline.validation import validate_generator
from talking_face.training.baseline.windows import LEAD, UNKNOWN
from talking_face.training.core.recipe import Recipe
from talking_face.weights import save_weights

KIND = "baseline generator"


class PretrainRecipe(Recipe):
    """Mouth-weighted L1, perceptual loss and speech emotion."""

    Config = PretrainConfig
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
        heard = F.cross_entropy(logits, batch.spoken, ignore_index=UNKNOWN, reduction="sum") / known
        losses["heard emotion"] = config.heard_emotion * heard
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
