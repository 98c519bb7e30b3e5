import numpy as np
import torch

from talking_face.audio.mel import band_edges, log_mel
from talking_face.evaluation.lips.robustness import BELOW, conditions, in_room, noisy, over_telephone
from talking_face.evaluation.lips.sync import normalise_log_mel
from talking_face.face.geometry import lip_opening
from talking_face.motion.model import MotionModel

RATE = 16000


def bursts(seconds=4):
    """Bursts of coloured noise with pauses between: (N,)."""
    random = np.random.default_rng(1)
    sound = np.convolve(random.normal(size=seconds * RATE), [1, 0.95, 0.9], "same") * 0.03
    return sound * (np.sin(2 * np.pi * 3 * np.arange(len(sound)) / RATE) > 0)


def test_noise_made_on_log_mels_is_as_loud_as_noise_added_to_the_sound():
    sound = bursts()
    power = np.square(sound[sound != 0]).mean()
    added = sound + np.random.default_rng(2).normal(0, np.sqrt(power / 10), len(sound))
    pauses = lambda mel: np.median(np.sort(mel, 0)[:100], 0)
    difference = pauses(noisy(log_mel(sound, 100))) - pauses(log_mel(added, 100))
    assert abs(difference.mean()) < 0.2


def test_a_telephone_takes_what_lies_outside_its_band_and_a_room_fills_pauses():
    mel = log_mel(bursts(), 100)
    lost = (mel - over_telephone(mel)).max(0)
    centres = band_edges()[1:-1]
    assert np.all(lost[(centres > 300) & (centres < 3400)] == 0) and lost[centres > 3500].min() > BELOW / 2
    assert in_room(mel).min() > mel.min() + 1 and abs(in_room(mel).max() - mel.max()) < 0.3


def test_the_measure_of_sync_hears_speech_in_noise_more_as_it_was_than_the_sound_is():
    clean = log_mel(bursts(), 100)
    heard, noise = (normalise_log_mel(torch.from_numpy(mel)).numpy() for mel in (clean, noisy(clean)))
    gaps = lambda mel: np.quantile(mel.mean(1), 0.9) - np.quantile(mel.mean(1), 0.1)
    assert gaps(noise) > gaps(noisy(clean)) + 0.3
    assert gaps(heard) > gaps(noise)


def test_lips_that_hear_only_a_little_ahead_do_nearly_as_those_that_hear_it_all(speech):
    model, part = MotionModel.load(), speech.log_mel[:300]
    whole, ahead = model.speech_shape(part), conditions(model)["hearing 0.4 s ahead"](part)
    assert ahead.shape == whole.shape == (75, 68, 2)
    assert np.corrcoef(lip_opening(whole), lip_opening(ahead))[0, 1] > 0.9
