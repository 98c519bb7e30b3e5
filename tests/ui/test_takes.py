"""The strip of takes: what was made can be seen again, whatever came after it."""

from types import SimpleNamespace

import gradio as gr
import pytest

from support.pretend_engine import PretendEngine, loaded
from talking_face.ui import talk
from talking_face.ui.studio import WHOLE, Session, Studio


@pytest.fixture
def handlers():
    return Studio(loaded(PretendEngine()))


def _make(handlers, session, emotion, seed=0, strip=()):
    list(handlers.talk(session, session.turn, talk.PHOTOS[0], talk.VOICES[0], emotion, 0.5, 1, seed, "", WHOLE))
    return handlers.takes.keep(session, strip)


def test_takes_are_kept_in_order_with_picture_and_name_and_undone(handlers):
    session = Session()
    strip, _ = _make(handlers, session, "anger")
    strip, gallery = _make(handlers, session, "fear", 1, strip)
    assert [entry["caption"] for entry in gallery.value] == ["Anger, take 1", "Fear, take 2"] and gallery.visible
    shown, note, file, *settings = handlers.takes.undo(session, strip)
    assert settings == ["anger", 0.5, 1, 0] and "Anger, take 1" in note
    assert shown.whole == file["value"] and shown.whole.stat().st_size > 1000
    assert handlers.takes.keep(session, strip) == (gr.skip(), gr.skip())
    shown, *_ = handlers.takes.choose(session, strip, SimpleNamespace(index=1))
    assert shown is session.shown and shown.whole.name == "talking-face-fear.mp4"


def test_going_back_stops_what_is_being_made(handlers):
    session = Session()
    strip, _ = _make(handlers, session, "anger")
    making = handlers.talk(session, session.turn, talk.PHOTOS[0], talk.VOICES[0], "fear", 1, 1, 0, "", WHOLE)
    next(making)
    shown, *_ = handlers.takes.undo(session, strip)
    assert shown.whole.name == "talking-face-anger.mp4"
    assert all(update[2] == gr.skip() for update in making)


def test_nothing_is_there_to_go_back_to_at_first_or_after_it_was_forgotten(handlers, monkeypatch):
    monkeypatch.setattr(gr, "Info", lambda message: None)
    session = Session()
    assert handlers.takes.undo(session, []) == [gr.skip()] * 7
    strip, _ = _make(handlers, session, "anger")
    path = session.shown.whole
    handlers.forget()
    assert not path.exists() and not handlers.takes.pictures(strip).visible
    assert not handlers.takes.pictures(["somebody else's"]).visible
