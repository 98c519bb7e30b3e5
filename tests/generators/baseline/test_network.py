"""The baseline and the reference's discriminators, number by number.

`golden_network.npz` holds what narrow networks made once all four had passed the reference's own golden vectors;
`PYTHONPATH=.:tests python tests/generators/baseline/test_network.py` writes it anew.
"""

import json
import math
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from support.narrow_baseline import FILTERS, FIVE_EMOTIONS, narrow_inputs
from support.paths import REFERENCE
from talking_face.generators.baseline.network import Generator
from talking_face.training.baseline.discriminators import EmotionDiscriminator, FrameDiscriminator

NARROW_GOLDEN = Path(__file__).parent / "golden_network.npz"
NARROW_NETWORKS = {
    "generator_orig": lambda: Generator(**FIVE_EMOTIONS),
    "generator_deform": lambda: Generator(**FIVE_EMOTIONS, deform=True),
    "disc_frame": lambda: FrameDiscriminator(FILTERS, hidden=24),
    "disc_emo": lambda: EmotionDiscriminator(FILTERS, hidden=24, code=18, classes=6),
}
FULL_NETWORKS = {
    "generator_orig": Generator,
    "generator_deform": lambda: Generator(deform=True),
    "disc_frame": FrameDiscriminator,
    "disc_emo": EmotionDiscriminator,
}


everywhere = pytest.mark.parametrize("name", NARROW_NETWORKS)


with_reference = pytest.mark.skipif(
    not (REFERENCE / "state_dicts.json").exists(), reason="the reference's golden vectors are not here"
)


def golden_weight(name, shape):
    """The weight that golden vectors were made with: a random one that follows from its name."""
    random = np.random.RandomState(zlib.crc32(name.encode())).randn(*shape)
    return (random * (1.2 / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else 0.02)).astype(np.float32)


def golden_network(build):
    """The network with golden weights, in eval mode; built without memory first, so that it is quick."""
    with torch.device("meta"):
        network = build()
    weights = {name: torch.from_numpy(golden_weight(name, t.shape)) for name, t in network.state_dict().items()}
    network.load_state_dict(weights, assign=True)
    return network.eval()


def run(network, inputs):
    """Outputs by name, of inputs by name, of any of the four networks."""
    with torch.inference_mode():
        if isinstance(network, Generator):
            return network(inputs["image"], inputs["speech"], inputs["emotion"])._asdict()
        if isinstance(network, FrameDiscriminator):
            return {"logits": network(inputs["image"], inputs["video"])}
        return {"logits": network(inputs["video"])}


def narrow_outputs(name):
    """Outputs of a narrow golden network by name; every eighth pixel of every other frame is enough of a video."""
    outputs = run(golden_network(NARROW_NETWORKS[name]), narrow_inputs())
    if "video" in outputs:
        outputs["video"] = outputs["video"][:, ::2, :, 3::8, 3::8]
    return {f"{name}/{key}": value.numpy() for key, value in outputs.items()}


@everywhere
def test_narrow_networks_keep_their_numbers(name):
    with np.load(NARROW_GOLDEN) as golden:
        expected = {key: golden[key] for key in golden if key.startswith(f"{name}/")}
    outputs = narrow_outputs(name)
    assert outputs.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_allclose(outputs[key], value, rtol=0, atol=1e-4, err_msg=key)


@with_reference
@everywhere
def test_full_networks_equal_the_reference(name):
    with np.load(REFERENCE / f"golden_{name}.npz") as golden:
        golden = {key: torch.from_numpy(golden[key]) for key in golden}
    outputs = run(golden_network(FULL_NETWORKS[name]), golden)
    if "video" in outputs:
        assert outputs["video"].shape == (1, 25, 3, 128, 128)
        outputs["video"] = outputs["video"][:, ::6]
    for key, value in outputs.items():
        torch.testing.assert_close(value, golden[key], rtol=0, atol=1e-4, msg=lambda text, key=key: f"{key}: {text}")


@with_reference
@everywhere
def test_state_dicts_equal_the_reference(name):
    expected = json.loads((REFERENCE / "state_dicts.json").read_text())[name]
    with torch.device("meta"):
        network = FULL_NETWORKS[name]()
    assert [[key, list(tensor.shape)] for key, tensor in network.state_dict().items()] == expected


def test_the_full_generator_has_as_many_parameters_as_published():
    with torch.device("meta"):
        plain, deformable = Generator(), Generator(deform=True)
    count = sum(parameter.numel() for parameter in plain.parameters())
    assert count == pytest.approx(41.6e6, rel=2e-3)
    layer = 27 * (512 * 9 + 1) + 512 * 512 * 9 + 512 * 513  # offsets and mask, taps, attention
    assert sum(parameter.numel() for parameter in deformable.parameters()) == count + layer


@pytest.fixture(scope="module")
def generator():
    return golden_network(NARROW_NETWORKS["generator_deform"])


@torch.inference_mode()
def test_streaming_makes_the_same_video(generator, inputs):
    noise = generator.draw_noise(inputs[1], torch.Generator().manual_seed(1))
    pieces = list(generator.stream(*inputs, *noise, chunk=4))
    assert [piece.shape[1] for piece in pieces] == [4, 2]
    torch.testing.assert_close(torch.cat(pieces, 1), generator(*inputs, *noise).video, rtol=0, atol=1e-5)


@torch.inference_mode()
def test_clips_of_a_batch_do_not_touch_each_other(generator, inputs):
    alone = generator(*(tensor[1:] for tensor in inputs))
    for one, both in zip(alone, generator(*inputs)):
        torch.testing.assert_close(one, both[1:], rtol=0, atol=1e-5)


@torch.inference_mode()
def test_noise_comes_from_arguments_only(generator, inputs):
    noise, margins = generator.draw_noise(inputs[1], torch.Generator().manual_seed(1))
    assert noise.shape == (2, 6, FIVE_EMOTIONS["noise"]) and margins.shape == (2, 16, 2 * FIVE_EMOTIONS["context"])
    assert torch.equal(noise, generator.draw_noise(inputs[1], torch.Generator().manual_seed(1))[0])
    still = generator(*inputs)
    assert torch.equal(still.video, generator(*inputs, torch.zeros_like(noise), torch.zeros_like(margins)).video)
    noisy = generator(*inputs, noise)
    assert not torch.equal(still.video, noisy.video)
    assert torch.equal(still.emotion_logits, noisy.emotion_logits)


@torch.inference_mode()
def test_margins_reach_only_the_frames_at_the_ends(generator, inputs):
    """The first half of the margins stands before the speech, the second after it."""
    margins = torch.zeros(2, 16, 2 * FIVE_EMOTIONS["context"])
    margins[..., FIVE_EMOTIONS["context"] :] = 1
    _, silent = generator.speech_encoder(inputs[1])
    _, marked = generator.speech_encoder(inputs[1], margins)
    # 26 steps, of which frame 3 hears 9 to 21 and frame 4, around step 20, all up to the last.
    changed = (silent != marked).any(2).any(0)
    assert changed.tolist() == [False, False, False, False, True, True]


@pytest.mark.parametrize("samples, frames", [(129, 1), (320, 1), (321, 2), (1600, 5)])
@torch.inference_mode()
def test_every_frame_begun_is_made(generator, inputs, samples, frames):
    image, speech, emotion = inputs
    speech = speech[..., :samples]
    assert generator(image, speech, emotion, *generator.draw_noise(speech)).video.shape == (2, frames, 3, 128, 128)


@torch.inference_mode()
def test_context_may_be_none(inputs):
    assert Generator(**FIVE_EMOTIONS | {"context": 0})(*inputs).video.shape[1] == 6


def test_every_weight_learns(inputs):
    """Each parameter of each narrow network gets a gradient."""
    for build in NARROW_NETWORKS.values():
        network = build()
        arguments = inputs
        if isinstance(network, Generator):
            arguments = [*inputs, *network.draw_noise(inputs[1])]
            video, _, logits = network(*arguments)
            loss = video.square().mean() + logits.square().mean()
        else:
            video = narrow_inputs()["video"]
            arguments = [inputs[0], video] if isinstance(network, FrameDiscriminator) else [video]
            loss = network(*arguments).square().mean()
        loss.backward()
        still = [key for key, parameter in network.named_parameters() if not parameter.grad.abs().max() > 0]
        assert not still


if __name__ == "__main__":
    np.savez_compressed(NARROW_GOLDEN, **{k: v for name in NARROW_NETWORKS for k, v in narrow_outputs(name).items()})
