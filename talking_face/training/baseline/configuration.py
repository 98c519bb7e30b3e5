"""What the trainings of the baseline can be told; defaults are the reference's wherever 10 MB of weights allow them."""

from typing import Literal

from talking_face.emotions import EMOTIONS
from talking_face.training.baseline.losses import PERCEPTUAL
from talking_face.training.core.config import Count, Positive, TrainingConfig, require


class BaselineConfig(TrainingConfig):
    """What all three steps can be told."""

    data: str = "runs/baseline-data"  # folder of the sets
    sets: tuple[str, ...] = ("clips", "emotions", "portraits")  # folders of prepared clips
    shares: tuple[Positive, ...] = (0.4, 0.25, 0.35)  # how often each is drawn from
    most_clips: int = 60  # of one speaker in a set
    validation_clips: int = 12  # of a set
    frames: Count = 8  # of a window
    stabilise: bool = True  # bring every frame's head to where the photo has it
    discriminator_filters: tuple[int, ...] = (24, 48, 96, 128, 128)  # of the emotion discriminator
    discriminator_hidden: int = 256
    discriminator_code: int = 128

    def model_post_init(self, context):
        require(len(self.shares) == len(self.sets) > 0, "shares", "as many numbers as there are sets")


class PretrainConfig(BaselineConfig):
    """Step 2: the generator alone."""

    speech_run: str = ""  # run of baseline-speech to take the layers that hear from; "" = none
    generator_run: str = ""  # run to start from; "" = from nothing
    filters: tuple[int, int, int, int, int] = (32, 48, 96, 160, 192)
    speech_filters: tuple[int, int, int, int] = (32, 64, 128, 192)
    image_code: int = 160
    speech_code: int = 128
    emotion_code: int = 32
    noise: int = 32
    context: int = 17
    deform: bool = False
    long_every: Count = 4  # every so many steps, fewer and longer windows, so that the recurrent layers stay steady
    long_frames: int = 32
    l1: float = 100.0  # weight of the mean absolute difference, 1 + `elsewhere` at the mouth
    elsewhere: float = 0.01
    perceptual: Literal[PERCEPTUAL] = "vgg19"
    perceptual_weight: float = 1.0
    heard_emotion: float = 0.001  # weight of the emotion told from speech alone

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


class JointConfig(PretrainConfig):
    """Step 3: the generator with a critic of frames and the emotion discriminator."""

    generator_run: str  # of step 2
    emotion_run: str  # of step 1
    critic_filters: tuple[int, ...] = (24, 48, 96, 128, 128)
    critic_hidden: int = 256
    critic_frames: int = 2  # of a window that the critic sees
    adversarial: float = 0.01  # weight of the critic's verdict
    emotion: float = 0.001  # weight of the emotion discriminator's
    penalty: float = 10.0  # weight of the gradient penalty
    discriminator_rate: float = 1e-4  # learning rate of both, at its highest
