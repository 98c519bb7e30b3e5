"""A day of odd uploads, by every way in; afterwards, no log knows whose they were or what was in them."""

import base64
import json
import logging
import subprocess
import sys

import httpx
import pytest

from support.mcp_client import in_session
from support.paths import ROOT
from support.strange_files import PHOTO, VOICE

MARK = "Marigold"  # in each name, path and content
MANGLED = {
    "empty": b"",
    "text": f"{MARK} is no picture\n".encode() * 50,
    "half a photo": PHOTO.read_bytes()[:5000] + MARK.encode(),
    "half a film": b"\0\0\0\x18ftypmp42" + MARK.encode() * 99,
    "half a sound": VOICE.read_bytes()[:60] + MARK.encode(),
    "fake heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + MARK.encode() * 9,
}
REST = "neutral", 1, False, 1, 1, 0, "", "en", None  # of what /generate takes
ENDINGS = "jpg", "png", "heic", "wav", "mp3", "mp4", "webm", "svg", "m3u8"


def upload(address, name, data):
    """Upload as the page does; the description of a file that Gradio takes, or None where it is refused."""
    answer = httpx.post(f"{address}/gradio_api/upload", files={"files": (name, data)}, timeout=300)
    if answer.status_code != 200:
        return None
    return {"path": answer.json()[0], "orig_name": name, "meta": {"_type": "gradio.FileData"}}


def call(address, endpoint, *data):
    """Ask an endpoint and wait for its answer: text."""
    asked = httpx.post(f"{address}/gradio_api/call/{endpoint}", json={"data": data}, timeout=300)
    event = asked.json().get("event_id") if asked.status_code == 200 else None
    return event and httpx.get(f"{address}/gradio_api/call/{endpoint}/{event}", timeout=300).text


def functions(address):
    """Numbers of what the page itself calls with one photo or one recording."""
    config = httpx.get(f"{address}/config", timeout=300).json()
    kinds = {part["id"]: part["type"] for part in config["components"]}
    for each in config["dependencies"]:
        inputs = [kinds[number] for number in each["inputs"] if kinds[number] != "state"]
        if inputs in (["image"], ["audio"], ["video"]) and each["backend_fn"]:
            yield each["id"], [None] * (len(each["inputs"]) - 1)


def test_nobodys_files_are_named_in_the_log(address, app_log):
    good_photo, good_voice = upload(address, f"{MARK}.jpg", PHOTO.read_bytes()), None
    own = [number for number, _ in functions(address)]
    answers = []
    for index, (what, data) in enumerate(MANGLED.items()):
        for ending in ENDINGS[index::6]:
            given = upload(address, f"{MARK} {what}.{ending}", data)
            answers.append(call(address, "generate", given, good_voice, *REST))
            answers.append(call(address, "generate", good_photo, given, *REST))
            answers.append(call(address, "portrait", given, 1))
            for number in own:
                body = {"data": [given], "fn_index": number, "session_hash": f"{MARK}{index}"}
                httpx.post(f"{address}/gradio_api/run/predict", json=body, timeout=300)
                httpx.post(f"{address}/gradio_api/queue/join", json=body, timeout=300)
    for path in (f"/home/{MARK}/face.jpg", f"../{MARK}", f"http://127.0.0.1:9/{MARK}.jpg", f"file:///{MARK}", MARK):
        stranger = {"path": path, "meta": {"_type": "gradio.FileData"}}
        answers.append(call(address, "generate", stranger, stranger, *[MARK] * len(REST)))
        httpx.get(f"{address}/gradio_api/file={path}", timeout=300)
        httpx.post(f"{address}/gradio_api/queue/join", content=json.dumps({"data": path})[:-1], timeout=300)
    answers.append(call(address, "generate", good_photo, good_photo, MARK, *REST[1:]))
    answers.append(call(address, "generate", good_photo, None, *REST[:-3], MARK, MARK, None))
    log = app_log.read_text()
    assert sum(bool(answer) and "event: error" in answer for answer in answers) > 20
    assert log.count("A video was refused") >= 3
    assert MARK not in log and "data:image" not in log


def test_tools_do_not_name_them_either(address, app_log):
    async def ask(session):
        data = "data:image/jpeg;base64," + base64.b64encode(MANGLED["half a photo"]).decode()
        for photo in (f"/home/{MARK}.jpg", f"http://127.0.0.1:9/{MARK}.jpg", data, MARK, {MARK: MARK}, 7, None):
            answer = await session.call_tool("portrait", {"photo": photo, "face": MARK})
            assert answer.isError
        await session.call_tool(MARK, {MARK: MARK})

    in_session(address, ask)
    assert MARK not in app_log.read_text()


PRIVATE = """if True:
    import asyncio, logging, sys, threading, traceback, warnings
    from talking_face import logs
    logs.keep_private(sys.argv[1])
    print("* Running on local URL")
    logs.mute()
    def fails():
        raise FileNotFoundError("Marigold.jpg")
    for loud in (fails, lambda: int("Marigold")):
        try:
            loud()
        except Exception:
            traceback.print_exc()
            logging.getLogger("uvicorn.error").exception("of Marigold %s", "Marigold")
    for _ in range(3):
        print("Downloaded Marigold.jpg")
    print("Marigold", file=sys.stderr)
    warnings.warn("Marigold.jpg is odd")
    logging.getLogger("mcp").warning(f"no Marigold")
    thread = threading.Thread(target=fails); thread.start(); thread.join()
    async def lost():
        asyncio.get_running_loop().call_soon(fails)
        await asyncio.sleep(0.1)
    asyncio.run(lost())
    logging.getLogger("talking_face.ui.jobs").info("A video was made.", extra={"figures": {"seconds": 1.5}})
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_libraries_say_is_left_out(form):
    command = [sys.executable, "-c", PRIVATE, form]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and done.stdout == "* Running on local URL\n"
    log = done.stderr.replace(PRIVATE, "")
    assert MARK not in log
    assert log.count("FileNotFoundError") == 4 and log.count("ValueError") == 2 and "in fails" in log
    assert log.count(" prints in line ") == 2 and "mcp has something to say" in log and "A video was made." in log
    if form == "json":
        lines = [json.loads(line) for line in log.splitlines()]
        assert all({"time", "level", "message"} <= set(line) for line in lines) and lines[-1]["seconds"] == 1.5


def test_our_own_words_are_kept():
    from talking_face.logs import _private_record

    record = _private_record("talking_face.media", logging.WARNING, "x.py", 1, "%s left", ("three",), None)
    assert record.getMessage() == "three left"
