"""Before the reference's three steps: the baseline's speech encoder learns lips from sound alone.

Painting a frame costs forty times as much as hearing it, and a generator that cannot hear yet learns to copy the
photo and nothing else. So the layers that hear see many more recordings first, with a linear layer that predicts the
landmarks of lips and jaw from their code; it is left out afterwards.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from talking_face.data.clip import SIZE
from talking_face.evaluation import metrics
from talking_face.face.geometry import EYE_DISTANCE, JAW, LIPS, lip_opening, transform
from talking_face.face.shape import head_similarity
from talking_face.generators.baseline.encoders import SPEECH_FEATURES, SpeechEncoder
from talking_face.training.baseline.configuration import BaselineConfig
from talking_face.training.baseline.material import load_data
from talking_face.training.baseline.networks import adam
from talking_face.training.baseline.windows import LEAD, TAIL, random_speech, whole_speech
from talking_face.training.core.config import Count
from talking_face.training.core.recipe import Recipe
from talking_face.weights import save_weights

KIND = "baseline speech encoder"
SPOKEN = np.concatenate([JAW[3:14], LIPS])  # landmarks that speech moves


class SpeechConfig(BaselineConfig):
    """The layers that hear."""

    frames: Count = 30
    speech_filters: tuple[int, int, int, int] = (32, 64, 128, 192)
    speech_code: int = 128
    context: int = 17


class SpeechRecipe(Recipe):
    """Smooth L1 of landmarks, head movement and each clip's mean face taken out, lively and quiet faces alike."""

    Config = SpeechConfig
    averaged = ("speech_encoder", "speech_rnn", "landmarks")

    def __init__(self, config):
        super().__init__(config)
        self.sampler, self.held_out, self.notes = load_data(config)
        moves = {clip.id: displacements(clip) for clip in self.sampler.material.clips}
        self.scale = np.std(np.concatenate(list(moves.values())), 0) + 1e-6
        self.motion = {name: balanced(move / self.scale) for name, move in moves.items()}
        code = config.speech_code
        self.modules["speech_encoder"] = SpeechEncoder(config.speech_filters, code, config.context)
        self.modules["speech_rnn"] = nn.LSTM(code, code, num_layers=2, batch_first=True)
        self.modules["landmarks"] = nn.Linear(code, 2 * len(SPOKEN))
        layers = nn.ModuleDict(self.modules).to(self.device)
        self.optimisers["speech"] = adam(layers, config.learning_rate)

    def advance(self, step):
        random, sounds, motions = self.random(step), [], []
        for _ in range(self.config.batch):
            clip = self.sampler.clip(random)
            speech, where = random_speech(random, clip, self.config.frames)
            sounds.append(speech)
            motions.append(self.motion[clip.id][where])
        speech, motion = (torch.from_numpy(np.stack(x).astype(np.float32)).to(self.device) for x in (sounds, motions))
        margins = torch.randn(len(speech), SPEECH_FEATURES, 2 * self.config.context, device=self.device)
        with self.autocast():
            predicted = self.predict(speech[:, None], margins)[:, LEAD:-TAIL]
        # The mean is the face's own, not the sound's.
        centred = [part - part.mean(1, keepdim=True) for part in (predicted.float(), motion)]
        loss = F.smooth_l1_loss(*centred)
        self.descend("speech", loss)
        return {"landmarks": loss}

    def validate(self, step):
        """Correlation of the lip opening predicted with the real one, a mean over clips; 0 for a still photo."""
        numbers = {}
        for name, clips in self.held_out.items():
            pairs = [(self.scale * self.predict_clip(clip), displacements(clip)) for clip in clips]
            scores = [metrics.correlation(*(lip_opening(landmarks(part)) for part in pair)) for pair in pairs]
            if scores:
                numbers[f"lip correlation, {name}"] = float(np.mean(scores))
        return numbers, None

    def predict(self, speech, margins=None):
        """Waveform (B, 1, samples) -> displacements (B, T, 2 * len(SPOKEN)) in units of their standard deviation."""
        _, codes = self.modules["speech_encoder"](speech, margins)
        return self.modules["landmarks"](self.modules["speech_rnn"](codes)[0])

    def predict_clip(self, clip):
        """The same from a whole clip's sound, ndarray (T, 2 * len(SPOKEN))."""
        return self.predict(torch.from_numpy(whole_speech(clip))[None, None].to(self.device))[0].cpu().numpy()

    def export(self, path):
        config = {"speech_filters": list(self.config.speech_filters)}
        config |= {"speech_code": self.config.speech_code, "context": self.config.context}
        save_weights(path, nn.ModuleDict(self.modules).state_dict(), KIND, config)

    def data_notes(self):
        return self.notes


def displacements(clip):
    """Landmarks that speech moves, head movement and the clip's mean taken out: (T, 2 * len(SPOKEN)), eye distances."""
    points = clip.landmarks.astype(np.float64)
    points = transform(head_similarity(points, points[0]), points)[:, SPOKEN]
    return ((points - points.mean(0)) / (EYE_DISTANCE * SIZE)).reshape(len(points), -1)


def balanced(motion):
    """A clip's motion at the amplitude that is usual, so that none outweighs the rest."""
    return motion / max(np.sqrt((motion**2).mean()), 0.3)


def landmarks(motion):
    """Displacements (T, 2 * len(SPOKEN)) as (T, 68, 2), 0 where speech moves nothing."""
    points = np.zeros((len(motion), 68, 2))
    points[:, SPOKEN] = motion.reshape(len(motion), -1, 2)
    return points
