"""Fit the measure of lip sync: a window of sound picks its own lips among the same person's at other times."""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.data.motion_sets import load_recordings
from talking_face.evaluation.lips.sync import FRAMES, KIND, MOST, SyncNetwork, lip_windows, sound_windows
from talking_face.face.shape import FaceShape
from talking_face.paths import CHECKPOINTS
from talking_face.training.core.recipe import warm_up_and_cosine
from talking_face.training.motion.augmentation import augment_log_mel
from talking_face.weights import save_weights

STEPS, RATE, WARM_UP = 1500, 2e-3, 50
RECORDINGS, WINDOWS = 12, 24  # of a step, and of each of them
SURE = 0.4  # correlation by which a recording is surely in sync
TEMPERATURE = 0.07


def fit_lip_sync(recordings, steps=STEPS, seed=0):
    """Train a network on people who are not held out.

    Parameters
    ----------
    recordings : list of Recording
        In sync.
    steps, seed : int

    Returns
    -------
    SyncNetwork
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    known = [r for r in recordings if not r.held_out and r.confidence >= SURE and len(r.landmarks) > 2 * FRAMES + MOST]
    weights = np.sqrt([len(r.landmarks) for r in known])
    for speaker in {r.speaker for r in known}:  # as often as the square root of what each has said
        own = np.array([r.speaker == speaker for r in known])
        weights[own] /= np.sqrt(own.sum())
    voice = lambda random: known[random.integers(len(known))].log_mel
    network = SyncNetwork().train()
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: warm_up_and_cosine(step + 1, WARM_UP, steps))
    for _ in range(steps):
        loss = 0.0
        for number in random.choice(len(known), RECORDINGS, p=weights / weights.sum()):
            recording = known[number]
            first = random.integers(0, max(1, len(recording.landmarks) - 200))
            lips = lip_windows(recording.landmarks[first : first + 200])
            last = first + len(lips) + FRAMES - 1
            log_mel = recording.log_mel[COLUMNS_PER_FRAME * first : COLUMNS_PER_FRAME * last]
            heard = sound_windows(augment_log_mel(log_mel, random, voice))
            chosen = torch.from_numpy(random.permutation(min(len(heard), len(lips)))[:WINDOWS])
            cosines = network(heard[chosen], lips[chosen]) / TEMPERATURE
            own = torch.arange(len(chosen))
            loss = loss + (F.cross_entropy(cosines, own) + F.cross_entropy(cosines.T, own)) / 2 / RECORDINGS
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


def main(argv=None):
    """Train and write the weights; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m talking_face.training.motion.lip_sync", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    parser.add_argument("--output", type=Path, default=CHECKPOINTS / "lip-sync.safetensors", help="the file to write")
    args = parser.parse_args(argv)
    network = fit_lip_sync(load_recordings(args.data, FaceShape.load()))
    save_weights(args.output, network.state_dict(), KIND, {})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
