"""The baseline's training steps, on a few made-up clips: they learn, resume exactly, and export what loads."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from support.paths import ROOT
from talking_face import weights
from talking_face.data.clip_file import SIZE, Clip, list_clips, read_clip, write_clip
from talking_face.emotions import EMOTIONS
from talking_face.errors import CheckpointError, ConfigError, DataError, TrainingError
from talking_face.face.geometry import face_to_crop
from talking_face.face.shape import FaceShape
from talking_face.generators.baseline.network import Generator, PaintLayer
from talking_face.training.baseline import losses, windows
from talking_face.training.baseline.validation import follows
from talking_face.training.core import loop
from talking_face.training.core.config import load_recipe, read_config

FRAMES = 12
NO_SPEECH = "speech_run=''"
STEPS = "speech", "emotion", "pretrain", "joint"


def make_clip(name, speaker, emotion, split, colour, synthetic=False):
    """A face of one colour whose mouth opens with the sound."""
    landmarks = np.repeat(face_to_crop(FaceShape.load().mean, SIZE)[None], FRAMES, 0).astype(np.float32)
    level = np.sin(np.arange(FRAMES)) ** 2
    landmarks[:, [56, 57, 58, 65, 66, 67], 1] += 8 * level[:, None]
    video = np.full((FRAMES, SIZE, SIZE, 3), colour, np.uint8)
    brightness = 40 * EMOTIONS.index(emotion)
    for frame, points in zip(video, landmarks):
        cv2.fillPoly(frame, [points[60:68].round().astype(np.int32)], (20, 10, 10))
        cv2.circle(frame, (30, 20), 12, (brightness, brightness, 255 - brightness), -1)
    speech = np.repeat(level, 320) * np.random.default_rng(0).uniform(-1, 1, FRAMES * 320)
    return Clip(name, speaker, emotion, "XX", split, video, speech.astype(np.float32), landmarks, synthetic=synthetic)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "clips").mkdir()
    people = ("a", "train", (200, 150, 130)), ("b", "train", (120, 80, 70)), ("c", "val", (160, 120, 110))
    for speaker, split, colour in people:
        for emotion in ("neutral", "happiness"):
            clip = make_clip(f"{speaker}_{emotion}", speaker, emotion, split, colour, synthetic=emotion != "neutral")
            write_clip(folder / "clips" / f"{clip.id}.hdf5", clip)
    return folder


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
    name, config = read_config(ROOT / "configs" / f"smoke-baseline-{step}.yaml", [*folders, *changes])
    return load_recipe(name)[1](config)


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


def test_a_mouth_that_follows_is_told_from_a_still_one():
    real = np.random.default_rng(0).integers(0, 255, (9, 4, 4, 3)).astype(np.uint8)
    near = np.ones((4, 4), bool)
    assert follows(real, real, near) == pytest.approx(1)
    assert follows(np.broadcast_to(real[:1], real.shape), real, near) == 0
    assert abs(follows(real[::-1], real, near)) < 0.3


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


def test_windows_show_the_clip_in_step_with_its_sound(data):
    clip = read_clip(list_clips(data / "clips")[0])
    speech = windows.cut_speech(clip.speech, 3, 5)
    lead = windows.LEAD * 320
    np.testing.assert_array_equal(speech[lead : lead + 5 * 320], clip.speech[3 * 320 : 8 * 320])
    assert (speech[: lead - 3 * 320] == 0).all()
    image, _, emotion, spoken, video, mouth = windows.make_window(clip, np.arange(3, 8), speech, True)
    np.testing.assert_allclose(image, clip.photo.transpose(2, 0, 1) / 127.5 - 1, atol=1e-6)
    np.testing.assert_allclose(video, clip.video[3:8].transpose(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)
    assert EMOTIONS[emotion] == clip.emotion and spoken == windows.UNKNOWN and clip.synthetic
    np.testing.assert_allclose(mouth, clip.landmarks[0, 48:68].mean(0), atol=1e-4)


def test_stabilising_undoes_head_movement(data):
    clip = next(read_clip(path) for path in list_clips(data / "clips") if path.stem == "a_neutral")
    moved = np.stack([np.roll(frame, 2 * i, 1) for i, frame in enumerate(clip.video)])
    steps = 2 * np.arange(FRAMES)[:, None] * [1, 0]
    swaying = dataclasses.replace(clip, video=moved, landmarks=clip.landmarks + steps[:, None].astype(np.float32))
    inside = (slice(None), slice(None), slice(None), slice(30, 98))
    still, stable, loose = (
        windows.make_window(c, np.arange(6), np.zeros(1), on)[4][inside]
        for c, on in ((clip, False), (swaying, True), (swaying, False))
    )
    assert np.abs(stable - still).mean() < 0.2 * np.abs(loose - still).mean()


def test_mirrored_windows_mirror_the_mouth(data):
    clip = read_clip(list_clips(data / "clips")[0])
    plain = windows.make_window(clip, np.arange(2), np.zeros(1), False)
    mirrored = windows.make_window(clip, np.arange(2), np.zeros(1), False, windows.Look(mirrored=True))
    np.testing.assert_array_equal(plain[4][..., ::-1], mirrored[4])
    assert mirrored[5][0] == pytest.approx(SIZE - 1 - plain[5][0])


def test_mouth_weights_peak_at_the_mouth():
    weights = losses.mouth_weights(torch.tensor([[40.0, 90.0]]), SIZE)[0, 0, 0]
    assert weights[90, 40] == 1 and weights[90, 56] == pytest.approx(np.exp(-0.5), rel=1e-4)


def test_the_gradient_loss_sees_blur_where_l1_hardly_does():
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    blurred = torch.nn.functional.avg_pool2d(picture, 3, 1, 1)
    shifted = picture + (picture - blurred).abs().mean()
    loss = losses.GradientLoss()
    assert loss(picture, picture) == 0 and loss(blurred, picture) > 10 * loss(shifted, picture)


def test_the_penalty_asks_for_a_slope_of_one():
    image, videos = torch.zeros(2, 3, 4, 4), torch.rand(2, 2, 3, 3, 4, 4)
    for slope, penalty in ((1, 0), (3, 4)):
        critic = lambda _, video: slope / np.sqrt(3 * 4 * 4) * video.flatten(0, 1).flatten(1).sum(1, keepdim=True)
        assert losses.gradient_penalty(critic, image, *videos) == pytest.approx(penalty, rel=1e-4, abs=1e-10)


def test_painting_in_training_equals_painting_but_for_the_border():
    layer, frames = PaintLayer(5), torch.randn(2, 3, 5, 10, 10)
    fast, exact = layer.train()(frames), layer.eval()(frames)
    assert fast.shape == exact.shape == (2, 3, 3, 20, 20)
    torch.testing.assert_close(fast[..., 3:-3, 3:-3], exact[..., 3:-3, 3:-3])
