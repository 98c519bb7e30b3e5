"""The page without a browser: its handlers do what they say with an engine that only pretends."""

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import soundfile

from support.planted_faces import planted_face
from support.pretend_engine import PretendEngine, PretendPhoto, loaded
from talking_face.audio import load_speech
from talking_face.emotions import IN_ORDER
from talking_face.errors import CheckpointError, PhotoError
from talking_face.media.streaming import stream_video
from talking_face.ui import studio, talk, text
from talking_face.ui.jobs import Interrupted
from talking_face.ui.player import Player, Shown
from talking_face.ui.studio import SQUARE, WHOLE, Session, Studio
from talking_face.ui.uploads import TEETH, Uploads

PHOTO, VOICE = talk.PHOTOS[0], talk.VOICES[0]
CHOICES = ("anger", 0.5, 1, 0, "", WHOLE)


@pytest.fixture
def engine():
    return PretendEngine()


@pytest.fixture
def handlers(engine):
    return Studio(loaded(engine))


@pytest.fixture
def toasts(monkeypatch):
    shown = []
    monkeypatch.setattr(gr, "Warning", shown.append)
    return shown


def _is_skip(value):
    return value == gr.skip()


def _parts(updates):
    """The parts of the last video that was shown."""
    return [video for video, _, _ in updates if isinstance(video, Shown)][-1].parts


def test_looking_at_a_photo_shows_the_face_and_the_notes(handlers):
    picture, note = handlers.look(Session(), PHOTO)
    assert picture.shape == (300, 200, 3) and len(np.unique(picture)) > 2  # something is drawn
    assert note.startswith("✅") and "The face is dark." in note and studio.CONSENT in note


def _click(handlers, session, *point):
    return handlers.choose(session, PHOTO, SimpleNamespace(index=list(point)))


def test_a_click_chooses_a_face_and_the_choice_survives(handlers, engine):
    engine.people, session = [planted_face((60, 100), 30), planted_face((150, 220), 20)], Session()
    first, note = handlers.look(session, PHOTO)
    assert studio.FACES_HINT in note
    assert list(map(_is_skip, _click(handlers, session, 60, 110))) == [True, True]  # chosen already
    assert list(map(_is_skip, _click(handlers, session, 190, 20))) == [True, True]  # none there
    second, note = _click(handlers, session, 150, 225)
    assert note.startswith("✅ Face found.") and np.abs(first.astype(int) - second).max() > 60
    for talk_so in (handlers.talk, handlers.talk_again):
        list(talk_so(session, 0, PHOTO, VOICE, *CHOICES))
        assert engine.talking == 2
    list(handlers.talk(session, 0, PHOTO, VOICE, "anger", 1, 1, 0, "", SQUARE))
    list(handlers.all_six(session, 0, PHOTO, VOICE, "fear", 1, 1, 0))
    assert engine.talking == 2 and engine.portraits == 1  # the photo was searched once
    assert np.array_equal(handlers.look(session, PHOTO)[0], second)
    assert np.array_equal(_click(handlers, session, 60, 110)[0], first)
    list(handlers.talk(session, 0, PHOTO, VOICE, *CHOICES))
    assert engine.talking == 1


def test_another_photo_and_another_page_begin_with_the_largest_face(handlers, engine):
    engine.people, session = [planted_face((60, 100), 30), planted_face((150, 220), 20)], Session()
    handlers.look(session, PHOTO)
    _click(handlers, session, 150, 225)
    for page, photo in ((session, talk.PHOTOS[1]), (Session(), PHOTO)):
        list(handlers.talk(page, 0, photo, VOICE, *CHOICES))
        assert engine.talking == 1


def test_a_face_that_will_not_do_leaves_the_others_to_choose_from(handlers, engine, toasts, monkeypatch):
    def refuse_the_first(photo, number=1):
        if number == 1:
            raise PhotoError("The face is turned too far away.")
        return portrait(photo, number)

    portrait = PretendPhoto.portrait
    monkeypatch.setattr(PretendPhoto, "portrait", refuse_the_first)
    engine.people, session = [planted_face((60, 100), 30), planted_face((150, 220), 20)], Session()
    picture, note = handlers.look(session, PHOTO)
    assert picture is not None and "⚠️ The face is turned" in note and studio.FACES_HINT in note
    assert _click(handlers, session, 150, 225)[1].startswith("✅")


def test_a_smile_photo_goes_along_if_it_shows_teeth(handlers, engine, toasts, monkeypatch):
    uploads, lent = Uploads(handlers), []
    ((still, note, count),) = uploads.smile(None, PHOTO, 0)
    assert _is_skip(still) and studio.FIRST_A_PHOTO in note and _is_skip(count)
    ((still, note, count),) = uploads.smile(PHOTO, talk.PHOTOS[1], 0)  # the pretended lips are closed
    assert _is_skip(still) and "shows no teeth" in note and _is_skip(count) and len(toasts) == 2
    monkeypatch.setattr(studio, "with_smile", lambda portrait, smile: lent.append((portrait, smile)) or portrait)
    (still, note, count), nothing_more = uploads.smile(PHOTO, talk.PHOTOS[1], 0)
    assert still == talk.PHOTOS[1] and note == TEETH and count == 1
    assert all(map(_is_skip, nothing_more))
    updates = list(handlers.talk(Session(), 0, PHOTO, VOICE, *CHOICES, still))
    assert updates[-1][0].whole and lent[-1] == (handlers.portrait(PHOTO, 1), handlers.portrait(still, 1))


def test_without_a_photo_a_click_does_nothing(handlers):
    assert list(map(_is_skip, handlers.choose(Session(), None, SimpleNamespace(index=[3, 4])))) == [True, True]


def test_no_photo_and_no_recording_bring_back_the_hints(handlers, toasts):
    assert handlers.look(Session(), None) == (None, f"{studio.PHOTO_HINT} {studio.CONSENT}")
    assert handlers.listen(None)[0] == "Up to 60 seconds of one person speaking."
    assert toasts == []


def test_a_photo_without_a_face_is_one_sentence_in_both_places(handlers, engine, toasts):
    engine.error = PhotoError("No face was found.")
    picture, note = handlers.look(Session(), PHOTO)
    assert picture is None and "⚠️ No face was found." in note
    assert toasts == ["No face was found."]


def test_listening_tells_length_and_level(handlers):
    assert handlers.listen(VOICE)[0] == "✅ 4.5 seconds of speech at a good level (-20 dB)."


def test_a_silent_and_a_long_recording_are_one_sentence(engine, toasts, tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(16000), 16000)
    handlers = Studio(loaded(engine), max_seconds=3)
    note, cut = handlers.listen(str(tmp_path / "silence.wav"))
    assert "silent" in note and not cut.visible
    note, cut = handlers.listen(VOICE)
    assert "3" in note and cut.visible
    assert len(toasts) == 2 and "Traceback" not in "".join(toasts)


@pytest.mark.parametrize("kind", ["tone", "noise"])
def test_what_is_no_speech_is_not_called_so(handlers, tmp_path, kind):
    time = np.arange(48000) / 16000
    sound = (
        0.3 * np.sin(2 * np.pi * 440 * time) if kind == "tone" else 0.1 * np.random.default_rng(0).normal(size=48000)
    )
    soundfile.write(tmp_path / "sound.wav", sound, 16000)
    note, _ = handlers.listen(str(tmp_path / "sound.wav"))
    assert "✅" not in note and "nothing in it is like speech" in note


def test_a_video_comes_in_parts_and_its_file_is_there_while_it_is_handed_over(handlers, engine):
    session, seen = Session(), []
    for video, _, file in handlers.talk(session, 0, PHOTO, VOICE, *CHOICES):
        seen.append((len(video.parts), video.whole, file))
        if video.whole:
            assert file["interactive"] and file["value"].stat().st_size > 1000
        else:
            assert not file["interactive"] and "value" not in file  # nothing to save but what is on the screen
    assert [count for count, *_ in seen] == [1, 2, 3, 4, 4]
    assert [part.seconds for part in session.shown.parts] == pytest.approx([0.48, 0.96, 1.92, 1.12])
    assert seen[-1][1].name == "talking-face-anger.mp4"
    assert engine.rendered == [((300, 200), "anger", 0.5, True)]


def test_the_player_gets_files_that_last(handlers, tmp_path):
    player = Player()
    player.GRADIO_CACHE = str(tmp_path)
    for video, *_ in handlers.talk(Session(), 0, PHOTO, VOICE, *CHOICES):
        shown = player.postprocess(video)
    parts = [Path(part["file"]["path"]) for part in shown["parts"]]
    assert len(set(parts)) == 4 and all(path.is_file() and path.is_relative_to(tmp_path) for path in parts)
    assert shown["seconds"] == pytest.approx(4.48) and shown["whole"]["path"].endswith("anger.mp4")
    assert player.postprocess(None) is None


def test_another_emotion_only_renders(handlers, engine):
    session = Session()
    handlers.look(Session(), PHOTO), handlers.listen(VOICE)
    list(handlers.talk(session, 0, PHOTO, VOICE, *CHOICES))
    list(handlers.talk_again(session, 0, PHOTO, VOICE, "fear", 1.5, 1, 0, "", WHOLE))
    assert (engine.portraits, engine.speeches) == (1, 1)
    assert [rendered[1:3] for rendered in engine.rendered] == [("anger", 0.5), ("fear", 1.5)]


def test_emotions_over_time_and_squares_reach_the_engine(handlers, engine):
    updates = list(handlers.talk(Session(), 0, PHOTO, VOICE, "anger", 1, 1, 0, "0-2 s fear, then anger", SQUARE))
    ((height, width), emotion, *_) = engine.rendered[0]
    assert height == width and emotion == "0-2 s fear, then anger"
    assert updates[-1][2]["value"].name == "talking-face-emotions.mp4"


def test_all_six_are_rendered_side_by_side(handlers, engine):
    updates = list(handlers.all_six(Session(), 0, PHOTO, VOICE, "fear", 0.7, 1, 0))
    assert [rendered[1:3] for rendered in engine.rendered] == [(name, 0.7) for name in IN_ORDER]
    assert updates[-1][2]["value"].name == "talking-face-all-six.mp4" and len(_parts(updates)) == 4


def test_the_host_may_leave_out_the_mark(engine):
    list(Studio(loaded(engine), mark=False).talk(Session(), 0, PHOTO, VOICE, *CHOICES))
    assert engine.rendered[0][-1] is False


def test_another_emotion_goes_on_at_the_playhead_and_the_rest_comes_last(handlers, engine):
    session = Session()
    list(handlers.talk(session, 0, PHOTO, VOICE, *CHOICES))
    turn, _ = handlers.interrupt(session, place=2.6)
    updates = list(handlers.talk_again(session, turn, PHOTO, VOICE, "fear", *CHOICES[1:]))
    starts = [part.start for part in _parts(updates)]
    assert starts == pytest.approx([2.6, 3.08, 0, 0.48, 1.44]) and session.shown.first == pytest.approx(2.6)
    assert engine.firsts == [0, 65, 0]
    for place, voice in ((4.3, VOICE), (2.6, talk.VOICES[1])):  # hardly anything left; another recording
        turn, _ = handlers.interrupt(session, place=place)
        list(handlers.talk_again(session, turn, PHOTO, voice, *CHOICES))
        assert session.shown.first == 0


def test_another_emotion_replaces_a_video_that_is_still_being_made(handlers, engine):
    session = Session()
    updates = handlers.talk(session, 0, PHOTO, VOICE, *CHOICES)
    next(updates)
    turn, _ = handlers.interrupt(session, place=0.6)
    again = list(handlers.talk_again(session, turn, PHOTO, VOICE, "fear", *CHOICES[1:]))
    assert again[-1][0].whole and session.shown.first == pytest.approx(0.6)
    assert list(updates)[-1][0].whole is None


def test_what_is_no_longer_wanted_ends(handlers, engine, toasts):
    session = Session()
    engine.while_rendering = lambda: handlers.interrupt(session)
    updates = list(handlers.talk(session, 0, PHOTO, VOICE, *CHOICES))
    assert all(map(_is_skip, updates[-1][1:]))
    assert session.shown is None or session.shown.whole is None
    assert toasts == []


def test_what_was_stopped_while_it_waited_in_line_does_not_begin(handlers, engine):
    session = Session()
    turn, _ = handlers.interrupt(session)
    assert handlers.stop(session) == studio.STOPPED
    ((video, note, file),) = handlers.talk(session, turn, PHOTO, VOICE, *CHOICES)
    assert all(map(_is_skip, (video, note, file))) and engine.rendered == []


def test_what_takes_too_long_ends_in_a_sentence(engine, toasts):
    handlers = Studio(loaded(engine), time_limit=0)
    ((video, note, file),) = handlers.talk(Session(), 0, PHOTO, VOICE, *CHOICES)
    assert _is_skip(video) and _is_skip(file) and "longer than the 0 seconds" in note and toasts[0] in note


def test_all_work_ends_with_the_program(handlers, engine, toasts, tmp_path):
    engine.while_rendering = handlers.close
    ((video, note, file),) = handlers.talk(Session(), 0, PHOTO, VOICE, *CHOICES)
    assert all(map(_is_skip, (video, note, file))) and toasts == []
    with pytest.raises(Interrupted):
        list(handlers.write(tmp_path / "video.mp4", PHOTO, VOICE, "fear", 1, WHOLE))
    assert list(tmp_path.iterdir()) == []


def test_before_anything_is_given_the_example_speaks_in_any_emotion(handlers, engine):
    updates = list(handlers.talk_again(Session(), 0, None, None, *CHOICES))
    assert updates[-1][0].whole and engine.rendered[0][1] == "anger"


def test_an_emotion_chosen_before_the_first_video_does_nothing(handlers, engine, toasts):
    ((video, note, file),) = handlers.talk_again(Session(), 0, PHOTO, VOICE, *CHOICES)
    assert _is_skip(video) and _is_skip(file) and note == studio.VIDEO_HINT
    assert engine.rendered == [] and toasts == []


@pytest.mark.parametrize(("photo", "voice", "word"), [(None, VOICE, "photo"), (PHOTO, None, "recording")])
def test_talking_without_photo_or_recording_asks_for_it(handlers, toasts, photo, voice, word):
    ((video, note, file),) = handlers.talk(Session(), 0, photo, voice, *CHOICES)
    assert _is_skip(video) and _is_skip(file)
    assert len(toasts) == 1 and word in toasts[0] and toasts[0] in note


def test_an_error_nobody_foresaw_keeps_the_last_video_and_only_its_place_goes_into_the_log(
    handlers, engine, toasts, caplog
):
    engine.error = ZeroDivisionError("the name of somebody's file")
    ((video, note, file),) = handlers.talk(Session(), 0, PHOTO, VOICE, *CHOICES)
    assert _is_skip(video) and _is_skip(file) and toasts == [studio.UNFORESEEN]
    assert "ZeroDivisionError" in caplog.text and "somebody's file" not in caplog.text


def test_the_log_tells_how_videos_went_and_nothing_else(handlers, caplog):
    caplog.set_level("INFO")
    list(handlers.talk(Session(), 0, PHOTO, VOICE, *CHOICES))
    abandoned = handlers.talk(Session(), 0, PHOTO, VOICE, *CHOICES)
    next(abandoned)
    abandoned.close()
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("talking_face.ui")]
    assert [message.split(" after ")[0] for message in messages] == ["A video was made", "A video was abandoned"]


def test_photos_and_recordings_can_be_forgotten(handlers, engine):
    for _ in range(2):
        handlers.look(Session(), PHOTO), handlers.listen(VOICE)
        handlers.forget()
    assert (engine.portraits, engine.speeches) == (2, 2) and engine.forgotten


def test_a_gif_is_made_of_a_video(handlers, tmp_path):
    from PIL import Image

    list(stream_video(tmp_path / "mine.mp4", (np.zeros((25, 64, 64, 3), np.uint8) for _ in range(5)), _speech()))
    shares = []
    gifs = handlers.gif(
        Session(shown=Shown(5.0)), {"path": str(tmp_path / "mine.mp4")}, lambda share, words: shares.append(share)
    )
    path = next(gifs)
    assert shares[-1] == 1 and shares == sorted(shares)
    assert path.name == "mine.gif" and Image.open(path).n_frames > 1
    assert list(gifs) == [] and not path.exists()


def _speech():
    return load_speech((16000, (0.1 * np.random.default_rng(0).standard_normal(80000)).astype(np.float32)))


def test_an_engine_that_cannot_load_says_why(toasts):
    future = Future()
    future.set_exception(CheckpointError("The weights are missing: please download them."))
    _, note = Studio(future).look(Session(), PHOTO)
    assert "The weights are missing" in note


def test_typed_words_become_a_recording_that_takes_on_each_mood_at_the_same_pace(handlers):
    session = Session()
    *said, (path, note) = handlers.say(session, "Good news! I can talk.", "en", text.LOWER, "happiness", 1)
    assert [note for _, note in said] == ["Saying it: 48 % is ready …", "Saying it: 100 % is ready …"] and note == ""
    typed = session.typed[path.name]
    happy, sad = (session.words(f"/elsewhere/{path.name}", emotion, 1) for emotion in ("happiness", "sadness"))
    assert happy == typed and sad.mood.pitch < happy.mood.pitch and sad.mood.pace == happy.mood.pace
    assert len(handlers.speech(happy).sound) == len(handlers.speech(sad).sound)
    assert session.words(path.name, "0-2 s fear, then anger", 1) == path.name
    (start, pause, first), (again, end, second) = session.captions_of(f"/elsewhere/{path.name}")
    assert (first, second) == ("Good news!", "I can talk.") and start == 0 < pause == again < end
    assert end == pytest.approx(handlers.speech(happy).duration, abs=0.1)
    assert session.captions_of(VOICE) == session.captions_of(None) == []
    assert session.words(VOICE, "sadness", 1) == VOICE and session.words(None, "sadness", 1) is None


def test_what_cannot_be_said_is_one_sentence(handlers, toasts):
    ((voice, note),) = handlers.say(Session(), " ", "en", text.HIGHER, "neutral", 1)
    assert _is_skip(voice) and "There is nothing to say yet" in note and len(toasts) == 1
