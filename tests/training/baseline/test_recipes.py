"""The baseline's training steps, on a few made-up clips: they learn, resume exactly, and export what loads."""

from pathlib import Path

import numpy as np
import pytest
import torch

from support.paths import SMOKE_CONFIGS
from talking_face import weights
from talking_face.data.clip import SIZE
from talking_face.errors import CheckpointError, ConfigError, DataError, TrainingError
from talking_face.generators.baseline.network import Generator
from talking_face.training.core import loop
from talking_face.training.core.config import load_recipe, read_config

pytestmark = pytest.mark.slow

NO_SPEECH = "speech_run=''"
STEPS = "speech", "emotion", "pretrain", "joint"


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """All smoke configurations, trained one after the other on the same windows again and again.

    {step: (recipe, losses by step)}
    """
    runs, done = tmp_path_factory.mktemp("runs"), {}
    for step in STEPS:
        recipe = make_recipe(step, data, runs)
        recipe.random = lambda _: np.random.default_rng(0)
        losses = record(recipe)
        assert loop.train(recipe)
        done[step] = recipe, losses
    return done


def make_recipe(step, data, runs, *changes):
    folders = [f"data={data}", f"run={runs / step}", f"output={runs / step / 'weights.safetensors'}"]
    if step == "pretrain":
        folders += [f"speech_run={runs / 'speech'}"]
    if step == "joint":
        folders += [f"generator_run={runs / 'pretrain'}", f"emotion_run={runs / 'emotion'}"]
    name, config = read_config(SMOKE_CONFIGS / f"baseline-{step}.yaml", [*folders, *changes])
    return load_recipe(name)(config)


def record(recipe):
    """Keep every step's losses."""
    losses, advance = [], recipe.advance

    def recorded(step):
        losses.append({name: float(torch.as_tensor(value).detach()) for name, value in advance(step).items()})
        return losses[-1]

    recipe.advance = recorded
    return losses


@pytest.mark.parametrize(("step", "loss"), list(zip(STEPS, ("landmarks", "emotion", "l1", "l1"))))
def test_each_step_learns(trained, step, loss):
    _, losses = trained[step]
    first, last = (np.mean([each[loss] for each in part]) for part in (losses[:4], losses[-4:]))
    assert last < 0.95 * first


def test_the_joint_step_trains_both_discriminators(trained):
    recipe, losses = trained["joint"]
    assert {"critic's distance", "penalty", "emotion told", "adversarial", "emotion"} <= losses[0].keys()
    start = make_recipe("joint", recipe.config.data, Path(recipe.config.run).parent)
    for name in ("critic", "emotion", "generator"):
        moved = [
            (a - b).abs().max() for a, b in zip(recipe.modules[name].parameters(), start.modules[name].parameters())
        ]
        assert max(moved) > 1e-4, name


@pytest.mark.parametrize("step", STEPS)
def test_resuming_gives_the_same_losses(trained, data, tmp_path, step):
    source, losses = Path(trained["joint"][0].config.run).parent, {}
    for run, stops in (("whole", [3]), ("interrupted", [2, 3])):
        folder, losses[run] = tmp_path / run, []
        folder.mkdir()
        for name in {"speech", "emotion", "pretrain"} - {step}:
            (folder / name).symlink_to(source / name)
        for steps in stops:
            recipe = make_recipe(step, data, folder, f"steps={steps}", "validate_every=9")
            recipe.validate = lambda _: ({}, None)
            recipe.learning_rate_factor = lambda _: 1.0  # which depends on `steps`
            part = record(recipe)
            loop.train(recipe)
            losses[run] += part
    assert len(losses["whole"]) == 3 and losses["interrupted"] == losses["whole"]


def test_the_generator_hears_with_the_layers_of_the_speech_run(trained, data, tmp_path):
    speech, _ = trained["speech"]
    generator = make_recipe("pretrain", data, tmp_path, f"speech_run={speech.config.run}").modules["generator"]
    for name in ("speech_encoder", "speech_rnn"):
        for key, value in speech.averages.weights[name].items():
            torch.testing.assert_close(getattr(generator, name).state_dict()[key], value)


def test_exported_weights_load_into_the_generator(trained):
    recipe, _ = trained["joint"]
    tensors, config = weights.load_weights(recipe.config.output, "baseline generator")
    generator = Generator(**config).eval()
    generator.load_state_dict(tensors)
    with torch.inference_mode():
        video = generator(torch.zeros(1, 3, SIZE, SIZE), torch.zeros(1, 1, 640), torch.eye(6)[:1]).video
    assert video.shape == (1, 2, 3, SIZE, SIZE) and video.isfinite().all()


def test_validation_names_the_still_photo(trained):
    with torch.no_grad():
        numbers, picture = trained["pretrain"][0].validate(0)
    assert {"PSNR, clips", "PSNR of the still photo, clips", "PSNR mouth, clips", "SSIM, clips"} <= numbers.keys()
    assert picture.dtype == np.uint8 and picture.shape[2] == 3


def test_a_deformable_generator_starts_from_a_plain_one(trained, data, tmp_path):
    plain, _ = trained["pretrain"]
    changes = ["deform=true", f"generator_run={plain.config.run}", NO_SPEECH]
    recipe = make_recipe("pretrain", data, tmp_path, *changes)
    generator = recipe.modules["generator"]
    assert generator.image_encoder.deform
    averages = plain.averages.weights["generator"]
    torch.testing.assert_close(generator.decoder.conv_5[1].weight.data, averages["decoder.conv_5.1.weight"])


def test_other_widths_are_refused(trained, data, tmp_path):
    plain, _ = trained["pretrain"]
    with pytest.raises(TrainingError, match="other widths"):
        make_recipe("pretrain", data, tmp_path, "image_code=17", f"generator_run={plain.config.run}", NO_SPEECH)


def test_folders_without_clips_are_named(data, tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        make_recipe("speech", data, tmp_path, "sets=[nowhere]")


def test_perceptual_is_never_switched_off_silently(data, tmp_path, monkeypatch):
    def offline(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", offline)
    with pytest.raises(CheckpointError, match="perceptual=gradients"):
        make_recipe("pretrain", data, tmp_path, "perceptual=vgg19", NO_SPEECH)
    with pytest.raises(ConfigError, match="vgg19, gradients, none"):
        make_recipe("pretrain", data, tmp_path, "perceptual=vgg", NO_SPEECH)
    assert make_recipe("pretrain", data, tmp_path, "perceptual=none", NO_SPEECH).perceptual is None
