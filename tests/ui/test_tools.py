"""The MCP tools from end to end, by the official client: files by every way, and what is refused."""

import ast
import base64
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from support.mcp_client import in_session
from support.strange_files import PHOTO, VOICE
from talking_face.media.reading import read_video

mcp = pytest.importorskip("mcp")


def call(address, tool, arguments, headers=None):
    """Call a tool; returns (whether it failed, the texts of its answer)."""

    async def ask(session):
        answer = await session.call_tool(tool, arguments)
        return answer.isError, [part.text for part in answer.content if part.type == "text"]

    return in_session(address, ask, headers)


@pytest.fixture
def own(tmp_path):
    """A photo of this user's own, under a name with odd letters."""
    path = tmp_path / "my photo %41 ü.jpg"
    path.write_bytes(PHOTO.read_bytes())
    return path


def uploaded(address, path):
    """The address of an upload of the page."""
    with open(path, "rb") as file:
        answer = httpx.post(f"{address}/gradio_api/upload", files={"files": (path.name, file)}, timeout=300)
    return f"{address}/gradio_api/file={answer.json()[0]}"


def test_a_video_from_paths(address, own):
    failed, texts = call(address, "generate", {"photo": str(own), "recording": str(VOICE), "emotion": "happiness"})
    assert not failed, texts
    video = httpx.get(re.search(r"http\S+\.mp4", texts[0])[0], timeout=300).content
    (own.parent / "video.mp4").write_bytes(video)
    assert len(read_video(own.parent / "video.mp4")) == 112


@pytest.mark.parametrize("way", ["path", "upload", "path of an upload", "data"])
def test_a_photo_by_every_way(address, own, way):
    photo = {
        "path": lambda: str(own),
        "upload": lambda: uploaded(address, own),
        "path of an upload": lambda: uploaded(address, own).partition("file=")[2],
        "data": lambda: "data:image/jpeg;base64," + base64.b64encode(own.read_bytes()).decode(),
    }[way]()
    failed, texts = call(address, "portrait", {"photo": photo})
    assert not failed, texts
    found = ast.literal_eval(texts[0])
    assert len((found[0] if isinstance(found, (list, tuple)) else found)["landmarks"]) == 68


def test_what_is_wrong_comes_back_as_a_sentence(address, own):
    wrong = own.with_name("no photo.jpg")
    wrong.write_text("no photo")
    for photo, words in ((own.with_name("missing.jpg"), "no file of yours"), (own.parent, "no file of yours")):
        failed, texts = call(address, "portrait", {"photo": str(photo)})
        assert failed and words in texts[0]
    failed, texts = call(address, "generate", {"photo": str(own), "recording": str(VOICE), "emotion": "joyless"})
    assert failed and "please choose one of" in texts[0]
    failed, texts = call(address, "portrait", {"photo": str(wrong)})
    assert failed and "Traceback" not in texts[0]


@pytest.mark.parametrize("header", ["Origin", "X-Forwarded-For", "Forwarded"])
def test_paths_are_for_programs_on_this_machine(address, own, header):
    failed, texts = call(address, "portrait", {"photo": str(own)}, {header: "http://127.0.0.1"})
    assert failed and texts


def test_whose_file_it_is_decides(own, monkeypatch, tmp_path):
    """The caller's user is told by its connection, and no other user's file is read for it."""
    from talking_face.ui.hosting import tool_files

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = "import socket, sys, os; os.setuid(65534) if os.getuid() == 0 else None\n"
        code += "s = socket.socket(); s.connect(('127.0.0.1', int(sys.argv[1]))); sys.stdin.read()"
        command = [sys.executable, "-c", code, str(server.getsockname()[1])]
        stranger = subprocess.Popen(command, stdin=subprocess.PIPE)
        try:
            server.settimeout(300)
            connection, client = server.accept()
            expected = 65534 if os.getuid() == 0 else os.getuid()
            assert tool_files._user(*client) == expected
            request = SimpleNamespace(client=Pair(*client), headers={})
            monkeypatch.setattr(tool_files, "_user", lambda *_: expected + 1)
            with pytest.raises(ValueError, match="no file of yours"):
                tool_files._file(str(own), request, True)
            monkeypatch.setattr(tool_files, "_user", lambda *_: os.stat(own).st_uid)
            assert Path(tool_files._file(str(own), request, True)["path"]) == own
            with pytest.raises(ValueError, match="own machine"):
                tool_files._file(str(own), request, False)
            connection.close()
        finally:
            stranger.communicate()


class Pair(tuple):
    """A client as starlette describes it."""

    def __new__(cls, host, port):
        pair = super().__new__(cls, (host, port))
        pair.host, pair.port = host, port
        return pair
