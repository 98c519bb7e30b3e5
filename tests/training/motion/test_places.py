from types import SimpleNamespace

import numpy as np
import torch

from talking_face.data.phones import BILABIAL, CLASSES, LABIODENTAL, SILENCE
from talking_face.motion.hearing import SIZE
from talking_face.motion.network import LipNetwork
from talking_face.training.motion import places


def test_shares_of_places_sum_to_one():
    classes = np.eye(len(CLASSES), dtype=np.float32)
    found = places.places_of(classes)
    assert (found.sum(1) == 1).all() and found[LABIODENTAL, 1] == found[BILABIAL, 2] == found[SILENCE, 0] == 1


def test_a_regression_finds_the_rule_whatever_the_units_and_however_rows_are_weighed():
    x = torch.randn(3000, 2, generator=torch.manual_seed(0)) * torch.tensor([100.0, 0.01]) + 5
    right = (((x - x.mean(0)) / x.std(0)) @ torch.tensor([1.0, -1.0]) > 0).long()
    weights = places.regression(x, torch.nn.functional.one_hot(right, 2).float(), torch.ones(len(x)))
    assert ((x @ weights[:-1] + weights[-1]).argmax(1) == right).float().mean() > 0.97


def test_places_that_sound_apart_are_told_apart():
    random = np.random.default_rng(0)
    kinds = [random.integers(0, 3, 60) for _ in range(12)]
    bands = {SILENCE: 40, LABIODENTAL: 10, BILABIAL: 70}

    def utterance(kind):
        number = np.array(list(bands))[kind]
        log_mel = random.normal(-4, 0.1, (60, 80))
        log_mel[np.arange(60), [bands[n] for n in number]] += 4
        return np.repeat(log_mel, 4, 0).astype(np.float32), np.eye(len(CLASSES), dtype=np.float32)[number]

    spoken = SimpleNamespace(**dict(zip(("log_mels", "classes"), zip(*map(utterance, kinds)))))
    pad = torch.nn.ConstantPad1d((0, SIZE - 80), 0.0)
    hearing = lambda mel: pad(mel.unflatten(1, (-1, 4)).mean(2))
    network = LipNetwork(4).eval()
    classifier = places.fit_places(spoken, hearing, network)
    sound = hearing(torch.from_numpy(places.heard(spoken.log_mels[0]))[None])
    found = classifier(sound, network.features(sound))[0].argmax(-1).numpy()
    assert (found == kinds[0]).mean() > 0.9
