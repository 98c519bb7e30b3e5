"""The strip of takes: what was made can be seen again, whatever came after it."""

from types import SimpleNamespace

import gradio as gr

from talking_face.ui.choices import PHOTOS, VOICES
from talking_face.ui.studio import WHOLE
from talking_face.ui.talk.session import Session
from talking_face.ui.talk.takes import NOTHING


def _visit(making, visitor=""):
    session = Session()
    making.takes.welcome(session, visitor)
    return session


def _make(making, session, emotion, seed=0):
    list(making.talk(session, session.turn, 0, PHOTOS[0], VOICES[0], emotion, 0.5, 1, seed, "", WHOLE))
    return making.takes.strip(session)


def test_takes_are_kept_in_order_with_picture_and_name_and_undone(making):
    session = _visit(making)
    _make(making, session, "anger")
    gallery = _make(making, session, "fear", 1)
    assert [entry["caption"] for entry in gallery.value] == ["Anger, take 1", "Fear, take 2"] and gallery.visible
    shown, note, file, *settings = making.takes.undo(session)
    assert settings == ["anger", 0.5, 1, 0] and "Anger, take 1" in note
    assert shown.whole == file["value"] and shown.whole.stat().st_size > 1000
    assert making.takes.strip(session) == gr.skip()
    shown, *_ = making.takes.choose(session, SimpleNamespace(index=1))
    assert shown is session.shown and shown.whole.name == "talking-face-fear.mp4"


def test_a_visitor_finds_what_was_finished_while_they_left_and_nobody_else_does(making):
    session = _visit(making)
    list(making.talk(session, 0, 0, PHOTOS[0], VOICES[0], "anger", 0.5, 1, 0, "", WHOLE))  # the page is gone
    back = Session()
    visitor, gallery = making.takes.welcome(back, session.visitor)
    assert visitor == session.visitor and [entry["caption"] for entry in gallery.value] == ["Anger, take 1"]
    assert _visit(making).strip == _visit(making, "somebody else").strip == Session().strip == []
    list(making.talk(nobody := Session(), 0, 0, PHOTOS[0], VOICES[0], "anger", 0.5, 1, 0, "", WHOLE))
    assert making.takes.strip(nobody) == gr.skip() and nobody.finished


def test_going_back_stops_what_is_being_made(making):
    session = _visit(making)
    _make(making, session, "anger")
    updates = making.talk(session, session.turn, 0, PHOTOS[0], VOICES[0], "fear", 1, 1, 0, "", WHOLE)
    next(updates)
    shown, *_ = making.takes.undo(session)
    assert shown.whole.name == "talking-face-anger.mp4"
    *_, (video, said, file) = updates  # what was on its way may have come after it
    assert video is shown and said == "✅ Back to “Anger, take 1”." and file == gr.skip()


def test_nothing_is_there_to_go_back_to_at_first_or_after_it_was_forgotten(studio, making):
    session, nothing = _visit(making), (gr.skip(), NOTHING, *[gr.skip()] * 5)
    assert making.takes.undo(session) == nothing
    _make(making, session, "anger")
    path = session.shown.whole
    studio.forget()
    assert not path.exists() and making.takes.undo(session) == nothing
    assert not making.takes.strip(session).visible
