"""What our files say about where they come from, and what becomes of it when they are altered."""

import builtins
import datetime
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from support.mp4 import plays_from_the_start
from talking_face.cli import main
from talking_face.errors import ProvenanceError, SettingError
from talking_face.media import content_credentials, signing
from talking_face.media.content_credentials import SOURCE_TYPE, read
from talking_face.media.reading import read_video
from talking_face.media.signing import Signer
from talking_face.media.writing import write_gif, write_video

FRAMES = np.random.default_rng(0).integers(0, 255, (1, 64, 64, 3), np.uint8).repeat(10, 0)
VARIABLES = signing.CERTIFICATE, signing.PRIVATE_KEY


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """No certificate made yet; returns the empty cache folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("TALKING_FACE_CACHE", str(folder))
    return folder


@pytest.fixture
def hosts_own(tmp_path, monkeypatch):
    """A host's certificate and key, in two files."""
    made = signing._make()
    for variable, content in zip(VARIABLES, (made.chain, made.key), strict=True):
        (tmp_path / f"{variable}.pem").write_text(content)
        monkeypatch.setenv(variable, str(tmp_path / f"{variable}.pem"))
    return tmp_path


def write(path, signer=None):
    if path.suffix == ".gif":
        write_gif(path, [FRAMES], signer=signer)
    else:
        write_video(path, [FRAMES], np.zeros(6400), 16000, signer=signer)
    return path


@pytest.mark.parametrize("name", ["out.mp4", "out.gif"])
def test_what_we_write_says_so_and_is_signed(tmp_path, name):
    found = read(write(tmp_path / name))
    assert (found.credentials, found.signer) == ("trusted", signing.DEVELOPER)
    assert found.source_type == found.xmp_source_type == SOURCE_TYPE and found.program == "Talking Face"
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["out.mp4", "out.gif"])
def test_altered_files_are_told(tmp_path, name, capsys):
    path = write(tmp_path / name)
    data = bytearray(path.read_bytes())
    data[-len(content_credentials.XMP) - 2000] ^= 1  # in the pictures
    path.write_bytes(data)
    assert read(path).credentials == "altered"
    assert main(["verify", str(path)]) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_a_cut_file_is_told(tmp_path):
    path = write(tmp_path / "out.mp4")
    path.write_bytes(path.read_bytes()[:-3000])
    assert read(path).credentials == "altered"


def test_verify_tells_marked_from_unmarked(tmp_path, capsys):
    Image.fromarray(FRAMES[0]).save(tmp_path / "plain.gif")
    (tmp_path / "text.txt").write_text("no picture")
    (tmp_path / "empty.mp4").touch()
    assert main(["verify", str(write(tmp_path / "out.gif"))]) == 0
    assert "says that it is AI-generated" in capsys.readouterr().out
    assert main(["verify", *(str(tmp_path / name) for name in ("plain.gif", "text.txt", "empty.mp4"))]) == 1
    assert capsys.readouterr().out.count("does not say that it is AI-generated\n  Content Credentials: none") == 3
    assert main(["verify", str(tmp_path / "nowhere.mp4")]) == 2
    with pytest.raises(ProvenanceError, match="There is no file"):
        read(tmp_path)


def test_others_signatures_are_intact_but_not_trusted(tmp_path, fresh):
    path = write(tmp_path / "out.gif")
    (fresh / signing.CACHED).unlink()
    assert read(path).credentials == "intact"


def test_pictures_and_players_are_not_disturbed(tmp_path):
    frames = read_video(write(tmp_path / "out.mp4"))
    assert len(frames) == 10
    assert plays_from_the_start(tmp_path / "out.mp4")
    with Image.open(write(tmp_path / "out.gif")) as gif:
        gif.seek(gif.n_frames - 1)
        assert gif.n_frames == 5 and gif.size == (64, 64)


def test_without_the_library_xmp_says_it_alone(tmp_path, monkeypatch, caplog):
    real = builtins.__import__

    def fake(name, *rest):
        if name == "c2pa":
            raise OSError("libc2pa_c.so: wrong ELF class")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", fake)
    found = read(write(tmp_path / "out.mp4"))
    assert found.says_ai and found.credentials == "unread" and "wrong ELF class" in caplog.text
    monkeypatch.undo()
    found = read(tmp_path / "out.mp4")
    assert found.says_ai and found.credentials == "none"


def test_without_cryptography_nothing_is_signed(tmp_path, fresh, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    found = read(write(tmp_path / "out.mp4"))
    assert found.says_ai and found.credentials == "none"
    monkeypatch.setenv(signing.CERTIFICATE, "host.pem")
    with pytest.raises(SettingError, match="pip install cryptography"):
        write(tmp_path / "again.mp4")


def test_certificate_is_made_once_and_kept_from_others(fresh):
    signer = Signer()
    made = signer.identity()
    assert signer.identity() is made
    assert Signer().identity() == made
    (path,) = fresh.iterdir()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "{}", "[" * 100_000, '{"chain": 1}', "\0"])
def test_a_damaged_cache_is_made_anew(fresh, content):
    fresh.mkdir()
    (fresh / signing.CACHED).write_text(content)
    assert Signer().identity().is_valid()
    assert json.loads((fresh / signing.CACHED).read_text())["algorithm"] == "es256"


def test_a_cache_that_cannot_be_written_is_no_hindrance(tmp_path, fresh, caplog):
    fresh.write_text("a file where the folder should be")
    signer = Signer()
    assert read(write(tmp_path / "out.gif", signer), signer).credentials == "trusted"
    assert "until this program ends" in caplog.text


@pytest.mark.parametrize("days", [-3000, 5000])
def test_a_clock_that_jumps_gets_a_certificate_of_its_day(fresh, monkeypatch, days):
    signer = Signer()
    before = signer.identity()
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return now

    monkeypatch.setattr(signing.datetime, "datetime", Clock)
    monkeypatch.setattr(signing.time, "time", now.timestamp)
    assert not before.is_valid()
    assert signer.identity().is_valid()


def test_two_processes_share_one_cache(fresh):
    code = "from talking_face.media import signing; print(signing.Signer().identity().is_valid())"
    command = [sys.executable, "-c", code]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0] for process in processes] == ["True\n"] * 2
    assert os.listdir(fresh) == [signing.CACHED]


@pytest.mark.parametrize("kind", ["ec256", "ec384", "rsa", "ed25519"])
def test_hosts_own_certificate_signs(tmp_path, monkeypatch, kind):
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    make = {
        "ec256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ec384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }[kind]
    monkeypatch.setattr(signing, "DEVELOPER", "The Host")
    made = signing._make(make())
    for variable, content in zip(VARIABLES, (made.chain, made.key), strict=True):
        (tmp_path / f"{variable}.pem").write_text(content)
        monkeypatch.setenv(variable, str(tmp_path / f"{variable}.pem"))
    found = read(write(tmp_path / "out.gif"))
    assert (found.credentials, found.signer) == ("trusted", "The Host")


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda folder, patch: patch.delenv(signing.PRIVATE_KEY), "is not set"),
        (lambda folder, patch: patch.setenv(signing.PRIVATE_KEY, str(folder / "nowhere")), "cannot be read"),
        (lambda folder, patch: (folder / f"{signing.CERTIFICATE}.pem").write_text("no PEM"), "must be PEM"),
        (
            lambda folder, patch: (folder / f"{signing.PRIVATE_KEY}.pem").write_text(signing._make().key),
            "is not that of",
        ),
        (lambda folder, patch: patch.setattr(signing.time, "time", lambda: 0), "not valid today"),
    ],
)
def test_a_hosts_unusable_certificate_is_told_before_the_work(hosts_own, monkeypatch, spoil, words):
    spoil(hosts_own, monkeypatch)

    def never():
        raise AssertionError("frames were asked for")
        yield

    with pytest.raises(SettingError, match=words):
        write_gif(hosts_own / "out.gif", never())
    assert not (hosts_own / "out.gif").exists()
