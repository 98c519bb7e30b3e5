"""A host watches over the page and restarts it: videos are finished, nobody new is let in, and figures count them."""

import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
import soundfile

from support.browser import running_app
from support.jobs import wait_for
from support.paths import files
from support.programs import program
from support.strange_files import PHOTO, VOICE
from talking_face.errors import SettingError
from talking_face.media.reading import read_video


def figures(address):
    text = httpx.get(f"{address}/metrics", timeout=300).text
    return {name: float(value) for name, value in re.findall(r"^(talking_face_\S+) (\S+)$", text, re.MULTILINE)}


@pytest.mark.slow
def test_a_restart_lets_a_video_finish_and_nobody_in(tmp_path):
    from gradio_client import handle_file

    options = "--monitor", "--grace", "300", "--log", "json"
    with ThreadPoolExecutor(2) as threads:
        with running_app(tmp_path / "log.txt", *options, served=tmp_path / "served", patience=400) as address:
            health = lambda: httpx.get(f"{address}/healthz", timeout=300)
            assert health().json()["state"] in ("loading", "ready")
            wait_for(lambda: health().status_code == 200)
            assert health().json() == {"state": "ready", "model_loaded": True, "queue": 0, "working": 0}
            found = figures(address)
            assert found["talking_face_ready"] == 1 and found['talking_face_videos_total{outcome="made"}'] == 0
            client = program(address, download_files=str(tmp_path / "fetched"))
            given = handle_file(PHOTO), handle_file(_long_recording(tmp_path / "long.wav"))
            jobs = [client.submit(*given, seed=seed, api_name="/generate") for seed in (1, 2)]
            both = {"state": "ready", "model_loaded": True, "queue": 1, "working": 1}  # the second is let in, too
            wait_for(lambda: health().json() == both and figures(address)["talking_face_working"] == 1)
            after = threads.submit(_after_the_signal, address)
        videos = [job.result(300) for job in jobs]
        assert [len(read_video(video)) for video in videos] == [336, 336]
        assert after.result() == (503, 503, "leaving")
    assert files(tmp_path / "served") == []
    lines = [json.loads(line) for line in (tmp_path / "log.txt").read_text().splitlines() if line.startswith("{")]
    assert [line["outcome"] for line in lines if "outcome" in line] == ["made", "made"]


def _long_recording(path):
    """Three times the usual one: what is asked during the work comes before its end on any machine."""
    samples, rate = soundfile.read(VOICE)
    soundfile.write(path, np.resize(samples, round(13.44 * rate)), rate)
    return path


def _after_the_signal(address):
    """How a new visitor and an upload are answered, and what /healthz says, once the page is leaving."""
    wait_for(lambda: httpx.get(f"{address}/healthz", timeout=300).json()["state"] == "leaving")
    visit = httpx.get(address, timeout=300)
    assert "restarted" in visit.text
    upload = httpx.post(f"{address}/gradio_api/upload", files={"files": ("a.jpg", b"x")}, timeout=300)
    return visit.status_code, upload.status_code, httpx.get(f"{address}/healthz", timeout=300).json()["state"]


def test_monitoring_is_off_unless_asked_for(address):
    for path in ("/healthz", "/metrics"):
        answer = httpx.get(address + path, timeout=300)
        assert answer.status_code == 404 or "talking_face_" not in answer.text


def test_monitoring_without_its_package_is_said(monkeypatch):
    from concurrent.futures import Future

    from talking_face.ui.hosting.monitoring import Monitor

    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(SettingError, match="prometheus-client"):
        Monitor(Future(), None)
