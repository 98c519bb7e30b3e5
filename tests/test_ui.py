"""The page without a browser: it builds, and its handlers do what they say with an engine that only pretends."""

from concurrent.futures import Future
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from talking_face import ui
from talking_face.audio import load_speech
from talking_face.emotions import EMOTIONS
from talking_face.errors import CheckpointError, PhotoError
from talking_face.portrait import Portrait

PHOTO, VOICE, _ = ui.EXAMPLES[0]


class PretendEngine:
    """Counts how often it is asked; `error` is what its next answers raise."""

    def __init__(self):
        self.portraits, self.speeches, self.written, self.error = 0, 0, [], None

    def portrait(self, path):
        if self.error:
            raise self.error
        self.portraits += 1
        grey = np.full((300, 200, 3), 128, np.uint8)
        landmarks = np.random.default_rng(0).uniform(50, 150, (68, 2))
        return Portrait(grey, landmarks, np.eye(3)[:2], grey[:256, :256], ("The face is dark.",))

    def speech(self, path):
        self.speeches += 1
        return load_speech(path)

    def write(self, path, portrait, speech, emotion, intensity, progress):
        if self.error:
            raise self.error
        progress(speech.frames, speech.frames)
        path.write_bytes(b"video")
        self.written.append((emotion, intensity))


@pytest.fixture
def engine():
    return PretendEngine()


@pytest.fixture
def studio(engine):
    return ui.Studio(_loaded(engine))


@pytest.fixture
def toasts(monkeypatch):
    shown = []
    monkeypatch.setattr(gr, "Warning", shown.append)
    return shown


def _loaded(engine):
    future = Future()
    future.set_result(engine)
    return future


def _is_skip(value):
    return value == gr.skip()


def test_the_page_builds_and_offers_every_emotion():
    page = ui.build(_loaded(PretendEngine()))
    controls = {block.label: block for block in page.blocks.values() if getattr(block, "label", None)}
    assert {"Photo", "Face found", "Voice", "Emotion", "Intensity", "Video", "Examples"} <= set(controls)
    assert {value for _, value in controls["Emotion"].choices} == set(EMOTIONS)
    assert (controls["Intensity"].minimum, controls["Intensity"].maximum) == (0, 1.5)
    assert controls["Photo"].webcam_options.mirror
    assert any(ui.CONSENT in str(getattr(block, "value", "")) for block in page.blocks.values())


def test_the_page_stays_up_while_the_engine_loads():
    assert ui.build(Future()).fns  # nothing waits for the future


def test_nothing_is_reported_to_or_fetched_from_anyone():
    assert not ui.build(Future()).analytics_enabled
    assert ui.LAUNCH["theme"]._stylesheets == []  # web fonts
    assert ui.LAUNCH["run_history"] is False


def test_examples_are_there_with_their_licences():
    licences = (ui.ASSETS / "README.md").read_text()
    for photo, voice, emotion in ui.EXAMPLES:
        for path in map(Path, (photo, voice)):
            assert path.is_file() and f"`{path.name}`" in licences
        assert emotion in EMOTIONS
    assert 2 <= len(ui.EXAMPLES) <= 3


def test_looking_at_a_photo_shows_the_face_and_the_notes(studio):
    picture, note = studio.look(PHOTO)
    assert picture.shape == (300, 200, 3) and len(np.unique(picture)) > 2  # something is drawn
    assert note.startswith("✅") and "The face is dark." in note and ui.CONSENT in note


def test_no_photo_and_no_recording_bring_back_the_hints(studio, toasts):
    assert studio.look(None) == (None, f"{ui.PHOTO_HINT} {ui.CONSENT}")
    assert studio.listen(None) == ui.VOICE_HINT
    assert toasts == []


def test_a_photo_without_a_face_is_one_sentence_in_both_places(studio, engine, toasts):
    engine.error = PhotoError("No face was found.")
    picture, note = studio.look(PHOTO)
    assert picture is None and "⚠️ No face was found." in note
    assert toasts == ["No face was found."]


def test_listening_tells_the_length(studio):
    assert studio.listen(VOICE) == "✅ 4.5 seconds of speech."


def test_a_silent_recording_is_one_sentence(studio, toasts, tmp_path):
    import soundfile

    soundfile.write(tmp_path / "silence.wav", np.zeros(16000), 16000)
    assert "silent" in studio.listen(str(tmp_path / "silence.wav"))
    assert len(toasts) == 1 and "Traceback" not in toasts[0]


def test_a_video_is_there_while_it_is_handed_over_and_gone_afterwards(studio, engine):
    videos = studio.talk(PHOTO, VOICE, "anger", 0.5)
    path = next(videos)
    assert path.read_bytes() == b"video" and path.name == "talking-face-anger.mp4"
    assert list(videos) == [] and not path.parent.exists()
    assert engine.written == [("anger", 0.5)]


def test_another_emotion_only_renders(studio, engine):
    studio.look(PHOTO), studio.listen(VOICE)
    list(studio.talk(PHOTO, VOICE, "anger", 1))
    list(studio.talk_again("video.mp4", PHOTO, VOICE, "fear", 1.5))
    assert (engine.portraits, engine.speeches) == (1, 1)
    assert engine.written == [("anger", 1), ("fear", 1.5)]


def test_an_emotion_chosen_before_the_first_video_does_nothing(studio, engine, toasts):
    (result,) = studio.talk_again(None, PHOTO, VOICE, "fear", 1)
    assert _is_skip(result) and engine.written == [] and toasts == []


@pytest.mark.parametrize(("photo", "voice", "word"), [(None, VOICE, "photo"), (PHOTO, None, "recording")])
def test_talking_without_photo_or_recording_asks_for_it(studio, toasts, photo, voice, word):
    (result,) = studio.talk(photo, voice, "neutral", 1)
    assert _is_skip(result)
    assert len(toasts) == 1 and word in toasts[0]


def test_an_error_nobody_foresaw_keeps_the_last_video_and_goes_into_the_log(studio, engine, toasts, caplog):
    engine.error = ZeroDivisionError("inner workings")
    (result,) = studio.talk(PHOTO, VOICE, "neutral", 1)
    assert _is_skip(result) and toasts == [ui.UNFORESEEN]
    assert "inner workings" in caplog.text


def test_an_engine_that_cannot_load_says_why(toasts):
    future = Future()
    future.set_exception(CheckpointError("The weights are missing: please download them."))
    _, note = ui.Studio(future).look(PHOTO)
    assert "The weights are missing" in note
