"""Of several faces in a photo, any can be chosen; what is told of them is told in the photo's own pixels."""

import numpy as np
import pytest
from PIL import Image

from support.planted_faces import PlantedFinder, grey, planted_face
from talking_face.errors import ChoiceError, PhotoError
from talking_face.face import geometry
from talking_face.face.description import describe, describe_boxes
from talking_face.face.portrait import find_faces, find_portrait

LARGE, MIDDLE, SMALL = planted_face((300, 400), 120), planted_face((800, 300), 80), planted_face((1100, 700), 50)


@pytest.fixture
def finder():
    return PlantedFinder(LARGE, MIDDLE, SMALL)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_any_face_can_be_chosen_by_its_number(finder, number):
    chosen = find_portrait(grey(), finder=finder, face=number)
    np.testing.assert_array_equal(chosen.landmarks, finder.faces[number - 1].landmarks)
    assert (chosen.number, chosen.boxes.shape) == (number, (3, 4))
    words = ["took the largest.", "took number 2 by size.", "took number 3 by size."][number - 1]
    assert chosen.notes[0] == f"Found 3 faces and {words}"


def test_a_photo_is_searched_once_for_all_its_faces(finder):
    photo = find_faces(grey(), finder=finder)
    assert [photo.portrait(number).number for number in (2, 1)] == [2, 1] and finder.asked == 1


def test_numbers_that_no_face_has(finder):
    with pytest.raises(PhotoError, match="only 3 faces in this photo, and no face 4"):
        find_portrait(grey(), finder=finder, face=4)
    with pytest.raises(PhotoError, match="only one face in this photo, and no face 2"):
        find_portrait(grey(), finder=PlantedFinder(LARGE), face=2)
    for number in (0, -1, 1.5, "2"):
        with pytest.raises(ChoiceError, match="face .* is out of range"):
            find_portrait(grey(), finder=finder, face=number)


def test_one_face_needs_no_words():
    assert not any("Found" in note for note in find_portrait(grey(), finder=PlantedFinder(LARGE)).notes)


def test_what_is_wrong_with_one_face_is_not_wrong_with_another():
    finder = PlantedFinder(planted_face((10, 400), 120), MIDDLE)
    with pytest.raises(PhotoError, match="cut off"):
        find_portrait(grey(), finder=finder)
    assert find_portrait(grey(), finder=finder, face=2).number == 2


def on_its_side(face, width):
    """The face in a photo of that width, once the photo is turned counter-clockwise by a quarter."""
    return face.moved(np.array([[0.0, 1, 0], [-1, 0, width - 1]]))


def test_a_photo_is_turned_for_the_face_that_is_chosen():
    """Of two people, one lies; and positions told of either are those in the photo as it came."""
    finder = PlantedFinder(LARGE, on_its_side(MIDDLE, 1280))
    photo = find_faces(grey(), finder=finder)
    up, lying = photo.portrait(1), photo.portrait(2)
    assert up.image.shape == (960, 1280, 3) and lying.image.shape == (1280, 960, 3)
    assert "turned upright" in lying.notes[1] and not any("upright" in note for note in up.notes)
    right, left = geometry.eye_centres(lying.landmarks)
    assert right[1] == pytest.approx(left[1], abs=0.5) and right[0] < left[0]
    for portrait, face in zip((up, lying), finder.faces):
        told = describe(portrait)
        np.testing.assert_allclose(told["landmarks"], face.landmarks, atol=0.02)
        np.testing.assert_allclose(told["faces"], [found.box for found in finder.faces], atol=0.02)
        assert told["pose"]["roll"] == pytest.approx(face.pose[2], abs=0.01)


def test_positions_are_those_in_the_file_though_the_photo_is_scaled_down(tmp_path):
    Image.fromarray(grey(4000, 3000)).save(tmp_path / "large.jpg")
    photo = find_faces(tmp_path / "large.jpg", finder=PlantedFinder(LARGE, MIDDLE))
    told = describe(photo.portrait(2))
    scale = 4000 / 1280
    np.testing.assert_allclose(told["landmarks"], scale * (MIDDLE.landmarks + 0.5) - 0.5, atol=0.02)
    assert told["faces"] == describe_boxes(photo)
    np.testing.assert_allclose(told["faces"][1], told["face"], atol=0.02)


def test_positions_are_those_in_the_photo_as_it_is_held(tmp_path):
    """Turned by its EXIF tag, scaled down, and cut out around a face that is small."""
    exif = Image.Exif()
    exif[0x112] = 6
    Image.fromarray(grey(4000, 3000)).save(tmp_path / "phone.jpg", exif=exif)
    face = planted_face((500, 900), 40)
    portrait = find_portrait(tmp_path / "phone.jpg", finder=PlantedFinder(LARGE, face), face=2)
    assert portrait.image.shape == (1280, 1280, 3)
    scale = 4000 / 1280
    np.testing.assert_allclose(describe(portrait)["landmarks"], scale * (face.landmarks + 0.5) - 0.5, atol=0.1)


def test_what_is_told_is_json(finder):
    import json

    told = json.loads(json.dumps(describe(find_portrait(grey(), finder=finder))))
    assert list(told) == ["face", "landmarks", "pose", "confidence", "notes", "faces"]
    assert np.shape(told["landmarks"]) == (68, 2) and np.shape(told["faces"]) == (3, 4)
    assert set(told["pose"]) == {"yaw", "pitch", "roll"} and told["confidence"] == 1
