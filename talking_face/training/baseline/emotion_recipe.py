"""The reference's training of the baseline, step 1: the emotion discriminator learns emotions from real clips."""

from torch.nn import functional as F

from talking_face.emotions import EMOTIONS
from talking_face.training.baseline.configuration import BaselineConfig
from talking_face.training.baseline.material import load_data
from talking_face.training.baseline.networks import adam, emotion_discriminator
from talking_face.training.baseline.validation import whole_clip
from talking_face.training.baseline.windows import stack
from talking_face.training.core.config import Count, Positive
from talking_face.training.core.recipe import Recipe
from talking_face.weights import save_weights

KIND = "emotion discriminator"


class EmotionConfig(BaselineConfig):
    """Step 1."""

    shares: tuple[Positive, ...] = (0.1, 0.3, 0.6)
    batch: Count = 16


class EmotionRecipe(Recipe):
    """Six-way cross-entropy; the seventh class, fake, is left for the joint training."""

    Config = EmotionConfig
    averaged = ("emotion",)

    def __init__(self, config):
        super().__init__(config)
        self.sampler, self.held_out, self.notes = load_data(config)
        self.modules["emotion"] = emotion_discriminator(config).to(self.device)
        self.optimisers["emotion"] = adam(self.modules["emotion"], config.learning_rate)

    def advance(self, step):
        batch = self.sampler.batch(self.random(step), self.config.batch, self.config.frames).to(self.device)
        with self.autocast():
            logits = self.modules["emotion"](batch.video)
        loss = F.cross_entropy(logits.float(), batch.emotion)
        self.descend("emotion", loss)
        return {"emotion": loss, "right": (logits.argmax(1) == batch.emotion).float().mean()}

    def validate(self, step):
        """Share of held-out clips whose emotion is told right, from the clip and from its photo repeated."""
        right = {"video": [], "still photo": []}
        for clip in (clip for clips in self.held_out.values() for clip in clips):
            window = whole_clip(clip, self.config.stabilise)
            batch = stack([window]).to(self.device)
            still = batch.image[:, None].expand_as(batch.video)
            for name, video in (("video", batch.video), ("still photo", still)):
                right[name].append(float(self.modules["emotion"](video)[0, : len(EMOTIONS)].argmax() == batch.emotion))
        numbers = {f"emotion told right, {name}": sum(hits) / max(1, len(hits)) for name, hits in right.items()}
        return numbers, None

    def export(self, path):
        config = {
            "filters": list(self.config.discriminator_filters),
            "hidden": self.config.discriminator_hidden,
            "code": self.config.discriminator_code,
            "classes": len(EMOTIONS) + 1,
        }
        save_weights(path, self.modules["emotion"].state_dict(), KIND, config)

    def data_notes(self):
        return self.notes
