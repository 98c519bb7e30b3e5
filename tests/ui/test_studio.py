"""What is remembered and forgotten, logged and saved, with an engine that only pretends."""

import gradio as gr
import numpy as np
import pytest

from talking_face.audio import load_speech
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
    ((video, note, file),) = making.talk(Session(), 0, PHOTO, VOICE, *CHOICES)
    assert all(value == gr.skip() for value in (video, note, file)) and toasts == []
    with pytest.raises(Interrupted):
        list(studio.write(tmp_path / "video.mp4", PHOTO, VOICE, "fear", 1, WHOLE))
    assert list(tmp_path.iterdir()) == []


def test_the_log_tells_how_videos_went_and_nothing_else(making, caplog):
    caplog.set_level("INFO")
    list(making.talk(Session(), 0, PHOTO, VOICE, *CHOICES))
    abandoned = making.talk(Session(), 0, PHOTO, VOICE, *CHOICES)
    next(abandoned)
    abandoned.close()
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("talking_face.ui")]
    assert [message.split(" after ")[0] for message in messages] == ["A video was made", "A video was abandoned"]


def test_photos_and_recordings_can_be_forgotten(studio, giving, pretended):
    for _ in range(2):
        giving.look(Session(), PHOTO), giving.listen(VOICE)
        studio.forget()
    assert (pretended.portraits, pretended.speeches) == (2, 2) and pretended.forgotten


def test_a_gif_is_made_of_a_video(studio, tmp_path):
    from PIL import Image

    list(stream_video(tmp_path / "mine.mp4", (np.zeros((25, 64, 64, 3), np.uint8) for _ in range(5)), _speech()))
    shares = []
    gifs = Saving(studio).gif(
        Session(shown=Shown(5.0)), {"path": str(tmp_path / "mine.mp4")}, lambda share, words: shares.append(share)
    )
    path = next(gifs)
    assert shares[-1] == 1 and shares == sorted(shares)
    assert path.name == "mine.gif" and Image.open(path).n_frames > 1
    assert list(gifs) == [] and not path.exists()


def _speech():
    return load_speech((16000, (0.1 * np.random.default_rng(0).standard_normal(80000)).astype(np.float32)))
