"""The reference's training of the baseline, step 3: the generator with its two discriminators."""

import torch
from torch.nn import functional as F

from talking_face.emotions import EMOTIONS
from talking_face.training.baseline.configuration import JointConfig
from talking_face.training.baseline.discriminators import FrameDiscriminator
from talking_face.training.baseline.losses import gradient_penalty
from talking_face.training.baseline.networks import adam, emotion_discriminator, frozen, start_from
from talking_face.training.baseline.pretrain_recipe import PretrainRecipe

FAKE = len(EMOTIONS)  # the emotion discriminator's class of videos that are made


class JointRecipe(PretrainRecipe):
    """The same, and WGAN-GP of single frames and a seven-class emotion discriminator; each step trains all three."""

    Config = JointConfig

    def __init__(self, config):
        super().__init__(config)
        critic = FrameDiscriminator(config.critic_filters, config.critic_hidden).to(self.device)
        emotion = emotion_discriminator(config).to(self.device)
        start_from(emotion, config.emotion_run, "emotion")
        self.modules |= {"critic": critic, "emotion": emotion}
        for name, module in (("critic", critic), ("emotion", emotion)):
            self.optimisers[name] = adam(module, config.discriminator_rate)

    def advance(self, step):
        batch = self.batch(step)
        made, logits = self.generate(batch)
        seen = torch.randperm(made.shape[1])[: self.config.critic_frames]
        losses = self.train_discriminators(batch, made.detach(), seen)
        critic, classifier = self.modules["critic"], self.modules["emotion"]
        of_generator = self.reconstruction(batch, made, logits)
        with frozen(critic, classifier):
            of_generator["adversarial"] = -self.config.adversarial * critic(batch.image, made[:, seen]).mean()
            of_generator["emotion"] = self.config.emotion * F.cross_entropy(classifier(made), batch.emotion)
            self.descend("generator", sum(of_generator.values()))
        return losses | of_generator

    def train_discriminators(self, batch, made, seen):
        """A step of the critic and of the emotion discriminator."""
        critic, classifier = self.modules["critic"], self.modules["emotion"]
        real, fake = batch.video[:, seen], made[:, seen]
        distance = critic(batch.image, real).mean() - critic(batch.image, fake).mean()
        penalty = gradient_penalty(critic, batch.image, real, fake)
        self.descend("critic", self.config.penalty * penalty - distance)
        fakes = torch.full_like(batch.emotion, FAKE)
        classified = F.cross_entropy(classifier(batch.video), batch.emotion) + F.cross_entropy(classifier(made), fakes)
        self.descend("emotion", classified)
        return {"critic's distance": distance, "penalty": penalty, "emotion told": classified}
