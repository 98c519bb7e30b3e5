"""Whether lips and sound belong together: two small networks whose answers agree where they are in time.

After SyncNet (Chung & Zisserman 2016), but with landmarks in place of pixels: fifteen times as many people have been
measured as may be shown, and light, skin and resolution cannot mislead it.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from talking_face.audio.mel import COLUMNS_PER_FRAME, N_MELS
from talking_face.data.motion_sets import shift_sound
from talking_face.face.geometry import LIPS
from talking_face.motion.hearing import without_noise
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_weights

KIND = "lip sync"
FRAMES = 9  # heard and seen at once
MOST = 15  # frames of offset that are tried
POOLED = 2  # bands and columns averaged
LEAST = 50  # frames, to say anything
FAR = 4  # frames; real lips further from their sound than that are not in step, whatever the table says
LEFT = 0.3  # share of steady noise which stays
DYNAMIC_RANGE = 5.0  # log10 power kept below a recording's peak: 50 dB


class SyncNetwork(nn.Module):
    """Two perceptrons with one hidden layer: one hears, one sees.

    Parameters
    ----------
    hidden, size : int
        Units, and length of an answer.
    """

    def __init__(self, hidden=192, size=48):
        super().__init__()
        heard, seen = FRAMES * COLUMNS_PER_FRAME // POOLED * N_MELS // POOLED, FRAMES * len(LIPS) * 2
        side = lambda inputs: nn.Sequential(
            nn.Linear(inputs, hidden), nn.GELU(), nn.Dropout(0.2), nn.LayerNorm(hidden), nn.Linear(hidden, size)
        )
        self.hears, self.sees = side(heard), side(seen)

    def forward(self, heard, seen):
        """Windows of sound (N, ...) and lips (M, ...) -> cosines of all pairs (N, M)."""
        return F.normalize(self.hears(heard), dim=-1) @ F.normalize(self.sees(seen), dim=-1).T

    @classmethod
    def load(cls, path=CHECKPOINTS / "lip-sync.safetensors"):
        """Read the shipped weights."""
        tensors, config = load_weights(path, KIND)
        network = cls(**config)
        network.load_state_dict(tensors)
        return network.eval()


def normalise_log_mel(log_mel):
    """Take out what room, microphone and distance did: steady noise, and level and half of the colour of the loud half.

    Parameters
    ----------
    log_mel : Tensor, (..., T, mels)
        log10 mel power.

    Returns
    -------
    Tensor, (..., T, mels)
        About zero mean over the loud columns, in the range of about -4 to 2.
    """
    log_mel = without_noise(log_mel, LEFT)
    energy = log_mel.mean(-1, keepdim=True)
    floor = torch.quantile(log_mel.amax(-1), 0.98, dim=-1)[..., None, None] - DYNAMIC_RANGE
    loud = (energy > energy.median(-2, keepdim=True).values).to(log_mel.dtype)
    log_mel = torch.maximum(log_mel, floor)
    colour = (log_mel * loud).sum(-2, keepdim=True) / loud.sum(-2, keepdim=True).clamp(min=1)
    return log_mel - (colour + colour.mean(-1, keepdim=True)) / 2


def sound_windows(log_mel):
    """What is heard around each frame that has `FRAMES // 2` before and behind: (4 T, 80) -> (T - 8, D) Tensor."""
    heard = normalise_log_mel(torch.from_numpy(np.ascontiguousarray(log_mel, np.float32)))
    pooled = F.avg_pool2d(heard[None], POOLED)[0]
    columns = FRAMES * COLUMNS_PER_FRAME // POOLED
    return pooled.unfold(0, columns, COLUMNS_PER_FRAME // POOLED).flatten(1)


def lip_windows(shape):
    """Lips around each such frame, less their mean, by how much they move: (T, 68, 2) -> (T - 8, D) Tensor."""
    lips = torch.from_numpy(np.ascontiguousarray(shape[:, LIPS].reshape(len(shape), -1), np.float32))
    lips = (lips - lips.mean(0)) / lips.std(0).mean().clamp(min=1e-4)
    return lips.unfold(0, FRAMES, 1).flatten(1)


@torch.inference_mode()
def offset(network, log_mel, shape):
    """How late lips are, and how surely.

    Parameters
    ----------
    network : SyncNetwork
    log_mel : ndarray, (4 T, 80)
    shape : ndarray, (T, 68, 2)
        Landmarks without head pose, or their displacements.

    Returns
    -------
    frames : int
        The offset at which they agree best, within `MOST`; positive where lips are late.
    confidence : float
        Mean cosine there, less the median over offsets.
    """
    frames = min(len(log_mel) // COLUMNS_PER_FRAME, len(shape))
    cosines = network(sound_windows(log_mel[: COLUMNS_PER_FRAME * frames]), lip_windows(shape[:frames])).numpy()
    most = min(MOST, len(cosines) - 1)
    means = np.array([np.diagonal(cosines, late).mean() for late in range(-most, most + 1)])
    return int(means.argmax() - most), float(means.max() - np.median(means))


def in_step(recording, network):
    """The recording, its sound moved to where its own lips say it belongs, if that is more than `FAR` frames away."""
    if len(recording.landmarks) < LEAST:
        return recording
    late, confidence = offset(network, recording.log_mel, recording.landmarks)
    if abs(late) <= FAR:
        return recording
    print(f"  {recording.id}: real lips {late:+d} frames from their sound ({confidence:.2f}); brought into step")
    return shift_sound(recording, -late * COLUMNS_PER_FRAME)


def measure_sync(recordings, predict):
    """Offsets of held-out people's own lips, and of those predicted from their sound: the report's numbers.

    Parameters
    ----------
    recordings : list of Recording
        Held out; those shorter than `LEAST` are passed over.
    predict : callable
        Log-mel (4 T, 80) -> displacement of the landmarks (T, 68, 2).
    """
    network, results = SyncNetwork.load(), {}
    long = [recording for recording in recordings if len(recording.landmarks) >= LEAST]
    for whose, lips in (("real", lambda r: r.landmarks), ("predicted", lambda r: predict(r.log_mel))):
        late, sure = np.array([offset(network, r.log_mel, lips(r)) for r in long]).T
        counts = {int(frames): int((late == frames).sum()) for frames in sorted(set(late))}
        print(f"  offsets of {whose} lips, frames late: recordings", counts)
        results[f"lip sync, {whose} lips within a frame, {len(long)} recordings"] = round(
            float((abs(late) <= 1).mean()), 3
        )
        results[f"lip sync, confidence, {whose} lips"] = round(float(sure.mean()), 3)
    return results
