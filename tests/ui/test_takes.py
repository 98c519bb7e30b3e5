"""The strip of takes: what was made can be seen again, whatever came after it."""

from types import SimpleNamespace

import gradio as gr

from talking_face.ui.choices import PHOTOS, VOICES
from talking_face.ui.studio import WHOLE
from talking_face.ui.talk.session import Session


def _make(making, session, emotion, seed=0, strip=()):
    list(making.talk(session, session.turn, 0, PHOTOS[0], VOICES[0], emotion, 0.5, 1, seed, "", WHOLE))
    return making.takes.keep(session, strip)


def test_takes_are_kept_in_order_with_picture_and_name_and_undone(making):
    session = Session()
    strip, _ = _make(making, session, "anger")
    strip, gallery = _make(making, session, "fear", 1, strip)
    assert [entry["caption"] for entry in gallery.value] == ["Anger, take 1", "Fear, take 2"] and gallery.visible
    shown, note, file, *settings = making.takes.undo(session, strip)
    assert settings == ["anger", 0.5, 1, 0] and "Anger, take 1" in note
    assert shown.whole == file["value"] and shown.whole.stat().st_size > 1000
    assert making.takes.keep(session, strip) == (gr.skip(), gr.skip())
    shown, *_ = making.takes.choose(session, strip, SimpleNamespace(index=1))
    assert shown is session.shown and shown.whole.name == "talking-face-fear.mp4"


def test_going_back_stops_what_is_being_made(making):
    session = Session()
    strip, _ = _make(making, session, "anger")
    updates = making.talk(session, session.turn, 0, PHOTOS[0], VOICES[0], "fear", 1, 1, 0, "", WHOLE)
    next(updates)
    shown, *_ = making.takes.undo(session, strip)
    assert shown.whole.name == "talking-face-anger.mp4"
    *_, (video, said, file) = updates  # what was on its way may have come after it
    assert video is shown and said == "✅ Back to “Anger, take 1”." and file == gr.skip()


def test_nothing_is_there_to_go_back_to_at_first_or_after_it_was_forgotten(studio, making, monkeypatch):
    monkeypatch.setattr(gr, "Info", lambda message: None)
    session = Session()
    assert making.takes.undo(session, []) == [gr.skip()] * 7
    strip, _ = _make(making, session, "anger")
    path = session.shown.whole
    studio.forget()
    assert not path.exists() and not making.takes.pictures(strip).visible
    assert not making.takes.pictures(["somebody else's"]).visible
