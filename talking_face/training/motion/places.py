"""Places of articulation, heard: the classifier behind teeth on the lip, fitted on synthetic speech.

`python -m talking_face.training.motion.places` fits it anew to networks as they are.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from talking_face.data.phones import BILABIAL
from talking_face.data.phones import LABIODENTAL as LABIODENTALS
from talking_face.motion.model import MotionModel
from talking_face.motion.network import PlaceClassifier
from talking_face.paths import CHECKPOINTS
from talking_face.training.motion.augmentation import augment_log_mel
from talking_face.training.motion.spoken import SpokenSampler
from talking_face.training.motion.windows import heard
from talking_face.weights import load_weights, save_weights

NEAR, SHARE = 4, 0.2  # frames around labial phones of which all are taken, and share that is of all others
STEPS, DECAY = 40, 1e-4  # of L-BFGS; weight of the squares of the weights, for features of unit deviation


def fit_places(spoken, hearing, network):
    """Fit by multinomial logistic regression to the share of each place in each frame.

    Parameters
    ----------
    spoken : spoken.SpokenSampler
        Its speech is heard as it is and once more augmented.
    hearing : hearing.Hearing
    network : network.LipNetwork

    Returns
    -------
    network.PlaceClassifier
    """
    random = np.random.default_rng(0)
    voice = lambda random: spoken.log_mels[random.integers(len(spoken.log_mels))]
    sounds, shares, counts = [], [], []
    for log_mel, classes in zip(spoken.log_mels, spoken.classes):
        place = places_of(classes.astype(np.float32))
        near = np.convolve(place[:, 1:].sum(1), np.ones(2 * NEAR + 1), "same") > 0
        for sound in (log_mel.astype(np.float32), augment_log_mel(log_mel.astype(np.float32), random, voice)):
            kept = near | (random.random(len(near)) < SHARE)
            sounds.append(_hear(hearing, network, heard(sound))[kept])
            shares.append(place[kept])
            counts.append(np.where(near, 1, 1 / SHARE)[kept])
    weights = regression(torch.cat(sounds), *(torch.from_numpy(np.concatenate(x)).float() for x in (shares, counts)))
    classifier = PlaceClassifier(network.head.in_features)
    classifier.load_state_dict({"weight": weights[:-1].T, "bias": weights[-1]})
    return classifier


@torch.no_grad()
def _hear(hearing, network, log_mel):
    """What the classifier is asked about: log-mel (4 T, 80) as `windows.heard` leaves it -> Tensor (T, D)."""
    sound = hearing(torch.from_numpy(log_mel)[None].to(network.head.weight))
    return torch.cat([sound, network.features(sound)], -1)[0].cpu()


def places_of(classes):
    """Share of each of `network.PLACES` in each frame: shares of `phones.CLASSES` (T, C) -> (T, 3)."""
    labial = classes[:, [LABIODENTALS, BILABIAL]]
    return np.concatenate([1 - labial.sum(1, keepdims=True), labial], 1)


def regression(x, shares, counts):
    """Weights, the last row the constant's, of a multinomial logistic regression.

    Parameters
    ----------
    x : Tensor, (N, D)
    shares : Tensor, (N, P)
    counts : Tensor, (N,)
        How much each row weighs.

    Returns
    -------
    Tensor, (D + 1, P)
    """
    mean, deviation = x.mean(0), x.std(0) + 1e-3
    x = (x - mean) / deviation
    weights = torch.zeros(x.shape[1] + 1, shares.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss():
        optimiser.zero_grad()
        surprise = -(shares * (x @ weights[:-1] + weights[-1]).log_softmax(1)).sum(1) @ counts / counts.sum()
        total = surprise + DECAY * weights[:-1].square().sum()
        total.backward()
        return total

    optimiser.step(loss)
    slopes, constant = weights.detach()[:-1] / deviation[:, None], weights.detach()[-1]
    return torch.cat([slopes, (constant - mean @ slopes)[None]])


def main(argv=None):
    """Fit, write the weights anew and say what they find; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m talking_face.training.motion.places", description=__doc__)
    parser.add_argument("--spoken", type=Path, required=True, help="what `prepare-spoken` has written")
    parser.add_argument("--weights", type=Path, default=CHECKPOINTS / "motion.safetensors", help="the motion's")
    args = parser.parse_args(argv)
    model = MotionModel.load(args.weights)
    classifier = fit_places(SpokenSampler(args.spoken, 1), model.hearing, model.networks[0])
    tensors, config = load_weights(args.weights, "motion")
    fitted = {f"places.{name}": tensor for name, tensor in classifier.state_dict().items()}
    save_weights(args.weights, tensors | fitted, "motion", config)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
