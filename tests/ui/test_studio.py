"""What is remembered and forgotten, logged and saved, with an engine that only pretends."""

import base64
from io import BytesIO

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from talking_face.audio import load_speech
from talking_face.media.content_credentials import report
from talking_face.media.streaming import stream_video
from talking_face.ui.choices import PHOTOS, VOICES
from talking_face.ui.jobs import Interrupted
from talking_face.ui.studio import WHOLE
from talking_face.ui.talk.player import Shown
from talking_face.ui.talk.saving import Saving
from talking_face.ui.talk.session import Session

PHOTO, VOICE = PHOTOS[0], VOICES[0]
CHOICES = ("anger", 0.5, 1, 0, "", WHOLE)


def test_all_work_ends_with_the_program(studio, making, pretended, toasts, tmp_path):
    pretended.while_rendering = studio.close
    ((video, note, file),) = making.talk(Session(), 0, 0, PHOTO, VOICE, *CHOICES)
    assert all(value == gr.skip() for value in (video, note, file)) and toasts == []
    with pytest.raises(Interrupted):
        list(studio.write(tmp_path / "video.mp4", PHOTO, VOICE, "fear", 1, WHOLE))
    assert list(tmp_path.iterdir()) == []


def test_the_log_tells_how_videos_went_and_nothing_else(making, caplog):
    caplog.set_level("INFO")
    list(making.talk(Session(), 0, 0, PHOTO, VOICE, *CHOICES))
    abandoned = making.talk(Session(), 0, 0, PHOTO, VOICE, *CHOICES)
    next(abandoned)
    abandoned.close()
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("talking_face.ui")]
    assert [message.split(" after ")[0] for message in messages] == ["A video was made", "A video was abandoned"]


def test_photos_and_recordings_can_be_forgotten(studio, giving, pretended):
    for _ in range(2):
        giving.look(Session(), PHOTO), giving.listen(Session(), VOICE)
        studio.forget()
    assert (pretended.portraits, pretended.speeches) == (2, 2) and pretended.forgotten


def test_a_gif_is_made_of_a_video(studio, tmp_path):
    list(stream_video(tmp_path / "mine.mp4", (np.zeros((25, 64, 64, 3), np.uint8) for _ in range(5)), _speech()))
    shares = []
    session = Session(shown=Shown(5.0, whole=tmp_path / "mine.mp4"))
    gifs = Saving(studio).gif(session, lambda share, words: shares.append(share))
    path = next(gifs)
    assert shares[-1] == 1 and shares == sorted(shares)
    assert path.name == "mine.gif" and Image.open(path).n_frames > 1
    assert list(gifs) == [] and not path.exists()


def test_captions_are_burnt_into_the_picture_while_they_are_spoken(studio, tmp_path):
    from talking_face.media.reading import read_video

    list(stream_video(tmp_path / "mine.mp4", (np.zeros((25, 64, 96, 3), np.uint8) for _ in range(5)), _speech()))
    drawn = BytesIO()
    Image.new("RGBA", (96, 16), (255, 255, 255, 255)).save(drawn, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(drawn.getvalue()).decode()}"
    session = Session(shown=Shown(5.0, whole=tmp_path / "mine.mp4"))
    shares = []
    said = lambda share, words: shares.append(share)
    saving = Saving(studio).captioned(session, [[0, 1, url], [2, 3, url]], said)
    path = next(saving).rename(tmp_path / "mine-captions.mp4")
    frames = read_video(path).astype(int)
    assert list(saving) == [] and len(frames) == 125
    assert shares[-1] == pytest.approx(1, abs=0.02) and shares == sorted(shares)
    lower, upper = (frames[:, rows].mean((1, 2, 3)) for rows in (slice(50, 64), slice(0, 44)))
    assert upper.max() < 20 and [lower[int(25 * second)] > 200 for second in (0.5, 1.5, 2.5, 3.5)] == [1, 0, 1, 0]
    assert report(path)


def test_what_is_not_whole_yet_is_not_saved(studio, toasts):
    assert list(Saving(studio).captioned(Session(shown=Shown(5.0)), [])) == [None]
    assert "still being made" in toasts[0]


def _speech():
    return load_speech((16000, (0.1 * np.random.default_rng(0).standard_normal(80000)).astype(np.float32)))
