"""Train the motion model on all motion material of the data room.

    python -m talking_face.training.train_motion --data ../shared/data

Several small networks are trained, each from its own seed, and averaged. After the first one, sources whose sound and
picture do not quite line up are brought into sync by what it predicts, and all are trained on that.
"""

import argparse
import dataclasses
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from talking_face.face_shape import FaceShape
from talking_face.geometry import BROWS, LEFT_EYE, RIGHT_EYE
from talking_face.models.motion import COLUMNS_PER_FRAME, MotionNetwork, normalise_log_mel
from talking_face.training.emotions import fit_emotions, lip_opening_displacement, posed_displacements
from talking_face.training.mel_augmentation import augment_log_mel, mask
from talking_face.training.motion_data import MIN_CONFIDENCE, lip_opening, load_recordings, resting_faces
from talking_face.training.options import add_options, read_options
from talking_face.weights import save_weights

# How often each group of sources is drawn; within a group, speakers by the square root of their minutes.
SHARES = {"main": 0.25, "grid": 0.10, "arabic": 0.35, "web": 0.30}
STILL = np.concatenate([BROWS, RIGHT_EYE, LEFT_EYE])  # left to emotion and blinks


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that can be set."""

    steps: int = 450  # more lowers the correlation on strangers (docs/experiments.md)
    batch: int = 32
    window: int = 80  # frames
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    components: int = 16
    members: int = 4
    gain: float = 1.4  # makes up for what averaging takes from strangers' amplitude; from the held-out wide sets


def group(recording):
    """Which group of `SHARES` a recording belongs to."""
    if recording.source == "GRID":
        return "main" if recording.speaker == "grid_s1" else "grid"
    return "arabic" if recording.source.startswith("LRC-AR") else "web"


def speech_motion(recording, resting):
    """Displacement of lips, jaw and nose from the speaker's resting face: (T, 68, 2) float32."""
    motion = recording.landmarks - resting[recording.speaker]
    motion[:, STILL] = 0
    return motion.astype(np.float32)


class WindowSampler:
    """Random training windows, balanced over sources and speakers, each speaker's amplitude brought to the median."""

    def __init__(self, recordings, resting, basis, config, seed):
        self.random, self.config, self.basis = np.random.default_rng(seed), config, basis
        openings = defaultdict(list)
        for recording in recordings:
            openings[recording.speaker].append(lip_opening(recording.landmarks))
        spread = {speaker: np.concatenate(parts).std() for speaker, parts in openings.items()}
        self.spread = float(np.median(list(spread.values())))
        self.groups = {name: defaultdict(list) for name in SHARES}
        for recording in recordings:
            scale = np.clip(self.spread / spread[recording.speaker], 0.5, 2)
            target = (speech_motion(recording, resting) * scale).reshape(-1, 136) @ basis.T
            self.groups[group(recording)][recording.speaker].append((recording.log_mel, target.astype(np.float32)))

    def batch(self):
        """Mel (B, 4 W, 80), coefficients (B, W, K), valid (B, W): float32 tensors."""
        size, window = self.config.batch, self.config.window
        mels = np.zeros((size, COLUMNS_PER_FRAME * window, 80), np.float32)
        targets = np.zeros((size, window, len(self.basis)), np.float32)
        valid = np.zeros((size, window), np.float32)
        for i in range(size):
            log_mel, target = self._recording()
            frames = min(len(target), window)
            first = self.random.integers(0, len(target) - frames + 1)
            log_mel = normalise_log_mel(torch.from_numpy(augment_log_mel(log_mel, self.random))).numpy()
            columns = slice(COLUMNS_PER_FRAME * first, COLUMNS_PER_FRAME * (first + frames))
            mels[i, : COLUMNS_PER_FRAME * frames] = mask(log_mel[columns].copy(), self.random)
            targets[i, :frames] = target[first : first + frames]
            valid[i, :frames] = 1
        return torch.from_numpy(mels), torch.from_numpy(targets), torch.from_numpy(valid)

    def _recording(self):
        names = [name for name, speakers in self.groups.items() if speakers]
        shares = np.array([SHARES[name] for name in names])
        speakers = self.groups[self.random.choice(names, p=shares / shares.sum())]
        minutes = np.sqrt([sum(len(target) for _, target in parts) for parts in speakers.values()])
        parts = list(speakers.values())[self.random.choice(len(minutes), p=minutes / minutes.sum())]
        return parts[self.random.integers(len(parts))]


def correlation_and_spread(predicted, true, valid):
    """Pearson correlation over time and both standard deviations: (B, W) each -> three (B,)."""
    frames = valid.sum(1, keepdim=True)
    predicted = (predicted - (predicted * valid).sum(1, keepdim=True) / frames) * valid
    true = (true - (true * valid).sum(1, keepdim=True) / frames) * valid
    spread_p = (predicted.square().sum(1) / frames[:, 0] + 1e-5).sqrt()
    spread_t = (true.square().sum(1) / frames[:, 0] + 1e-5).sqrt()
    return (predicted * true).sum(1) / frames[:, 0] / (spread_p * spread_t), spread_p, spread_t


def motion_loss(predicted, true, valid, opening, unit, spread):
    """Error of position and velocity, and of the lip opening its error, correlation and amplitude.

    Parameters
    ----------
    predicted, true : Tensor, (B, W, K)
        Coefficients.
    valid : Tensor, (B, W)
    opening : Tensor, (K,)
        Lip opening a unit of each coefficient.
    unit : float
        Mean square of the coefficients, to which errors are relative.
    spread : float
        Typical standard deviation of the lip opening.
    """
    error = predicted - true
    position = (error.square().sum(-1) * valid).sum() / valid.sum() / unit
    velocity = ((error[:, 1:] - error[:, :-1]).square().sum(-1) * valid[:, 1:]).sum() / valid.sum() / unit
    gap_p, gap_t = predicted @ opening, true @ opening
    gap = ((gap_p - gap_t).square() * valid).sum() / valid.sum() / spread**2
    correlation, spread_p, spread_t = correlation_and_spread(gap_p, gap_t, valid)
    moving = (spread_t > 0.02).float()
    amplitude = ((spread_p + 0.01).log() - (spread_t + 0.01).log()).abs()
    moving_mean = lambda x: (x * moving).sum() / moving.sum().clamp(min=1)
    return position + velocity + 0.6 * gap + moving_mean(1 - correlation) + 0.1 * moving_mean(amplitude)


def train_network(sampler, basis, scale, config, seed):
    """Train one network; returns its averaged weights with the coefficients' scale folded in."""
    torch.manual_seed(seed)
    network = MotionNetwork(config.components).to(memory_format=torch.channels_last)
    average = {k: v.detach().clone() for k, v in network.state_dict().items()}
    optimiser = torch.optim.AdamW(
        network.parameters(), config.learning_rate, betas=(0.9, 0.98), weight_decay=config.weight_decay
    )
    scale = torch.from_numpy(scale)
    pattern = np.zeros((68, 2), np.float32)
    pattern[[65, 66, 67], 1], pattern[[63, 62, 61], 1] = 1 / 3, -1 / 3
    opening, unit = torch.from_numpy(basis @ pattern.reshape(-1)), float(scale.square().sum())
    start = time.time()
    for step in range(1, config.steps + 1):
        warm = min(1, step / 100) * (0.485 * (1 + np.cos(np.pi * step / config.steps)) + 0.03)
        for parameters in optimiser.param_groups:
            parameters["lr"] = config.learning_rate * warm
        mels, targets, valid = sampler.batch()
        loss = motion_loss(network(mels) * scale, targets, valid, opening, unit, sampler.spread)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        decay = min(0.99, step / (step + 20))
        for name, value in network.state_dict().items():
            average[name].lerp_(value, 1 - decay)
        if step % 100 == 0:
            print(f"seed {seed} step {step} loss {loss.item():.3f} {time.time() - start:.0f} s", flush=True)
    average["head.weight"] *= scale[:, None]
    average["head.bias"] *= scale
    network.load_state_dict(average)
    return network.eval()


@torch.inference_mode()
def predict(networks, log_mel, basis):
    """Mean prediction of some networks: (4 T, 80) -> (T, 68, 2)."""
    mel = normalise_log_mel(torch.from_numpy(np.ascontiguousarray(log_mel)))[None]
    coefficients = sum(network(mel)[0] for network in networks) / len(networks)
    return (coefficients.numpy() @ basis).reshape(-1, 68, 2)


def resynchronise(recordings, networks, basis, most=12):
    """Move each speaker's sound, in quarters of a frame, to where it best fits the lips that a network predicts from it.

    Returns
    -------
    list of Recording
        Only speakers with over 70 frames move, and only where the correlation gains 0.015 or more.
    """
    by_speaker = defaultdict(list)
    for recording in recordings:
        by_speaker[recording.speaker].append(recording)
    moved = {}
    for speaker, parts in by_speaker.items():
        parts = parts[:60]
        pairs = [(lip_opening(predict(networks, r.log_mel, basis)), lip_opening(r.landmarks)) for r in parts]
        score = {shift: shifted_correlation(pairs, shift / COLUMNS_PER_FRAME) for shift in range(-most - 4, most + 5, 2)}
        best = max(score, key=score.get)
        frames = sum(len(r.landmarks) for r in parts)
        if abs(best) <= most and frames >= 70 and score[best] > max(0.3, score[0] + 0.015):
            moved[speaker] = best
    return [shift_sound(r, moved.get(r.speaker, 0)) for r in recordings], moved


def shifted_correlation(pairs, shift):
    """Correlation of predictions, sampled `shift` frames later, with the true lip openings."""
    predicted, true = [], []
    for guess, gap in pairs:
        place = np.arange(min(len(guess), len(gap))) + shift
        inside = (place >= 0) & (place <= len(guess) - 1)
        predicted.append(np.interp(place[inside], np.arange(len(guess)), guess))
        true.append(gap[: len(place)][inside])
    return np.corrcoef(np.concatenate(predicted), np.concatenate(true))[0, 1]


def shift_sound(recording, columns):
    """The recording with its sound moved earlier by some mel columns."""
    if not columns:
        return recording
    place = np.clip(np.arange(len(recording.log_mel)) + columns, 0, len(recording.log_mel) - 1)
    return dataclasses.replace(recording, log_mel=recording.log_mel[place])


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="the data room")
    parser.add_argument("--output", default="checkpoints/motion.safetensors", type=Path)
    add_options(parser, Config)
    args = parser.parse_args(argv)
    config = read_options(args, Config)

    shape = FaceShape.load()
    recordings = load_recordings(args.data, shape)
    resting = resting_faces(recordings)
    training = [r for r in recordings if not r.held_out and r.confidence >= MIN_CONFIDENCE - 0.05]
    shapes = np.concatenate([speech_motion(r, resting)[::3] for r in training]).reshape(-1, 136)
    basis = np.linalg.svd(shapes, full_matrices=False)[2][: config.components].astype(np.float32)
    scale = (shapes @ basis.T).std(0).astype(np.float32)

    first = train_network(WindowSampler(training, resting, basis, config, 0), basis, scale, config, 0)
    recordings, moved = resynchronise(recordings, [first], basis)
    args.output.with_name("sync.json").write_text(json.dumps(moved, indent=1, sort_keys=True) + "\n")
    training = [r for r in recordings if not r.held_out and r.confidence >= MIN_CONFIDENCE - 0.05]
    networks = [
        train_network(WindowSampler(training, resting, basis, config, seed), basis, scale, config, seed)
        for seed in range(1, config.members + 1)
    ]
    save_motion(args.output, networks, basis, config, shape, args.data, shapes.reshape(-1, 68, 2))


def save_motion(path, networks, basis, config, shape, data, shapes):
    """Fit the emotions and write everything that `motion.MotionModel` reads."""
    opening = lip_opening_displacement(shapes)
    displacements, labels, held_out = posed_displacements(data, shape)
    emotions, parting = fit_emotions(displacements[~held_out], labels[~held_out], opening)
    tensors = {f"{i}.{name}": value for i, network in enumerate(networks) for name, value in network.state_dict().items()}
    arrays = dict(basis=basis * config.gain, emotions=emotions, parting=parting, opening=opening)
    tensors |= {name: torch.from_numpy(np.asarray(array, np.float32)) for name, array in arrays.items()}
    save_weights(path, tensors, "motion", {"members": len(networks), "network": {"components": config.components}})
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
