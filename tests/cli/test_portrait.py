"""`portrait`: lines of JSON and pictures, photo by photo; and which face `generate` takes."""

import json

import numpy as np
import pytest
from PIL import Image

from support.planted_faces import PlantedFinder, grey, planted_face
from talking_face.cli import main
from talking_face.face import landmarks as sources
from talking_face.face.landmarks import SOURCES

LARGE, SMALL = planted_face((300, 400), 120), planted_face((900, 500), 60)


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Paths of two photos in different folders, of the same name, which show the same two people; one that is none."""
    monkeypatch.setattr(sources, "FaceFinder", lambda source: PlantedFinder(LARGE, SMALL))
    paths = [tmp_path / "a" / "us.png", tmp_path / "b" / "us.png", tmp_path / "none.png"]
    for path in paths[:2]:
        path.parent.mkdir()
        Image.fromarray(grey()).save(path)
    paths[2].write_text("no photo")
    return [str(path) for path in paths]


def portrait(*arguments):
    return main(["portrait", "--image", *map(str, arguments)])


def test_a_line_of_json_for_each_photo_and_an_error_is_one(photos, capsys):
    assert portrait(*photos, "--json") == 0
    printed = capsys.readouterr()
    first, second, refused = map(json.loads, printed.out.splitlines())
    assert list(first) == ["image", "face", "landmarks", "pose", "confidence", "notes", "faces"]
    assert (first["image"], second["image"]) == tuple(photos[:2]) and np.shape(first["landmarks"]) == (68, 2)
    np.testing.assert_allclose([first["face"], first["faces"][1]], [LARGE.box, SMALL.box], atol=0.02)
    assert refused.keys() == {"image", "error"} and "cannot be read" in refused["error"]
    assert printed.err == f"talking_face: {photos[2]}: {refused['error']}\n"


def test_a_single_photo_that_is_refused_is_exit_code_2(photos, capsys):
    assert portrait(photos[2]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert portrait(photos[2], "--json") == 2
    assert json.loads(capsys.readouterr().out).keys() == {"image", "error"}


def test_without_json_it_is_said_in_words(photos, capsys):
    assert portrait(photos[0]) == 0
    printed = capsys.readouterr()
    assert "face 1 of 2" in printed.out and "confidence 1.00" in printed.out
    assert printed.err.startswith("note: Found 2 faces and took the largest.\nnote: Choose another face by --face 2.\n")


def test_another_face_by_its_number(photos, capsys):
    assert portrait(photos[0], "--json", "--face", 2) == 0
    np.testing.assert_allclose(json.loads(capsys.readouterr().out)["face"], SMALL.box, atol=0.02)
    assert portrait(photos[0], "--json", "--face", 3) == 2
    refused = json.loads(capsys.readouterr().out)
    assert "only 2 faces" in refused["error"] and len(refused["faces"]) == 2
    assert portrait(photos[0], "--face", 0) == 2
    assert "face 0 is out of range" in capsys.readouterr().err


def test_one_picture_or_a_folder_of_them(photos, tmp_path):
    assert portrait(photos[0], "--output", tmp_path / "outline.jpg", "--face", 2) == 0
    assert Image.open(tmp_path / "outline.jpg").size == (1280, 960)
    assert portrait(*photos, "--output", tmp_path / "new" / "folder") == 0
    drawn = sorted((tmp_path / "new" / "folder").iterdir())
    assert [path.name for path in drawn] == ["us-2.png", "us.png"]
    assert np.ptp(np.asarray(Image.open(drawn[0]))) > 200


@pytest.mark.parametrize(
    ("count", "output", "words"),
    [
        (1, "outline.gif", "does not end in"),
        (1, "nowhere/outline.png", "cannot be written"),
        (3, "none.png", "cannot be made"),
    ],
)
def test_outputs_that_cannot_be(photos, tmp_path, capsys, count, output, words):
    assert portrait(*photos[:count], "--output", tmp_path / output) == 2
    assert words in capsys.readouterr().err.splitlines()[-1]


def test_the_sources_of_landmarks_are_those_that_help_names(capsys):
    for command in ("generate", "generate-all", "portrait"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert f"what finds the face: {' or '.join(SOURCES)}" in " ".join(capsys.readouterr().out.split())


def test_an_unknown_source_ends_the_work(tmp_path, capsys):
    Image.fromarray(grey()).save(tmp_path / "a.png")
    for command in (["portrait"], ["generate", "--audio", tmp_path / "a.wav", "--output", tmp_path / "a.mp4"]):
        assert main([*map(str, command), "--image", str(tmp_path / "a.png"), "--landmarks", "magic"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "magic" in line and "please choose" in line
