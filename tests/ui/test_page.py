"""The page as it is built, before anything happens on it."""

from concurrent.futures import Future
from pathlib import Path

import pytest

from support.pretend_engine import PretendEngine, loaded
from talking_face.emotions import EMOTIONS
from talking_face.paths import ASSETS
from talking_face.ui import LAUNCH, build
from talking_face.ui.choices import CONSENT, LINES, PHOTOS, VOICES
from talking_face.ui.studio import Studio


def test_the_page_builds_and_offers_every_emotion():
    page = build(Studio(loaded(PretendEngine())))
    controls = {block.label: block for block in page.blocks.values() if getattr(block, "label", None)}
    assert {"Photo", "Face found", "Voice", "Emotion", "Intensity", "Video", "Emotions over time"} <= set(controls)
    assert {value for _, value in controls["Emotion"].choices} == set(EMOTIONS)
    assert (controls["Intensity"].minimum, controls["Intensity"].maximum) == (0, 1.5)
    assert controls["Photo"].webcam_options.mirror
    assert any(CONSENT in str(getattr(block, "value", "")) for block in page.blocks.values())


def test_only_what_is_meant_for_programs_is_offered_to_them():
    page = build(Studio(Future()))
    public = {fn.api_name for fn in page.fns.values() if fn.api_visibility == "public"}
    assert public == {"generate", "portrait", "emotions", "compare"}


def test_the_page_stays_up_while_the_engine_loads():
    assert build(Studio(Future())).fns  # nothing waits for the future


def test_nothing_is_reported_to_or_fetched_from_anyone_nor_kept():
    page = build(Studio(Future()))
    assert not page.analytics_enabled
    assert LAUNCH["theme"]._stylesheets == []  # web fonts
    assert LAUNCH["run_history"] is False
    assert sum(page.delete_cache) <= 3600


def test_examples_are_there_with_their_licences():
    licences = (ASSETS / "README.md").read_text()
    for path in map(Path, (*PHOTOS, *VOICES)):
        assert path.is_file() and f"`{path.name}`" in licences
    assert len(LINES) == len(VOICES)


def test_landmarks_that_there_are_not_are_refused_at_once(monkeypatch, capsys):
    import app

    monkeypatch.setattr("sys.argv", ["app.py", "--landmarks", "magic"])
    with pytest.raises(SystemExit):
        app.main()
    assert "no 'magic' landmarks" in capsys.readouterr().err


def test_the_options_of_the_command_are_explained():
    import app

    text = app.parser().format_help()
    options = [
        "port",
        "host",
        "share",
        "model",
        "concurrency",
        "max-seconds",
        "time-limit",
        "max-upload",
        "no-mark",
        "mcp",
        "compare-with",
        "landmarks",
    ]
    for option in options:
        assert f"--{option}" in text
