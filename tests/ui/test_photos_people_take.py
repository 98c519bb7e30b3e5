"""Six photos as people take them, as the page sees them: a face found, or the sentence that helps."""

from concurrent.futures import Future

import numpy as np
import pytest
from PIL import Image, ImageDraw

from talking_face.face.geometry import eye_centres
from talking_face.ui.choices import CONSENT
from talking_face.ui.studio import Studio
from talking_face.ui.talk.giving import FACES_HINT, Giving
from talking_face.ui.talk.session import Session

ORIENTATION, ON_ITS_SIDE = 0x0112, 6  # of EXIF: to be turned clockwise, as phones held upright write it


@pytest.fixture(scope="module")
def face(portrait):
    """A woman's portrait, 256 px, as a picture."""
    return Image.fromarray(portrait.image)


@pytest.fixture
def look(engine, monkeypatch, tmp_path):
    """What the page says of a photo, and what it draws."""
    monkeypatch.setattr("gradio.Warning", lambda message: None)
    loaded = Future()
    loaded.set_result(engine)

    def look(photo, **options):
        photo.save(tmp_path / "photo.jpg", quality=95, **options)
        picture, note = Giving(Studio(loaded)).look(Session(), str(tmp_path / "photo.jpg"))
        assert note.endswith(CONSENT)
        return picture, note

    return look


def room(face, size=(1280, 960)):
    """A wall of the colour behind the face."""
    return Image.new("RGB", size, face.getpixel((4, 4)))


def test_dim(face, look):
    picture, note = look(face.point(lambda value: value * 0.15))
    assert picture is not None and "one with more light" in note


def test_off_centre(face, look):
    photo = room(face)
    photo.paste(face, (1280 - face.width, 960 - face.height))
    picture, note = look(photo)
    assert note.startswith("✅ Face found.") and np.ptp(picture[:600].astype(int)) < 30  # nothing is drawn elsewhere


def test_glasses(face, portrait, look):
    photo, eyes = face.copy(), eye_centres(portrait.landmarks)
    draw, radius = ImageDraw.Draw(photo), 0.36 * np.linalg.norm(np.diff(eyes, axis=0))
    for x, y in eyes:
        draw.ellipse((x - radius, y - 0.8 * radius, x + radius, y + 0.8 * radius), outline=(25, 20, 20), width=4)
    draw.line([(eyes[0, 0] + radius, eyes[0, 1]), (eyes[1, 0] - radius, eyes[1, 1])], fill=(25, 20, 20), width=4)
    picture, note = look(photo)
    assert picture is not None and note == f"✅ Face found. {CONSENT}"


@pytest.mark.parametrize(
    ("side", "words"), [(180, "✅ Face found. The face is small in this photo"), (90, "closer to the face")]
)
def test_far_away(face, look, side, words):
    photo = room(face)
    photo.paste(face.resize((side, side), Image.Resampling.LANCZOS), (600, 300))
    _, note = look(photo)
    assert words in note


def test_sideways_from_a_phone(face, look):
    exif = Image.Exif()
    exif[ORIENTATION] = ON_ITS_SIDE
    photo = face.resize((480, 640)).rotate(90, expand=True)
    picture, note = look(photo, exif=exif)
    assert photo.size == (640, 480) and picture.shape == (640, 480, 3) and note.startswith("✅ Face found.")


def test_group(face, look):
    photo = room(face)
    places = (60, 256), (400, 420), (900, 300)
    for x, side in places:
        photo.paste(face.resize((side, side), Image.Resampling.LANCZOS), (x, 960 - side))
    picture, note = look(photo)
    assert f"Found 3 faces and took the largest. {FACES_HINT}" in note
    drawn = np.abs(picture.astype(int) - np.asarray(photo)).max(-1) > 60
    noses = [
        drawn[960 - side // 2 - 20 : 960 - side // 2 + 20, x + side // 2 - 20 : x + side // 2 + 20]
        for x, side in places
    ]
    assert [nose.any() for nose in noses] == [False, True, False]  # the lines of that one alone
    assert drawn[:, :316].any() and drawn[:, 900:].any()  # but boxes around all
