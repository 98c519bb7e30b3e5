"""The Compare tab without a browser."""

import json
from concurrent.futures import Future
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest

from support.compared import FRAMES, OURS
from support.paths import ASSETS
from talking_face import ui
from talking_face.evaluation import comparison
from talking_face.evaluation.compared import STILL
from talking_face.figures import painter_inside
from talking_face.generators.registry import model_title
from talking_face.ui.compare import handlers
from talking_face.ui.jobs import Visit
from talking_face.ui.studio import Studio


def test_a_wipe_shows_any_frame_of_any_two(compared):
    stills = compared.stills(mark=False)
    left, right = handlers.wipe(stills, STILL, OURS, FRAMES)
    assert np.abs(left.astype(int) - compared.portrait.crop).mean() < 2
    assert np.abs(right.astype(int) - compared.takes[OURS][-1]).mean() < 2
    assert handlers.wipe(None, STILL, OURS, 1) is None
    marked = handlers.wipe(compared.stills(), STILL, OURS, 1)
    assert np.ptp(marked[1][-18:, -24:]) > 150 and np.abs(marked[0].astype(int) - left).max() == 0


@pytest.fixture
def comparer(engine, narrow_weights):
    future = Future()
    future.set_result(engine)
    return handlers.Comparer(Studio(future), [narrow_weights])


def test_the_tab_offers_models_and_says_what_is_missing(comparer, narrow_weights, monkeypatch):
    monkeypatch.setattr(handlers, "available_models", lambda: ["deformable"])
    assert comparer.models() == [(OURS, "deformable"), (model_title(narrow_weights), narrow_weights)]
    assert comparer.missing().startswith("The weights of “Baseline” are not here")
    monkeypatch.setattr(handlers, "available_models", lambda: ["deformable", "baseline"])
    assert comparer.missing() == ""


def test_the_tab_shows_everything_and_errors_keep_it(comparer, compared, narrow_weights, monkeypatch):
    monkeypatch.setattr(comparison, "compare", lambda *args: replace(compared, notes=("A note.",)))
    voice = str(ASSETS / "good_news.wav")
    given = str(ASSETS / "london_009.jpg"), voice, None, "happiness"
    first, last = comparer.show(Visit(), 0, *given, ["deformable", narrow_weights], None)
    assert [picture.shape for picture in first[3]] == [(256, 256, 3)] * 2  # something to see meanwhile
    path, status, stills, pair, left, right, frame, table, curves, *pictures = last
    assert path.suffix == ".mp4" and status == "✅ 0.6 seconds compared. A note."
    assert (left.value, right.value) == (model_title(narrow_weights), OURS) and frame.maximum == FRAMES
    assert len(pair) == 2 and list(stills) == list(compared.takes) and OURS in table
    assert set(curves.color_map) == {"Sound", *compared.openings}
    assert all(picture.shape == (painter_inside.SIDE, painter_inside.SIDE, 3) for picture in pictures)

    monkeypatch.setattr(gr, "Warning", lambda message: None)
    (kept,) = comparer.show(Visit(), 0, None, voice, None, "happiness", ["deformable"], None)
    assert "There is no photo yet" in kept[1] and len(kept) == 12
    assert all(value == gr.skip() for value in (kept[0], *kept[2:]))


def test_by_default_the_two_are_compared_that_the_tab_is_about(comparer):
    assert comparer.usual() == [model for _, model in comparer.models() if model in handlers.EXPECTED]


def test_the_pages_own_engine_compares_and_others_are_loaded_once(comparer, engine, narrow_weights, monkeypatch):
    monkeypatch.setattr(comparison, "compare", lambda *args: args[-1])
    given = str(ASSETS / "london_009.jpg"), str(ASSETS / "good_news.wav"), None, "happiness"
    engine_of = comparer.compare(comparer.studio.job(), *given, ["deformable", narrow_weights])
    assert engine_of("deformable") is engine
    assert engine_of(narrow_weights) is engine_of(narrow_weights) is not engine


def test_the_endpoint_answers_with_a_video_and_measures(comparer, compared, monkeypatch):
    monkeypatch.setattr(comparison, "compare", lambda *args: compared)
    given = str(ASSETS / "london_009.jpg"), str(ASSETS / "good_news.wav"), None, "happiness"
    answers = comparer.report(None, *given, None)
    path, scores = next(answers)
    assert path.is_file() and set(json.loads(json.dumps(scores))) == set(compared.generated)
    assert list(answers) == [] and not path.exists()


def test_the_endpoint_is_public_and_typed():
    page = ui.build(Studio(Future()))
    endpoints = page.get_api_info()["named_endpoints"]
    parameters = {given["parameter_name"]: given for given in endpoints["/compare"]["parameters"]}
    assert list(parameters) == ["photo", "recording", "clip", "emotion", "models", "face"]
    assert parameters["emotion"]["parameter_default"] == "neutral"
    assert not any(name.startswith("/show") or name.startswith("/wipe") for name in endpoints)


def test_the_published_table_or_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(handlers, "DOCS", tmp_path)
    assert handlers.published() == handlers.UNPUBLISHED
    (tmp_path / "comparison.md").write_text("| model |")
    assert handlers.published() == "| model |"
