"""Published weights, read safely."""

import json
import os

import pytest
import torch

from support.narrow_baseline import FILTERS, FIVE_EMOTIONS
from talking_face.errors import CheckpointError
from talking_face.generators.baseline.network import Generator
from talking_face.generators.baseline.published_checkpoint import load_reference
from talking_face.training.baseline.discriminators import FrameDiscriminator


@pytest.fixture
def published(tmp_path):
    """Save a network as the reference project does; gives the folder."""

    def save(network):
        torch.save(torch.nn.DataParallel(network).state_dict(), tmp_path / "generator.pt")
        (tmp_path / "args.txt").write_text(json.dumps({"filters": FILTERS}))
        return tmp_path

    return save


@pytest.mark.parametrize("deform", [False, True])
def test_published_weights_load(published, inputs, deform):
    saved = Generator(**FIVE_EMOTIONS, deform=deform).eval()
    folder = published(saved)
    for path in (folder, str(folder / "generator.pt")):
        loaded = load_reference(path)
        assert not loaded.training and all(parameter.requires_grad for parameter in loaded.parameters())
        with torch.inference_mode():
            assert torch.equal(loaded(*inputs).video, saved(*inputs).video)


def test_half_precision_weights_load_in_single_precision(published, inputs):
    loaded = load_reference(published(Generator(**FIVE_EMOTIONS).half()))
    assert loaded(*inputs).video.dtype == torch.float32


def refusal(path):
    """The one sentence with which a file is refused."""
    with pytest.raises(CheckpointError) as error:
        load_reference(path)
    sentence = str(error.value)
    assert sentence.endswith(".") and "\n" not in sentence and "generator.pt" in sentence
    return sentence


def test_missing_weights_are_refused(tmp_path):
    assert "missing" in refusal(tmp_path)
    assert "missing" in refusal(tmp_path / "generator.pt")


@pytest.mark.parametrize("kept", [0, 0.1, 0.5, 0.999])
def test_truncated_weights_are_refused(published, kept):
    path = published(Generator(**FIVE_EMOTIONS)) / "generator.pt"
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    assert "damaged" in refusal(path)


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "generator.pt"
    for content in (b"\x89PNG\r\n\x1a\n" * 9, b"hello, world\n" * 9, bytes(range(256))):
        path.write_bytes(content)
        refusal(path)


class Trap:
    """Unpickled without care, it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_code_in_weights_is_refused_and_never_run(published, tmp_path):
    path = published(Generator(**FIVE_EMOTIONS)) / "generator.pt"
    torch.save(torch.load(path) | {"module.extra": Trap(tmp_path / "sprung")}, path)
    assert "safety" in refusal(path)
    assert not (tmp_path / "sprung").exists()


def missing_one(weights):
    del weights["module.decoder.out_new.1.bias"]


def one_too_many(weights):
    weights["module.decoder.out_new.3.bias"] = torch.zeros(3)


def misshapen(weights):
    weights["module.decoder.conv_4.weight_hh_l0"] = torch.zeros(16, 5, 3, 3)


def flat(weights):
    weights["module.speech_encoder.fc_1.0.weight"] = torch.zeros(14)


def no_tensor(weights):
    weights["module.decoder.fc_1.0.bias"] = "zeros"


@pytest.mark.parametrize("spoil", [missing_one, one_too_many, misshapen, flat, no_tensor])
def test_weights_that_do_not_fit_are_refused(published, spoil):
    path = published(Generator(**FIVE_EMOTIONS)) / "generator.pt"
    weights = torch.load(path)
    spoil(weights)
    torch.save(weights, path)
    assert "another network" in refusal(path)


def test_other_networks_are_refused(published, tmp_path):
    assert "another network" in refusal(published(FrameDiscriminator(FILTERS, hidden=24)))
    for content in ([torch.zeros(3)], torch.zeros(3), {1: torch.zeros(3)}, {}):
        torch.save(content, tmp_path / "generator.pt")
        assert "another network" in refusal(tmp_path)
