"""What was made of a video until it was stopped can be saved, and is what the player shows."""

from itertools import count
from threading import Event

import gradio as gr
import numpy as np
import pytest

from talking_face.audio import read_sound
from talking_face.media.content_credentials import report
from talking_face.media.frame_rate import FPS
from talking_face.media.reading import read_video
from talking_face.ui.choices import PHOTOS, VOICES
from talking_face.ui.jobs import STOPPED, begin, stop
from talking_face.ui.studio import WHOLE
from talking_face.ui.talk import unfinished
from talking_face.ui.talk.player import Player
from talking_face.ui.talk.session import Session
from talking_face.ui.talk.unfinished import SAVED, Unfinished

FRAMES = 112


@pytest.fixture
def play(making, pretended, tmp_path, monkeypatch):
    """Make a video, of which the player gets so many parts before somebody stops it; it shows how far on it is."""
    player = Player()
    player.GRADIO_CACHE = str(tmp_path)
    pretended.counts = True
    monkeypatch.setattr(unfinished, "PAUSE", 0)

    def play(session, emotion, parts, place=0.0, end=stop):
        for number, (video, *_) in enumerate(_talk(making, session, emotion, place), 1):
            player.postprocess(video)
            if number == parts:
                end(session)

    return play


def _talk(making, session, emotion, place):
    return making.talk(session, session.turn, place, PHOTOS[0], VOICES[0], emotion, 1, 1, 0, "", WHOLE)


def _frames(path):
    """Which frames of which length a file has, by how bright they are."""
    found = read_video(path)[:, :50, :50].mean((1, 2, 3)) / 2
    rate, sound, _ = read_sound(path, 60)
    assert report(path) and abs(len(sound) / rate - len(found) / FPS) < 0.06
    return found


def test_a_stopped_video_can_be_saved_as_far_as_it_was_made(studio, making, play):
    session = Session()
    play(session, "anger", 3)
    shown, sentence, file = Unfinished(studio, making.takes).keep(session)
    assert shown is session.shown and shown.whole == file["value"] and file["interactive"]
    assert sentence == SAVED.format(1.04) and sentence.startswith(STOPPED)
    assert np.abs(_frames(shown.whole) - np.arange(26)).max() < 2
    assert making.takes[session.take].path == shown.whole
    assert Unfinished(studio, making.takes).keep(session) == [gr.skip()] * 3  # once


def test_what_was_laid_over_another_video_is_saved_with_what_is_to_be_seen_before_it(studio, making, play):
    session = Session()
    play(session, "anger", 0)
    whole = session.shown.whole
    play(session, "fear", 2, place=2.0)
    shown, _, file = Unfinished(studio, making.takes).keep(session)
    assert shown is session.shown and shown.whole != whole and shown.seconds == pytest.approx(2.56)
    assert np.abs(_frames(file["value"]) - np.arange(64)).max() < 2


def test_what_was_laid_over_videos_that_were_never_whole_is_saved_with_them(studio, making, play):
    session = Session()
    another = lambda session: begin(session, session.turn + 1)
    play(session, "anger", 3, end=another)
    assert Unfinished(studio, making.takes).keep(session) == [gr.skip()] * 3
    play(session, "fear", 1, place=0.6, end=another)
    play(session, "disgust", 2, place=0.8)
    shown, *_ = Unfinished(studio, making.takes).keep(session)
    assert shown is session.shown and not shown.over and shown.seconds == pytest.approx(1.36)
    assert np.abs(_frames(shown.whole) - np.arange(34)).max() < 2


def test_the_player_shows_what_is_saved_where_it_did_not(studio, making, play):
    session = Session()
    play(session, "anger", 0)
    play(session, "fear", 5, place=2.0)  # its end is made, and some of its beginning
    shown, *_ = Unfinished(studio, making.takes).keep(session)
    assert shown.still and shown.first == 0 and shown.kind and not shown.parts
    assert np.abs(_frames(shown.whole) - np.arange(FRAMES)).max() < 2
    play(session, "anger", 2, end=lambda session: begin(session, session.turn + 1))
    play(session, "fear", 2, place=2.0)  # behind a gap
    shown, *_ = Unfinished(studio, making.takes).keep(session)
    assert shown.still and shown.first == 2.0 and not shown.kind
    assert np.abs(_frames(shown.whole) - np.arange(50, 64)).max() < 2


def test_what_there_is_when_something_goes_wrong_can_be_saved(studio, making, play, pretended, toasts):
    session, chunks, seen = Session(), count(1), Event()

    def break_down():
        if next(chunks) == 4:
            assert seen.wait(300)
            raise RuntimeError("nobody knows why")

    pretended.while_rendering = break_down
    play(session, "anger", 2, end=lambda _: seen.set())
    shown, sentence, file = Unfinished(studio, making.takes).keep(session)
    assert shown.whole == file["value"] and sentence == gr.skip() and len(_frames(shown.whole)) >= 14
