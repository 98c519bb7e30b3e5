"""The reference's generator behind the engine, as a narrow network of random weights."""

import numpy as np
import pytest
import torch
from PIL import Image

from support.narrow_baseline import NARROW, narrow, save_narrow
from support.paths import ASSETS
from talking_face.cli import main
from talking_face.engine import TalkingFace, available_models
from talking_face.errors import CheckpointError, ChoiceError
from talking_face.face.geometry import eye_centres, transform
from talking_face.generators import registry
from talking_face.generators.baseline.generator import BaselineGenerator, network_emotion, network_speech
from talking_face.paths import CHECKPOINTS
from talking_face.training.baseline.discriminators import FrameDiscriminator
from talking_face.weights import save_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return save_narrow(tmp_path_factory.mktemp("weights") / "narrow.safetensors", deform=True)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    torch.save(torch.nn.DataParallel(narrow()).state_dict(), folder / "generator.pt")
    (folder / "args.txt").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def baseline(weights):
    return TalkingFace.load(weights)


@pytest.fixture(scope="module")
def wide(engine):
    """A photo with room around the canonical crop."""
    canvas = Image.new("RGB", (560, 420), (90, 120, 60))
    canvas.paste(Image.open(ASSETS / "london_009.jpg"), (180, 90))
    return engine.portrait(canvas)


class Mirror(torch.nn.Module):
    """Stands for a network that paints the face as it was given, and keeps what it was given."""

    def draw_noise(self, speech, generator):
        return ()

    def stream(self, image, speech, emotion, chunk):
        self.image, self.speech, self.emotion = image, speech, emotion
        yield image[:, None].expand(-1, 2, -1, -1, -1)


def mirrored(published, portrait, speech, **options):
    network = Mirror()
    frames = next(TalkingFace(BaselineGenerator(network, published)).render(portrait, speech, **options))
    return frames[0].astype(int), network


def test_one_frame_for_each_of_the_sound_in_pieces(baseline, portrait, speech):
    chunks = list(baseline.render(portrait, speech, "happiness"))
    assert sum(map(len, chunks)) == speech.frames and max(map(len, chunks)) <= 25
    assert all(chunk.dtype == np.uint8 and chunk.shape[1:] == portrait.image.shape for chunk in chunks)


def test_the_seed_and_the_emotion_matter_and_repeat(baseline, portrait, speech):
    def first(**options):
        return next(baseline.render(portrait, speech, crop=True, **options))

    happy = first(emotion="happiness")
    assert happy.shape[1:] == (256, 256, 3)
    np.testing.assert_array_equal(happy, first(emotion="happiness"))
    assert (happy != first(emotion="happiness", seed=1)).any()
    assert (happy != first(emotion="anger")).any()


@pytest.mark.parametrize("published", [False, True])
def test_the_face_comes_back_where_it_was_and_the_rest_is_untouched(wide, speech, published):
    frame, _ = mirrored(published, wide, speech)
    change = np.abs(frame - wide.image).max(2)
    assert change[[0, 40, -1]].max() == 0 and change[:, [0, 60, -1]].max() == 0
    # Half the pixels, so edges soften; colours swapped or a face moved by two pixels would be five times that.
    assert 0 < np.abs(frame - wide.image).mean() < 1.5


@pytest.mark.parametrize("published", [False, True])
def test_the_crop_shows_the_face_where_the_portrait_has_it(portrait, speech, published):
    frame, _ = mirrored(published, portrait, speech, crop=True)
    assert np.abs(frame - portrait.crop).mean() < 1.5


def test_our_network_sees_half_the_canonical_crop(wide, speech):
    seen = mirrored(False, wide, speech)[1].image
    half = wide.crop.reshape(128, 2, 128, 2, 3).mean((1, 3)) / 127.5 - 1
    assert seen.shape == (1, 3, 128, 128)
    assert np.abs(seen[0].permute(1, 2, 0).numpy() - half).mean() < 0.02


def test_published_networks_see_their_own_crop_in_opencvs_colours(wide, speech):
    seen = mirrored(True, wide, speech)[1].image[0].flip(0).permute(1, 2, 0).numpy()
    right, left = eye_centres(transform(wide.matrix, wide.landmarks)) / 2
    ours = mirrored(False, wide, speech)[1].image[0].permute(1, 2, 0).numpy()
    # Between the eyes, whose distance hardly differs, lies the same skin twelve pixels higher.
    x, y = ((right + left) / 2).round().astype(int)
    patch = slice(y - 12 - 2, y - 12 + 3), slice(x - 2, x + 3)
    assert np.abs(seen[patch].mean((0, 1)) - ours[y - 2 : y + 3, x - 2 : x + 3].mean((0, 1))).max() < 0.1


def test_speech_is_at_8_khz_with_peak_one_and_fills_the_frames(speech):
    waveform = network_speech(speech)
    assert waveform.shape == (1, 1, 320 * speech.frames) and waveform.dtype == torch.float32
    assert waveform.abs().max() == pytest.approx(1)
    loudness = waveform[0, 0].reshape(speech.frames, -1).square().mean(1).sqrt().numpy()
    heard = speech.samples[: len(speech.samples) // 640 * 640].reshape(-1, 640)
    assert np.corrcoef(loudness[: len(heard)], np.sqrt((heard**2).mean(1)))[0, 1] > 0.98


def test_intensity_goes_from_neutral_to_the_emotion_and_no_further():
    neutral, anger = np.eye(6)[[4, 0]]
    for intensity, expected in ((0, neutral), (0.5, (neutral + anger) / 2), (1, anger), (1.5, anger)):
        weights = network_emotion("anger", intensity, 3)
        assert weights.dtype == torch.float32
        np.testing.assert_allclose(weights[0], np.tile(expected, (3, 1)))


def test_emotions_may_follow_one_another(baseline, portrait, speech):
    weights = network_emotion(((0.0, "neutral"), (2.0, "fear")), 1, 100)[0]
    np.testing.assert_allclose(weights[[0, 99]], np.eye(6)[[4, 2]])
    chunks = [list(baseline.render(portrait, speech, emotion)) for emotion in ("neutral", "0-2 neutral, then fear")]
    np.testing.assert_array_equal(chunks[0][0], chunks[1][0])
    assert (chunks[0][-1] != chunks[1][-1]).any()


def test_published_checkpoints_load_by_folder_and_by_file(published, portrait, speech):
    frames = [next(TalkingFace.load(path).render(portrait, speech)) for path in (published, published / "generator.pt")]
    np.testing.assert_array_equal(*frames)


def test_a_generator_of_ours_loads_by_path(engine, portrait, speech):
    ours = TalkingFace.load(CHECKPOINTS / "deformable.safetensors")
    np.testing.assert_array_equal(*(next(e.render(portrait, speech, crop=True)) for e in (ours, engine)))


def test_models_without_weights_are_not_available(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "CHECKPOINTS", tmp_path)
    assert available_models() == []
    with pytest.raises(CheckpointError, match="baseline.safetensors are missing"):
        TalkingFace.load("baseline")
    (tmp_path / "baseline.safetensors").write_bytes(weights.read_bytes())
    assert available_models() == ["baseline"]
    assert isinstance(TalkingFace.load("baseline").generator, BaselineGenerator)


def another_network(path):
    save_weights(path, {"a": torch.zeros(2)}, "motion", {})


def wrong_widths(path):
    save_weights(path, narrow().state_dict(), "baseline generator", NARROW | {"noise": 12})


def wrong_names(path):
    save_weights(path, narrow().state_dict(), "baseline generator", NARROW | {"depth": 12})


def seven_emotions(path):
    save_narrow(path, emotions=7)


def truncated(path):
    wrong_widths(path)
    path.write_bytes(path.read_bytes()[:-100])


def text(path):
    path.write_text("no weights")


SPOILT = [
    (another_network, "bad.safetensors", "motion"),
    (wrong_widths, "bad.safetensors", "do not fit"),
    (wrong_names, "bad.safetensors", "do not fit"),
    (seven_emotions, "bad.safetensors", "7 emotions"),
    (truncated, "bad.safetensors", "damaged"),
    (text, "bad.safetensors", "damaged"),
    (text, "generator.pt", "generator.pt"),
    (
        lambda path: torch.save(FrameDiscriminator([4, 6, 8, 10, 12], hidden=8).state_dict(), path),
        "generator.pt",
        "another",
    ),
    (lambda path: None, "absent.pt", "missing"),
    (lambda path: None, "absent.safetensors", "missing"),
]


@pytest.mark.parametrize("spoil, name, word", SPOILT)
def test_bad_weights_are_refused_in_a_sentence(tmp_path, capsys, spoil, name, word):
    spoil(tmp_path / name)
    command = ["generate", "--image", str(ASSETS / "london_009.jpg"), "--audio", str(ASSETS / "good_news.wav")]
    assert main([*command, "--output", str(tmp_path / "out.mp4"), "--model", str(tmp_path / name)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert word in line and line.endswith(".")
    assert not (tmp_path / "out.mp4").exists()


def test_a_name_that_is_neither_model_nor_path_is_refused():
    with pytest.raises(ChoiceError, match="path of a checkpoint"):
        TalkingFace.load("magic")
