"""What programs and hosts rely on: the README's example, the endpoints, MCP, deletion, the Space's and the container's files."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from browser import running_app

from talking_face.emotions import EMOTIONS
from talking_face.video import read_video

ROOT = Path(__file__).parent.parent
PHOTO, RECORDING = ROOT / "assets" / "london_009.jpg", ROOT / "assets" / "good_news.wav"


@pytest.fixture(scope="module")
def client(address):
    from gradio_client import Client

    return Client(address, verbose=False)


def test_the_readmes_example_runs(address, tmp_path):
    code = re.search(r"## For programs.*?```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    code = code.replace("http://127.0.0.1:7860", address)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    path = Path(done.stdout.splitlines()[-1])
    frames, (rate, samples) = read_video(path)
    assert len(frames) == 112 and len(samples) / rate == pytest.approx(4.45, abs=0.05)
    assert all(name in done.stdout for name in EMOTIONS)


def test_endpoints_are_named_typed_and_described(client):
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert {"/generate", "/emotions"} <= set(described)
    parameters = {p["parameter_name"]: p for p in described["/generate"]["parameters"]}
    assert list(parameters) == ["photo", "recording", "emotion", "intensity", "square"]
    assert [p["python_type"]["type"] for p in parameters.values()] == ["filepath", "filepath", "str", "float", "bool"]
    assert [p["parameter_has_default"] for p in parameters.values()] == [False, False, True, True, True]
    config = client.config["dependencies"]
    generate = next(dependency for dependency in config if dependency.get("api_name") == "generate")
    assert "AI-generated" in json.dumps(generate)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"emotion": "joyless"}, "please choose one of"), ({"intensity": 7}, "please choose 0 to"), ({"photo": RECORDING}, "")],
)
def test_what_is_wrong_comes_back_as_a_sentence(client, wrong, words):
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    wrong = {name: handle_file(value) if isinstance(value, Path) else value for name, value in wrong.items()}
    given = {"photo": handle_file(PHOTO), "recording": handle_file(RECORDING)} | wrong
    with pytest.raises(AppError) as refusal:
        client.predict(**given, api_name="/generate")
    assert words in str(refusal.value) and "Traceback" not in str(refusal.value)


def test_tools_are_served_where_the_host_wants_them(tmp_path):
    mcp = pytest.importorskip("mcp")
    from mcp.client.streamable_http import streamablehttp_client

    async def ask(address):
        async with streamablehttp_client(f"{address}/gradio_api/mcp/") as (read, write, _):
            async with mcp.ClientSession(read, write) as session:
                await session.initialize()
                tools = (await session.list_tools()).tools
                answer = await session.call_tool("emotions", {})
                return {tool.name: tool for tool in tools}, answer.content[0].text

    with running_app(tmp_path / "log.txt", "--mcp") as address:
        tools, emotions = asyncio.run(ask(address))
    assert {"generate", "emotions"} <= set(tools)
    assert tools["generate"].inputSchema["required"] == ["photo", "recording"]
    assert "may use" in tools["generate"].description and "happiness" in emotions


def test_everything_is_deleted_at_the_end(tmp_path, monkeypatch):
    from gradio_client import Client, handle_file

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    with running_app(tmp_path / "log.txt") as address:
        client = Client(address, verbose=False, download_files=str(tmp_path / "fetched"))
        video = client.predict(handle_file(PHOTO), handle_file(RECORDING), intensity=0.5, api_name="/generate")
        assert read_video(video, max_seconds=0.2)[0].std() > 1
        served = _files(tmp_path / "served")
        assert {path.suffix for path in served} >= {".jpg", ".wav", ".mp4"}
    assert [path for path in _files(tmp_path / "served") if path not in _examples(served)] == []
    log = (tmp_path / "log.txt").read_text()
    assert "A video was made after" in log and PHOTO.stem not in log and "good_news" not in log


def _files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def _examples(paths):
    """Those of the files that everybody is offered."""
    shown = {path.read_bytes() for folder in ("assets", "docs") for path in (ROOT / folder).iterdir()}
    return [path for path in paths if path.exists() and path.read_bytes() in shown]


def test_the_space_has_what_it_needs():
    matter = yaml.safe_load((ROOT / "README.md").read_text().split("---")[1])
    assert {"title", "sdk", "sdk_version", "python_version", "app_file", "models", "license", "thumbnail"} <= set(matter)
    assert matter["sdk"] == "gradio" and (ROOT / matter["app_file"]).is_file() and (ROOT / matter["thumbnail"]).is_file()
    assert len(matter["short_description"]) <= 60  # the Hub's limit
    assert "ffmpeg" in (ROOT / "packages.txt").read_text().split()


def test_the_container_is_for_everybody_and_copies_what_it_runs():
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER (?!root)", text, re.MULTILINE) and "HEALTHCHECK" in text and "GRADIO_SERVER_NAME=0.0.0.0" in text
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"app.py", "talking_face", "checkpoints", "assets", "requirements.txt", "packages.txt"} <= kept
    assert all(list(ROOT.glob(name)) for name in kept)


def test_a_shared_graphics_card_finds_a_function(monkeypatch):
    from types import SimpleNamespace

    from talking_face.ui.hosting import declare_gpu_function

    declared = []
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=lambda duration: declared.append))
    declare_gpu_function()
    assert declared == []
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    declare_gpu_function()
    assert len(declared) == 1
