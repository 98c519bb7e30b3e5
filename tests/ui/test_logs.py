"""A day of odd uploads, by every way in; afterwards, no log knows whose they were or what was in them."""

import base64
import io
import itertools
import json
import logging
import subprocess
import sys

import httpx
import pytest
import soundfile

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
FILES = "image", "uploadbutton", "audio", "video"  # kinds of inputs
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
    """What the page itself calls: the number of each function, and of its inputs what kind they are and hold."""
    config = httpx.get(f"{address}/config", timeout=300).json()
    parts = {part["id"]: (part["type"], part["props"].get("value")) for part in config["components"]}
    for each in config["dependencies"]:
        inputs = [parts[number] for number in each["inputs"]]
        if each["backend_fn"] and any(kind != "state" for kind, _ in inputs):
            yield each["id"], inputs


def ask_page(address, session, number, data):
    """Call a function as an open page does, and wait for its answer: text."""
    clicked = {"index": [MARK, 1], "value": MARK}
    body = {"data": data, "fn_index": number, "session_hash": session, "event_data": clicked}
    if httpx.post(f"{address}/gradio_api/queue/join", json=body, timeout=300).status_code != 200:
        return ""
    return httpx.get(f"{address}/gradio_api/queue/data", params={"session_hash": session}, timeout=300).text


def test_nobodys_files_are_named_in_the_log(address, app_log):
    good_photo, good_voice = upload(address, f"{MARK}.jpg", PHOTO.read_bytes()), None
    answers = []
    for index, (what, data) in enumerate(MANGLED.items()):
        for ending in ENDINGS[index::6]:
            given = upload(address, f"{MARK} {what}.{ending}", data)
            answers.append(call(address, "generate", given, good_voice, *REST))
            answers.append(call(address, "generate", good_photo, given, *REST))
            answers.append(call(address, "portrait", given, 1))
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


@pytest.mark.slow
def test_nor_by_any_function_of_the_page_whichever_of_its_inputs_is_odd(address, app_log):
    samples, rate = soundfile.read(VOICE, frames=20000)
    soundfile.write(little := io.BytesIO(), samples, rate, format="WAV")
    photo, voice = (
        upload(address, f"{MARK}.{ending}", data)
        for ending, data in (("jpg", PHOTO.read_bytes()), ("wav", little.getvalue()))
    )
    odd = itertools.cycle(upload(address, f"{MARK} {what}.jpg", data) for what, data in MANGLED.items())
    good = {"image": photo, "uploadbutton": photo, "audio": voice, "video": None, "browserstate": [MARK]}
    tried, asked, wholly = set(), 0, {}
    for number, inputs in functions(address):
        kinds = [kind for kind, _ in inputs]
        usual = [good.get(kind, value) for kind, value in inputs]
        if kinds.count("image") > 1:  # the photo, and one for the smile
            usual[len(kinds) - 1 - kinds[::-1].index("image")] = None
        for place, kind in enumerate(kinds):
            if kind != "state" and (kind in (*FILES, "textbox") or kind not in tried):
                tried.add(kind)
                given = next(odd) if kind in FILES else MARK
                ask_page(address, f"{MARK} {asked}", number, usual[:place] + [given] + usual[place + 1 :])
                asked += 1
        wholly.setdefault(tuple(kinds), (number, usual))
    assert asked > 40 and len(tried) > 10
    # What takes two steps: a video, and captions drawn into it.
    number, usual = wholly[max((kinds for kinds in wholly if kinds[0] == "state"), key=len)]
    assert "seconds of video" in ask_page(address, MARK, number, usual)
    captioned, _ = wholly["state", "json"]
    for picture in (MARK, "data:image/png;base64," + base64.b64encode(MARK.encode()).decode()):
        ask_page(address, MARK, captioned, [None, [[0, 1, picture], [MARK, MARK, MARK]]])
    log = app_log.read_text()
    assert "UnidentifiedImageError" in log and MARK not in log and "data:image" not in log


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
    form, mark = sys.argv[1:]  # not in the code, whose lines are shown; nor is the name of the error
    Missing = FileNotFoundError
    logs.keep_private(form)
    print("* Running on local URL")
    logs.mute()
    def fails():
        raise Missing(mark)
    for loud in (fails, lambda: int(mark)):
        try:
            loud()
        except Exception:
            traceback.print_exc()
            logging.getLogger("uvicorn.error").exception(f"of {mark} %s", mark)
    for _ in range(3):
        print(f"Downloaded {mark}.jpg")
    print(mark, file=sys.stderr)
    warnings.warn(f"{mark}.jpg is odd")
    logging.getLogger("mcp").warning(f"no {mark}")
    thread = threading.Thread(target=fails); thread.start(); thread.join()
    async def lost():
        asyncio.get_running_loop().call_soon(fails)
        await asyncio.sleep(0.1)
    asyncio.run(lost())
    logging.getLogger("talking_face.ui.jobs").info("A video was made.", extra={"figures": {"seconds": 1.5}})
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_libraries_say_is_left_out(form):
    command = [sys.executable, "-c", PRIVATE, form, MARK]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and done.stdout == "* Running on local URL\n"
    log = done.stderr
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
