"""What programs rely on: the documented example, the endpoints, MCP; and that everything is deleted."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from PIL import Image

from support.browser import running_app
from support.group_photo import save_group
from support.jobs import wait_for
from support.mcp_client import in_session
from support.paths import ROOT, files
from support.programs import PATIENCE, PATIENTLY, program
from talking_face.audio import read_sound
from talking_face.emotions import EMOTIONS
from talking_face.media.reading import read_video

PHOTO, RECORDING = ROOT / "assets" / "london_009.jpg", ROOT / "assets" / "good_news.wav"


@pytest.fixture(scope="module")
def client(address):
    return program(address)


def test_the_documented_example_runs(address):
    code = re.search(r"## For programs.*?```python\n(.*?)```", (ROOT / "docs" / "hosting.md").read_text(), re.DOTALL)[1]
    code = code.replace('"http://127.0.0.1:7860"', f"{address!r}, **{PATIENTLY}")
    assert address in code
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    path = Path(done.stdout.splitlines()[-1])
    frames, (rate, samples, _) = read_video(path), read_sound(path)
    assert len(frames) == 112 and len(samples) / rate == pytest.approx(4.45, abs=0.05)
    assert all(name in done.stdout for name in EMOTIONS)


def test_endpoints_are_named_typed_and_described(client):
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert set(described) == {"/generate", "/compare", "/portrait", "/emotions"}
    parameters = {p["parameter_name"]: p for p in described["/generate"]["parameters"]}
    names = "photo recording emotion intensity square face liveliness seed text language smile"
    assert list(parameters) == names.split()
    types = ["filepath", "filepath", "str", "float", "bool", "int", "float", "int", "str", "str", "filepath"]
    assert [p["python_type"]["type"] for p in parameters.values()] == types
    assert [p["parameter_has_default"] for p in parameters.values()] == [False] + 10 * [True]
    assert "AI-generated" in described["/generate"]["description"]
    assert "several models" in described["/compare"]["description"]


@pytest.fixture
def two_people(tmp_path):
    """A photo of two people, the larger one on the left."""
    return save_group(tmp_path / "two.jpg")


def test_faces_are_listed_and_chosen(client, two_people):
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    (first, picture), (second, _) = (
        client.predict(photo=handle_file(two_people), face=face, api_name="/portrait") for face in (1, 2)
    )
    assert first["faces"] == second["faces"] and [first["face"], second["face"]] == first["faces"]
    assert first["face"][2] < second["face"][0] and len(second["landmarks"]) == 68
    assert Image.open(picture).size == Image.open(two_people).size
    with pytest.raises(AppError, match="only 2 faces in this photo, and no face 3"):
        client.predict(photo=handle_file(two_people), face=3, api_name="/portrait")
    for endpoint in ("/generate", "/compare"):
        with pytest.raises(AppError, match="no face 3"):
            client.predict(handle_file(two_people), handle_file(RECORDING), face=3, api_name=endpoint)


def test_the_face_that_was_chosen_talks(client, two_people):
    from gradio_client import handle_file

    given = {"photo": handle_file(two_people), "recording": handle_file(RECORDING), "square": True}
    first, second = [read_video(client.predict(**given, face=face, api_name="/generate"))[0] for face in (1, 2)]
    assert len(first) > 1.2 * len(second)  # the square around a larger face


def test_models_are_compared(client, tmp_path):
    from gradio_client import handle_file

    samples, rate = soundfile.read(RECORDING)
    soundfile.write(tmp_path / "short.wav", samples[:rate], rate)
    given = {"photo": handle_file(PHOTO), "recording": handle_file(tmp_path / "short.wav")}
    video, measures = client.predict(**given, models=["deformable"], api_name="/compare")
    frames = read_video(video)
    assert len(frames) == 25
    (scores,) = measures.values()
    assert set(scores) == {"fps", "sharpness", "identity", "lip_motion"} and 0 <= scores["identity"] < 0.4


def test_files_that_nobody_uploaded_are_refused(address):
    """Good ones, which would do if they had been."""
    photo, recording = ({"path": str(path), "meta": {"_type": "gradio.FileData"}} for path in (PHOTO, RECORDING))
    calls, data = f"{address}/gradio_api/call/generate", [photo, recording, "neutral", 1, False, 1]
    asked = httpx.post(calls, json={"data": data}, timeout=PATIENCE)
    answer = httpx.get(f"{calls}/{asked.json()['event_id']}", timeout=PATIENCE).text
    assert "event: error" in answer and "event: complete" not in answer
    for path in (ROOT / "README.md", "/etc/hostname"):
        assert httpx.get(f"{address}/gradio_api/file={path}", timeout=PATIENCE).status_code in (403, 404)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"emotion": "joyless"}, "please choose one of"),
        ({"intensity": 7}, "please choose 0 to"),
        ({"photo": RECORDING}, ""),
    ],
)
def test_what_is_wrong_comes_back_as_a_sentence(client, wrong, words):
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    wrong = {name: handle_file(value) if isinstance(value, Path) else value for name, value in wrong.items()}
    given = {"photo": handle_file(PHOTO), "recording": handle_file(RECORDING)} | wrong
    with pytest.raises(AppError) as refusal:
        client.predict(**given, api_name="/generate")
    assert words in str(refusal.value) and "Traceback" not in str(refusal.value)


def test_tools_are_served_where_the_host_wants_them(address):
    async def ask(session):
        tools = (await session.list_tools()).tools
        answer = await session.call_tool("emotions", {})
        return {tool.name: tool for tool in tools}, answer.content[0].text

    tools, emotions = in_session(address, ask)
    assert {"generate", "compare", "portrait", "emotions"} <= set(tools)
    assert tools["generate"].inputSchema["required"] == ["photo"]  # there may be typed words instead of a recording
    assert "may use" in tools["generate"].description and "happiness" in emotions


@pytest.fixture
def long_recording(tmp_path):
    samples, rate = soundfile.read(RECORDING)
    soundfile.write(tmp_path / "long.wav", np.tile(samples, 13), rate)
    return tmp_path / "long.wav"


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_everything_is_deleted_at_the_end_even_in_mid_video(tmp_path, long_recording, ending):
    from gradio_client import handle_file

    served = tmp_path / "served"
    with running_app(tmp_path / "log.txt", served=served, ending=ending) as address:
        client = program(address, download_files=str(tmp_path / "fetched"))
        video = client.predict(handle_file(PHOTO), handle_file(RECORDING), intensity=0.5, api_name="/generate")
        assert read_video(video, max_seconds=0.2).std() > 1
        assert {path.suffix for path in files(served)} >= {".jpg", ".wav", ".mp4"}
        client.submit(handle_file(PHOTO), handle_file(long_recording), api_name="/generate")
        wait_for(lambda: _at_work(served))
    assert files(served) == []
    log = (tmp_path / "log.txt").read_text()
    assert "A video was made after" in log and "Traceback" not in log
    assert re.search("A video was (stopped|abandoned) after", log)  # by the server's end, or as nobody waits any more
    assert PHOTO.stem not in log and "good_news" not in log


def test_whoever_leaves_in_mid_video_makes_room_for_the_next(address, client, app_folder, app_log, long_recording):
    from gradio_client import handle_file

    code = """if True:
        import sys
        from gradio_client import handle_file
        from support.programs import program
        address, photo, recording = sys.argv[1:]
        program(address).predict(handle_file(photo), handle_file(recording), api_name="/generate")
    """
    abandoned = app_log.read_text().count("A video was abandoned after")
    wait_for(lambda: not _at_work(app_folder / "served"))  # for those who were here before
    leaver = subprocess.Popen([sys.executable, "-c", code, address, PHOTO, long_recording], cwd=ROOT / "tests")
    wait_for(lambda: _at_work(app_folder / "served"))
    leaver.kill()
    leaver.wait()
    wait_for(lambda: app_log.read_text().count("A video was abandoned after") > abandoned)
    assert client.predict(handle_file(PHOTO), handle_file(RECORDING), api_name="/generate")


def _at_work(folder):
    """Whether ffmpeg has begun to write a video."""
    return any(path.name == "part.mp4" for path in files(folder))
