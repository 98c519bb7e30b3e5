import numpy as np
import pytest
import torch

from talking_face.motion.hearing import SIZE, Hearing, Layer, at_level, positions


@pytest.fixture(scope="module")
def hearing():
    return Hearing.load()


def test_speech_is_brought_to_one_level_and_silence_is_not(speech):
    mel = torch.from_numpy(speech.log_mel)
    torch.testing.assert_close(at_level(mel - 2), at_level(mel), atol=1e-5, rtol=0)
    assert at_level(mel).max() == pytest.approx(1.25, abs=0.13) and at_level(mel).min() >= -1
    assert at_level(torch.full((40, 80), -10.0)).max() < 0.5


def test_what_is_heard_depends_on_the_sound_and_hardly_on_what_is_far_away(hearing, speech):
    mel = at_level(torch.from_numpy(speech.log_mel[:320]))[None]
    with torch.inference_mode():
        whole, part = hearing(mel), hearing(mel[:, :240])
    assert whole.shape == (1, 80, SIZE) and whole.dtype == torch.float32
    alike = lambda a, b: torch.nn.functional.cosine_similarity(a, b, dim=-1).mean()
    assert alike(whole[:, :50], part[:, :50]) > 0.95 > 0.7 > alike(whole[:, :50], whole[:, 25:75])


def test_the_same_vowel_sounds_alike_to_it_from_two_voices(hearing):
    """Two voices' harmonics under one envelope are nearer to each other than to another vowel."""
    random = np.random.default_rng(0)

    def vowel(pitch, first, second):
        bands = np.arange(80)
        envelope = -4 + 4 * np.exp(-(((bands - first) / 5) ** 2)) + 3 * np.exp(-(((bands - second) / 5) ** 2))
        mel = envelope + 0.5 * np.cos(2 * np.pi * bands / pitch) + random.normal(0, 0.05, (200, 80))
        with torch.inference_mode():
            heard = hearing(at_level(torch.from_numpy(mel.astype(np.float32)))[None])
        return heard[0].mean(0)

    one, same, other = vowel(4, 12, 30), vowel(6, 12, 30), vowel(4, 22, 60)
    assert torch.dist(one, same) < torch.dist(one, other)


def test_a_layer_is_attention_and_a_perceptron_each_added():
    torch.manual_seed(0)
    layer, x = Layer(16, 2, 24), torch.randn(1, 5, 16)
    torch.nn.init.zeros_(layer.answer.weight), torch.nn.init.zeros_(layer.answer.bias)
    torch.testing.assert_close(layer(x), x + layer.change(x))
    swapped = x[:, [1, 0, 2, 3, 4]]  # without positions, order does not count
    torch.testing.assert_close(Layer.forward(layer, swapped), layer(x)[:, [1, 0, 2, 3, 4]])


def test_positions_are_unique_and_of_one_length():
    told = positions(300)
    torch.testing.assert_close(told.norm(dim=1), torch.full((300,), (SIZE / 2) ** 0.5))
    assert torch.pdist(told).min() > 0.1
