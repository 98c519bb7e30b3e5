"""The comparison of models, without a browser. The baseline is a narrow network of random weights."""

import json
from concurrent.futures import Future
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest

from support.narrow_baseline import save_narrow
from support.paths import ASSETS
from talking_face import ui
from talking_face.errors import ChoiceError, PhotoError, RecordingError
from talking_face.evaluation import comparison
from talking_face.evaluation.compared import REAL, STILL
from talking_face.evaluation.comparison import compare, compare_clip
from talking_face.figures import painter_inside
from talking_face.generators.registry import LONGEST_TITLE, model_title
from talking_face.media.video import read_video, write_video
from talking_face.ui import compare_handlers
from talking_face.ui.studio import Session, Studio

OURS = model_title("deformable")
FRAMES = 14


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return str(save_narrow(tmp_path_factory.mktemp("weights") / "narrow.safetensors"))


@pytest.fixture(scope="module")
def short(engine, speech):
    return engine.speech((speech.rate, speech.sound[speech.rate : speech.rate + speech.rate * FRAMES // 25]))


@pytest.fixture(scope="module")
def result(portrait, short, weights):
    return compare(portrait, short, "happiness", ["deformable", weights])


@pytest.fixture(scope="module")
def clip(engine, portrait, short, tmp_path_factory):
    """What our model makes, as if it were somebody real."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    write_video(path, engine.render(portrait, short), short.sound, short.rate)
    return path


@pytest.fixture(scope="module")
def clip_result(clip):
    return compare_clip(clip, models=["deformable"])


def test_models_are_in_step_and_ours_is_what_the_engine_makes(result, engine, portrait, short, weights):
    assert list(result.takes) == [STILL, OURS, model_title(weights)] and result.generated == list(result.takes)[1:]
    assert {take.shape for take in result.takes.values()} == {(FRAMES, 256, 256, 3)}
    expected = np.concatenate(list(engine.render(portrait, short, "happiness", crop=True)))
    np.testing.assert_array_equal(result.takes[OURS], expected)


def test_the_measures_tell_a_good_face_from_a_smear(result, weights):
    ours, smear = result.scores[OURS], result.scores[model_title(weights)]
    assert set(ours) == {"fps", "sharpness", "identity", "lip_motion"} and ours["fps"] > 0
    assert 0.8 < ours["sharpness"] < 1.3 and smear["sharpness"] < 0.2
    assert ours["identity"] < 0.6 < smear["identity"]
    assert ours["lip_motion"] > 1 and ours["lip_motion"] == pytest.approx(100 * result.openings[OURS].std())
    lines = result.table().splitlines()
    assert lines[0].count("|") == 4 and len(lines) == 2 + len(result.measures)


def test_the_video_has_the_sound_and_both_faces_under_their_names(result, tmp_path):
    result.write(tmp_path / "both.mp4")
    frames, sound = read_video(tmp_path / "both.mp4")
    assert frames.shape == (FRAMES, 292, 524, 3) and sound is not None
    ours = frames[-1, 32:288, 4:260].astype(int)
    assert np.abs(ours - result.takes[OURS][-1]).mean() < 4
    assert all(np.ptp(frames[0, 4:30, left : left + 256]) > 100 for left in (4, 264))  # the names


def test_a_wipe_shows_any_frame_of_any_two(result):
    stills = result.stills(mark=False)
    left, right = compare_handlers.wipe(stills, STILL, OURS, FRAMES)
    assert np.abs(left.astype(int) - result.portrait.crop).mean() < 2
    assert np.abs(right.astype(int) - result.takes[OURS][-1]).mean() < 2
    assert compare_handlers.wipe(None, STILL, OURS, 1) is None
    marked = compare_handlers.wipe(result.stills(), STILL, OURS, 1)
    assert np.ptp(marked[1][-18:, -24:]) > 150 and np.abs(marked[0].astype(int) - left).max() == 0


def test_curves_hold_every_video_over_the_sound(result):
    curves = result.curves()
    counts = {name: curves["curve"].count(name) for name in curves["curve"]}
    assert counts == {"Sound": 2 * FRAMES} | dict.fromkeys(result.generated, FRAMES)
    ours = [y for y, name in zip(curves["opening"], curves["curve"]) if name == OURS]
    np.testing.assert_allclose(ours, 100 * result.openings[OURS], rtol=1e-5)
    assert result.moment == int(np.argmax(ours)) and max(curves["seconds"]) < FRAMES / 25


def test_a_real_clip_drives_the_model_and_is_what_it_is_measured_against(clip_result):
    assert list(clip_result.takes) == [STILL, REAL, OURS]
    still, ours = clip_result.scores[STILL], clip_result.scores[OURS]
    # Its "real" speaker is our own video, so the model must come much closer to it than the still photo does.
    assert ours["psnr"] > still["psnr"] + 3 and ours["ssim"] > still["ssim"]
    assert ours["landmarks"] < still["landmarks"] and ours["lip_correlation"] > 0.9 > still["lip_correlation"]
    assert {"psnr", "ssim", "landmarks"} <= {measure.key for measure in clip_result.measures}


def test_what_is_long_is_cut_and_said(portrait, short, result, monkeypatch):
    monkeypatch.setattr(comparison, "MAX_SECONDS", 0.4)
    assert (result.speech, result.notes) == (short, ())
    cut = compare(portrait, short, models=["deformable"])
    assert cut.speech.frames == 10 and cut.notes == (comparison.CUT,)


def test_pictures_of_the_inside_show_samples_and_paint(engine, portrait, short, result):
    pictures = painter_inside.look_inside(engine.generator, portrait, short, "happiness", result.moment)
    assert list(pictures) == ["coarse", "middle", "attention"]
    assert {picture.shape for picture in pictures.values()} == {(painter_inside.SIDE, painter_inside.SIDE, 3)}
    colourful = np.ptp(pictures["attention"].astype(int), axis=2) > 20
    middle = slice(painter_inside.SIDE // 3, 2 * painter_inside.SIDE // 3)
    assert colourful[middle, middle].mean() > 0.2 and colourful[:20].mean() < 0.01
    assert (pictures["coarse"] != pictures["middle"]).any()


def test_bad_choices_are_told(portrait, short, tmp_path):
    with pytest.raises(ChoiceError, match="at least one"):
        compare(portrait, short, models=[])
    with pytest.raises(ChoiceError, match="grumpy"):
        compare(portrait, short, "grumpy", ["deformable"])
    with pytest.raises(RecordingError):
        compare_clip(tmp_path / "absent.mp4")


def test_a_clip_that_lies_on_its_side_is_refused(clip, short, tmp_path):
    frames = np.ascontiguousarray(np.rot90(read_video(clip)[0], axes=(1, 2)))
    write_video(tmp_path / "lying.mp4", [frames], short.sound, short.rate)
    with pytest.raises(PhotoError, match="lies on its side"):
        compare_clip(tmp_path / "lying.mp4", models=["deformable"])


def test_long_paths_fit_above_a_face():
    name = model_title("/somewhere/far/a_folder_with_a_long_name/generator.pt")
    assert len(name) == LONGEST_TITLE and name.endswith("/generator.pt")


@pytest.fixture
def comparer(engine, weights):
    future = Future()
    future.set_result(engine)
    return compare_handlers.Comparer(Studio(future), [weights])


def test_the_tab_offers_models_and_says_what_is_missing(comparer, weights, monkeypatch):
    monkeypatch.setattr(compare_handlers, "available_models", lambda: ["deformable"])
    assert comparer.models() == [(OURS, "deformable"), (model_title(weights), weights)]
    assert comparer.missing().startswith("The weights of “Baseline” are not here")
    monkeypatch.setattr(compare_handlers, "available_models", lambda: ["deformable", "baseline"])
    assert comparer.missing() == ""


def test_the_tab_shows_everything_and_errors_keep_it(comparer, result, weights, monkeypatch):
    monkeypatch.setattr(comparison, "compare", lambda *args: replace(result, notes=("A note.",)))
    voice = str(ASSETS / "good_news.wav")
    given = str(ASSETS / "london_009.jpg"), voice, None, "happiness"
    ((path, status, stills, pair, left, right, frame, table, curves, *pictures),) = comparer.show(
        Session(), 0, *given, ["deformable", weights], None
    )
    assert path.suffix == ".mp4" and status == "✅ 0.6 seconds compared. A note."
    assert (left.value, right.value) == (model_title(weights), OURS) and frame.maximum == FRAMES
    assert len(pair) == 2 and list(stills) == list(result.takes) and OURS in table
    assert set(curves.color_map) == {"Sound", *result.openings}
    assert all(picture.shape == (painter_inside.SIDE, painter_inside.SIDE, 3) for picture in pictures)

    monkeypatch.setattr(gr, "Warning", lambda message: None)
    (kept,) = comparer.show(Session(), 0, None, voice, None, "happiness", ["deformable"], None)
    assert "There is no photo yet" in kept[1] and len(kept) == 12
    assert all(value == gr.skip() for value in (kept[0], *kept[2:]))


def test_the_endpoint_answers_with_a_video_and_measures(comparer, result, monkeypatch):
    monkeypatch.setattr(comparison, "compare", lambda *args: result)
    given = str(ASSETS / "london_009.jpg"), str(ASSETS / "good_news.wav"), None, "happiness"
    answers = comparer.report(None, *given, None)
    path, scores = next(answers)
    assert path.is_file() and set(json.loads(json.dumps(scores))) == set(result.generated)
    assert list(answers) == [] and not path.exists()


def test_the_endpoint_is_public_and_typed():
    page = ui.build(Studio(Future()))
    endpoints = page.get_api_info()["named_endpoints"]
    parameters = {given["parameter_name"]: given for given in endpoints["/compare"]["parameters"]}
    assert list(parameters) == ["photo", "recording", "clip", "emotion", "models"]
    assert parameters["emotion"]["parameter_default"] == "neutral"
    assert not any(name.startswith("/show") or name.startswith("/wipe") for name in endpoints)


def test_the_published_table_or_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(compare_handlers, "DOCS", tmp_path)
    assert compare_handlers.published() == compare_handlers.UNPUBLISHED
    (tmp_path / "comparison.md").write_text("| model |")
    assert compare_handlers.published() == "| model |"
