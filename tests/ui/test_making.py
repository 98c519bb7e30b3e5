"""Videos are made part by part, go on where one plays, and end when nobody wants them; the engine only pretends."""

from base64 import b64decode
from pathlib import Path

import gradio as gr
import pytest

from support.pretend_engine import loaded
from talking_face.emotions import IN_ORDER
from talking_face.ui.choices import PHOTOS, VOICES
from talking_face.ui.jobs import STOPPED, begin, interrupt, stop
from talking_face.ui.problems import UNFORESEEN
from talking_face.ui.studio import SQUARE, WHOLE, Studio
from talking_face.ui.talk.making import VIDEO_HINT, Making
from talking_face.ui.talk.player import Player, Shown
from talking_face.ui.talk.session import Session
from talking_face.ui.talk.takes import Takes

PHOTO, VOICE = PHOTOS[0], VOICES[0]
CHOICES = ("anger", 0.5, 1, 0, "", WHOLE)


def _is_skip(value):
    return value == gr.skip()


def _making(engine, **options):
    return Making(Studio(loaded(engine), **options), Takes())


def _parts(updates):
    """The parts of the last video that was shown."""
    return [video for video, _, _ in updates if isinstance(video, Shown)][-1].parts


def test_a_video_comes_in_parts_and_its_file_is_there_while_it_is_handed_over(making, pretended):
    session, seen = Session(), []
    for video, _, file in making.talk(session, 0, 0, PHOTO, VOICE, *CHOICES):
        seen.append((len(video.parts), video.whole, file))
        if video.whole:
            assert file["interactive"] and file["value"].stat().st_size > 1000
        else:
            assert not file["interactive"] and "value" not in file  # nothing to save but what is on the screen
    assert [count for count, *_ in seen] == [1, 2, 3, 4, 5, 6, 6]
    assert [part.seconds for part in session.shown.parts] == pytest.approx([0.24, 0.32, 0.48, 0.96, 1.92, 0.56])
    assert seen[-1][1].name == "talking-face-anger.mp4"
    assert pretended.rendered == [((300, 200), "anger", 0.5, True)]


def test_the_player_gets_files_that_last(making, tmp_path):
    player = Player()
    player.GRADIO_CACHE = str(tmp_path)
    for video, *_ in making.talk(Session(), 0, 0, PHOTO, VOICE, *CHOICES):
        shown = player.postprocess(video)
    first, *others = shown["parts"]
    assert b64decode(first["data"])[4:8] == b"ftyp"
    parts = [Path(part["file"]["path"]) for part in others]
    assert len(set(parts)) == 5 and all(path.is_file() and path.is_relative_to(tmp_path) for path in parts)
    assert shown["seconds"] == pytest.approx(4.48) and shown["whole"]["path"].endswith("anger.mp4")
    assert player.postprocess(None) is None


def test_another_emotion_only_renders(giving, making, pretended):
    session = Session()
    giving.look(Session(), PHOTO), giving.listen(Session(), VOICE)
    list(making.talk(session, 0, 0, PHOTO, VOICE, *CHOICES))
    list(making.talk_again(session, 0, 0, PHOTO, VOICE, "fear", 1.5, 1, 0, "", WHOLE))
    assert (pretended.portraits, pretended.speeches) == (1, 1)
    assert [rendered[1:3] for rendered in pretended.rendered] == [("anger", 0.5), ("fear", 1.5)]


def test_emotions_over_time_and_squares_reach_the_engine(making, pretended):
    updates = list(making.talk(Session(), 0, 0, PHOTO, VOICE, "anger", 1, 1, 0, "0-2 s fear, then anger", SQUARE))
    ((height, width), emotion, *_) = pretended.rendered[0]
    assert height == width and emotion == "0-2 s fear, then anger"
    assert updates[-1][2]["value"].name == "talking-face-emotions.mp4"


def test_all_six_are_rendered_side_by_side(making, pretended):
    updates = list(making.all_six(Session(), 0, 0, PHOTO, VOICE, "fear", 0.7, 1, 0))
    assert [rendered[1:3] for rendered in pretended.rendered] == [(name, 0.7) for name in IN_ORDER]
    assert updates[-1][2]["value"].name == "talking-face-all-six.mp4" and len(_parts(updates)) == 6


def test_the_host_may_leave_out_the_mark(pretended):
    list(_making(pretended, mark=False).talk(Session(), 0, 0, PHOTO, VOICE, *CHOICES))
    assert pretended.rendered[0][-1] is False


def test_another_emotion_goes_on_at_the_playhead_and_the_rest_comes_last(making, pretended):
    session = Session()
    list(making.talk(session, 0, 0, PHOTO, VOICE, *CHOICES))
    updates = list(making.talk_again(session, 1, 2.6, PHOTO, VOICE, "fear", *CHOICES[1:]))
    starts = [part.start for part in _parts(updates)]
    assert starts == pytest.approx(
        [2.6, 2.84, 3.16, 3.64, 0, 0.24, 0.56, 1.04, 2.0]
    ) and session.shown.first == pytest.approx(2.6)
    assert pretended.firsts == [0, 65, 0]
    for place, voice in ((4.3, VOICE), (2.6, VOICES[1])):  # hardly anything left; another recording
        list(making.talk_again(session, 1, place, PHOTO, voice, *CHOICES))
        assert session.shown.first == 0


def test_another_emotion_replaces_a_video_that_is_still_being_made(making, pretended):
    session = Session()
    updates = making.talk(session, 0, 0, PHOTO, VOICE, *CHOICES)
    next(updates)
    again = list(making.talk_again(session, 1, 0.6, PHOTO, VOICE, "fear", *CHOICES[1:]))
    assert again[-1][0].whole and session.shown.first == pytest.approx(0.6)
    assert list(updates)[-1][0] is session.shown


def test_what_is_no_longer_wanted_ends(making, pretended, toasts):
    session = Session()
    pretended.while_rendering = lambda: interrupt(session)
    updates = list(making.talk(session, 0, 0, PHOTO, VOICE, *CHOICES))
    assert all(map(_is_skip, updates[-1][1:]))
    assert session.shown is None or session.shown.whole is None
    assert toasts == []


def test_what_was_stopped_while_it_waited_in_line_does_not_begin(making, pretended):
    session = Session()
    begin(session, 5)
    assert stop(session) == STOPPED
    ((video, note, file),) = making.talk(session, 5, 0, PHOTO, VOICE, *CHOICES)
    assert _is_skip(video) and note == STOPPED and _is_skip(file) and pretended.rendered == []
    stop(session, 8)
    begin(session, 7)  # which came later, but was asked for before
    ((_, note, _),) = making.talk(session, 7, 0, PHOTO, VOICE, *CHOICES)
    assert note == STOPPED and pretended.rendered == []


@pytest.mark.parametrize("told_first", [True, False])
def test_what_was_asked_for_last_is_made_in_whatever_order_the_server_hears_of_it(making, pretended, told_first):
    session = Session()
    before = making.talk(session, 1, 0, PHOTO, VOICE, *CHOICES)
    next(before)
    if told_first:
        begin(session, 2)
    after = list(making.talk_again(session, 2, 0.6, PHOTO, VOICE, "fear", *CHOICES[1:]))
    begin(session, 1)
    begin(session, 2)
    assert after[-1][0].whole and list(before)[-1][0] is session.shown
    list(making.talk(session, 1, 0, PHOTO, VOICE, *CHOICES))
    assert [emotion for _, emotion, *_ in pretended.rendered] == ["anger", "fear", "fear"]


def test_what_takes_too_long_ends_in_a_sentence(pretended, toasts):
    ((video, note, file),) = _making(pretended, time_limit=0).talk(Session(), 0, 0, PHOTO, VOICE, *CHOICES)
    assert _is_skip(video) and _is_skip(file) and "longer than the 0 seconds" in note and toasts[0] in note


def test_before_anything_is_given_the_example_speaks_in_any_emotion(making, pretended):
    updates = list(making.talk_again(Session(), 0, 0, None, None, *CHOICES))
    assert updates[-1][0].whole and pretended.rendered[0][1] == "anger"


def test_an_emotion_chosen_before_the_first_video_does_nothing(making, pretended, toasts):
    ((video, note, file),) = making.talk_again(Session(), 0, 0, PHOTO, VOICE, *CHOICES)
    assert _is_skip(video) and _is_skip(file) and note == VIDEO_HINT
    assert pretended.rendered == [] and toasts == []


@pytest.mark.parametrize(("photo", "voice", "word"), [(None, VOICE, "photo"), (PHOTO, None, "recording")])
def test_talking_without_photo_or_recording_asks_for_it(making, toasts, photo, voice, word):
    ((video, note, file),) = making.talk(Session(), 0, 0, photo, voice, *CHOICES)
    assert _is_skip(video) and _is_skip(file)
    assert len(toasts) == 1 and word in toasts[0] and toasts[0] in note


def test_an_error_nobody_foresaw_keeps_the_last_video_and_the_log_has_only_its_place(making, pretended, toasts, caplog):
    pretended.error = ZeroDivisionError("the name of somebody's file")
    ((video, note, file),) = making.talk(Session(), 0, 0, PHOTO, VOICE, *CHOICES)
    assert _is_skip(video) and _is_skip(file) and toasts == [UNFORESEEN]
    assert "ZeroDivisionError" in caplog.text and "somebody's file" not in caplog.text
