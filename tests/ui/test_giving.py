"""What the page says of photos, recordings and typed words, with an engine that only pretends."""

import threading
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import soundfile

from support.planted_faces import planted_face
from support.pretend_engine import PretendPhoto, loaded
from talking_face.emotions import EMOTIONS
from talking_face.errors import CheckpointError, PhotoError
from talking_face.ui.choices import CONSENT, PHOTOS, VOICES
from talking_face.ui.studio import FIRST_A_PHOTO, SQUARE, WHOLE, Studio
from talking_face.ui.talk.giving import FACES_HINT, PHOTO_HINT, Giving
from talking_face.ui.talk.session import Session
from talking_face.ui.talk.text import HIGHER, LOWER, say_it
from talking_face.ui.talk.uploads import TEETH, Uploads

PHOTO, VOICE = PHOTOS[0], VOICES[0]
CHOICES = ("anger", 0.5, 1, 0, "", WHOLE)


def _is_skip(value):
    return value == gr.skip()


def test_looking_at_a_photo_shows_the_face_and_the_notes(giving):
    picture, note = giving.look(Session(), PHOTO)
    assert picture.shape == (300, 200, 3) and len(np.unique(picture)) > 2  # something is drawn
    assert note.startswith("✅") and "The face is dark." in note and CONSENT in note


def test_what_is_given_is_made_ready_while_nobody_waits_for_it(studio, giving, making, pretended):
    giving.look(Session(), PHOTO), giving.listen(Session(), VOICE)
    studio.warm_up(PHOTO, VOICE).result()  # comes after
    assert pretended.ready == [studio.portrait(PHOTO, 1), studio.speech(VOICE)] and len(pretended.rendered) == 1
    list(making.talk(Session(), 0, 0, PHOTO, VOICE, *CHOICES))
    assert (pretended.portraits, pretended.speeches) == (1, 1)


def _click(giving, session, *point):
    return giving.choose(session, PHOTO, SimpleNamespace(index=list(point)))


def test_a_click_chooses_a_face_and_the_choice_survives(giving, making, pretended):
    pretended.people, session = [planted_face((60, 100), 30), planted_face((150, 220), 20)], Session()
    first, note = giving.look(session, PHOTO)
    assert FACES_HINT in note
    assert all(map(_is_skip, _click(giving, session, 60, 110)))  # chosen already
    assert all(map(_is_skip, _click(giving, session, 190, 20)))  # none there
    second, note, chosen = _click(giving, session, 150, 225)
    assert note.startswith("✅ Face found.") and np.abs(first.astype(int) - second).max() > 60
    for talk_so in (making.talk, making.talk_again):
        list(talk_so(session, 0, 0, PHOTO, VOICE, *CHOICES))
        assert pretended.talking == 2
    list(making.talk(session, 0, 0, PHOTO, VOICE, "anger", 1, 1, 0, "", SQUARE))
    list(making.all_six(session, 0, 0, PHOTO, VOICE, "fear", 1, 1, 0))
    assert pretended.talking == 2 and pretended.portraits == 1  # the photo was searched once
    assert np.array_equal(giving.look(session, PHOTO)[0], second)
    assert np.array_equal(giving.look(Session(), PHOTO, chosen)[0], second)  # the page was loaded anew
    assert np.array_equal(_click(giving, session, 60, 110)[0], first)
    list(making.talk(session, 0, 0, PHOTO, VOICE, *CHOICES))
    assert pretended.talking == 1


def test_another_photo_and_another_page_begin_with_the_largest_face(giving, making, pretended):
    pretended.people, session = [planted_face((60, 100), 30), planted_face((150, 220), 20)], Session()
    giving.look(session, PHOTO)
    _click(giving, session, 150, 225)
    for page, photo in ((session, PHOTOS[1]), (Session(), PHOTO)):
        list(making.talk(page, 0, 0, photo, VOICE, *CHOICES))
        assert pretended.talking == 1


def test_a_face_that_will_not_do_leaves_the_others_to_choose_from(giving, pretended, toasts, monkeypatch):
    def refuse_the_first(photo, number=1):
        if number == 1:
            raise PhotoError("The face is turned too far away.")
        return portrait(photo, number)

    portrait = PretendPhoto.portrait
    monkeypatch.setattr(PretendPhoto, "portrait", refuse_the_first)
    pretended.people, session = [planted_face((60, 100), 30), planted_face((150, 220), 20)], Session()
    picture, note = giving.look(session, PHOTO)
    assert picture is not None and "⚠️ The face is turned" in note and FACES_HINT in note
    assert _click(giving, session, 150, 225)[1].startswith("✅")


def test_a_smile_photo_goes_along_if_it_shows_teeth(studio, making, pretended, toasts, monkeypatch):
    uploads, lent = Uploads(studio), []
    still, note, count = uploads.smile(None, PHOTO, 0)
    assert _is_skip(still) and FIRST_A_PHOTO in note and _is_skip(count)
    still, note, count = uploads.smile(PHOTO, PHOTOS[1], 0)  # the pretended lips are closed
    assert _is_skip(still) and "shows no teeth" in note and _is_skip(count) and len(toasts) == 2
    monkeypatch.setattr(
        "talking_face.ui.studio.with_smile", lambda portrait, smile: lent.append((portrait, smile)) or portrait
    )
    still, note, count = uploads.smile(PHOTO, PHOTOS[1], 0)
    assert Path(still).read_bytes() == Path(PHOTOS[1]).read_bytes() and note == TEETH and count == 1
    updates = list(making.talk(Session(), 0, 0, PHOTO, VOICE, *CHOICES, still))
    assert updates[-1][0].whole and lent[-1] == (studio.portrait(PHOTO, 1), studio.portrait(still, 1))


def test_without_a_photo_a_click_does_nothing(giving):
    assert all(map(_is_skip, giving.choose(Session(), None, SimpleNamespace(index=[3, 4]))))


def test_no_photo_and_no_recording_bring_back_the_hints(giving, toasts):
    assert giving.look(Session(), None) == (None, f"{PHOTO_HINT} {CONSENT}")
    assert giving.listen(Session(), None)[0] == "Up to 60 seconds of one person speaking."
    assert toasts == []


def test_a_photo_without_a_face_is_one_sentence_in_both_places(giving, pretended, toasts):
    pretended.error = PhotoError("No face was found.")
    picture, note = giving.look(Session(), PHOTO)
    assert picture is None and "⚠️ No face was found." in note
    assert toasts == ["No face was found."]


def test_listening_tells_length_and_level(giving):
    assert giving.listen(Session(), VOICE)[0] == "✅ 4.5 seconds of speech at a good level (-20 dB)."


def test_a_silent_and_a_long_recording_are_one_sentence(pretended, toasts, tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(16000), 16000)
    giving = Giving(Studio(loaded(pretended), max_seconds=3))
    note, cut = giving.listen(Session(), str(tmp_path / "silence.wav"))
    assert "silent" in note and not cut.visible
    note, cut = giving.listen(Session(), VOICE)
    assert "3" in note and cut.visible
    assert len(toasts) == 2 and "Traceback" not in "".join(toasts)


@pytest.mark.parametrize("kind", ["tone", "noise"])
def test_what_is_no_speech_is_not_called_so(giving, tmp_path, kind):
    time = np.arange(48000) / 16000
    sound = (
        0.3 * np.sin(2 * np.pi * 440 * time) if kind == "tone" else 0.1 * np.random.default_rng(0).normal(size=48000)
    )
    soundfile.write(tmp_path / "sound.wav", sound, 16000)
    note, _ = giving.listen(Session(), str(tmp_path / "sound.wav"))
    assert "✅" not in note and "nothing in it is like speech" in note


def test_an_engine_that_cannot_load_says_why(toasts):
    future = Future()
    future.set_exception(CheckpointError("The weights are missing: please download them."))
    _, note = Giving(Studio(future)).look(Session(), PHOTO)
    assert "The weights are missing" in note


def test_typed_words_become_a_recording_that_takes_on_each_mood_at_the_same_pace(studio):
    session = Session()
    *said, (path, note) = say_it(session, "Good news! I can talk.", "en", LOWER, "happiness", 1)
    assert [note for _, note in said] == ["Saying it: 48 % is ready …", "Saying it: 100 % is ready …"] and note == ""
    typed = session.typed[path.name]
    happy, sad = (session.words(f"/elsewhere/{path.name}", emotion, 1) for emotion in ("happiness", "sadness"))
    assert happy == typed and sad.mood.pitch < happy.mood.pitch and sad.mood.pace == happy.mood.pace
    assert len(studio.speech(happy).sound) == len(studio.speech(sad).sound)
    assert session.words(path.name, "0-2 s fear, then anger", 1) == path.name
    (start, pause, first), (again, end, second) = session.captions_of(f"/elsewhere/{path.name}")
    assert (first, second) == ("Good news!", "I can talk.") and start == 0 < pause == again < end
    assert end == pytest.approx(studio.speech(happy).duration, abs=0.1)
    assert session.captions_of(VOICE) == session.captions_of(None) == []
    assert session.words(VOICE, "sadness", 1) == VOICE and session.words(None, "sadness", 1) is None


def test_a_page_that_is_loaded_anew_knows_what_was_typed(studio, giving, toasts):
    session, anew, other = Session(), Session(), Session()
    for path, _ in say_it(session, "Good news!", "en", LOWER, "happiness", 1):
        if path != gr.skip():
            giving.listen(session, str(path)), giving.listen(anew, str(path))
    giving.listen(other, f"/elsewhere/{path.name}")  # of the same name
    assert anew.typed == session.typed != other.typed == {} and anew.captions == session.captions != {}
    studio.forget()
    giving.listen(other, str(path))
    assert other.typed == {}


def test_typed_words_are_made_ready_in_each_mood_until_a_video_is_asked_for(studio, giving, making, pretended):
    session, begun, go_on = Session(), threading.Event(), threading.Event()
    for path, _ in say_it(session, "Good news!", "en", LOWER, "happiness", 1):
        if path != gr.skip():
            giving.listen(session, str(path))
    studio.get_ready().result()  # comes after
    assert pretended.ready == [studio.speech(session.typed[path.name])]
    pretended.ready.clear()
    list(making.talk(session, 0, 0, PHOTO, str(path), "happiness", 1, 1, 0, "", WHOLE))
    studio.get_ready().result()
    moods = [session.words(str(path), emotion, 1) for emotion in EMOTIONS]
    assert pretended.ready == [studio.speech(typed) for typed in moods]
    assert pretended.speeches == len(set(moods)) + 1  # the recording that is shown

    def hear(portrait, speech):
        begun.set()
        assert go_on.wait(300)

    pretended.get_ready = hear
    first, second = studio.hear_ahead(moods[:2])
    begun.wait()
    studio.job()
    go_on.set()
    assert first.result() is None and second.cancelled()


def test_what_cannot_be_said_is_one_sentence(toasts):
    ((voice, note),) = say_it(Session(), " ", "en", HIGHER, "neutral", 1)
    assert _is_skip(voice) and "There is nothing to say yet" in note and len(toasts) == 1
