"""`fetch-weights` against a server on this machine: what arrives is whole and verified, or not there at all."""

import hashlib
import os
import re

import numpy as np
import pytest

from support.web_server import serving
from talking_face.cli import main
from talking_face.face.landmarks import FaceFinder, face_alignment
from talking_face.face.landmarks.fetching import fetch, is_whole

WEIGHTS = [np.random.default_rng(seed).bytes(700_000) for seed in range(2)]
FILES = {f"net{i}-{hashlib.sha256(data).hexdigest()[:10]}.pth": data for i, data in enumerate(WEIGHTS)}
FIRST, SECOND = FILES


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Torch's empty cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub" / "checkpoints"


@pytest.fixture
def offer(monkeypatch):
    """Let the weights lie at an address."""

    def offer(address):
        monkeypatch.setattr(face_alignment, "ADDRESSES", tuple(address + name for name in FILES))

    return offer


def refused(capsys, folder, *names):
    """Run the command, which must fail in one sentence and leave these files only; returns the sentence."""
    assert main(["fetch-weights"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("talking_face: ") and line.endswith(".")
    assert sorted(os.listdir(folder)) == sorted(names)
    return line


def test_weights_are_fetched_once(folder, offer, capsys):
    with serving(FILES) as address:
        offer(address)
        assert main(["fetch-weights"]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    assert capsys.readouterr().out.count("was fetched") == 2
    assert main(["fetch-weights"]) == 0  # though the server is gone
    assert capsys.readouterr().out.count("is here already") == 2


def test_damaged_ones_are_fetched_anew(folder, offer):
    folder.mkdir(parents=True)
    (folder / FIRST).write_bytes(WEIGHTS[0][:-1])
    assert not is_whole(folder / FIRST)
    with serving(FILES) as address:
        offer(address)
        assert main(["fetch-weights"]) == 0
    assert is_whole(folder / FIRST)


def test_without_the_internet(folder, offer, capsys):
    with serving({}) as address:
        pass
    offer(address)
    assert "check the connection to the internet" in refused(capsys, folder)


def test_another_file_is_not_kept(folder, offer, capsys):
    with serving({FIRST: WEIGHTS[0], SECOND: b"<html>Please log in</html>"}) as address:
        offer(address)
        assert f"What was sent as {SECOND} is damaged or another file" in refused(capsys, folder, FIRST)


def test_a_download_that_breaks_off_is_not_kept(folder, offer, capsys):
    with serving(FILES, cut_short=True) as address:
        offer(address)
        assert FIRST in refused(capsys, folder)


def test_a_file_that_is_no_longer_given_out(folder, offer, capsys):
    with serving({}) as address:
        offer(address)
        assert f"does not give out {FIRST} (404)" in refused(capsys, folder)


def test_an_endless_file_is_not_taken(folder, offer, capsys, monkeypatch):
    monkeypatch.setattr("talking_face.face.landmarks.fetching.CHECKPOINT_BYTES", 300_000)
    with serving(FILES) as address:
        offer(address)
        refused(capsys, folder)


def test_a_folder_that_cannot_be_made(tmp_path, offer, capsys, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    with serving(FILES) as address:
        offer(address)
        assert "Nothing can be written" in refused(capsys, tmp_path, "file")


def test_an_interrupted_download_leaves_nothing(folder):
    def interrupt(done, total):
        assert (0 < done <= 700_000) and total == 700_000
        raise KeyboardInterrupt

    with serving(FILES) as address, pytest.raises(KeyboardInterrupt):
        fetch(address + FIRST, folder, interrupt)
    assert os.listdir(folder) == []


def test_the_addresses_are_those_of_the_package(folder):
    """And what is fetched is what it looks for."""
    package = pytest.importorskip("face_alignment")
    from pathlib import Path

    text = "".join(path.read_text() for path in Path(package.__file__).parent.rglob("*.py"))
    assert set(face_alignment.ADDRESSES) <= set(re.findall(r"https://[^'\"]+", text))
    folder.mkdir(parents=True)
    assert not face_alignment.FaceAlignment.is_available()
    for name in face_alignment.FILES:
        (folder / name).touch()
    assert face_alignment.FaceAlignment.is_available()


def test_whoever_asks_for_them_without_having_them_is_told(folder):
    with pytest.raises(Exception, match="fetch-weights"):
        FaceFinder("face-alignment").source  # noqa: B018
