"""`make space`, to a stand-in of the hub; and that what lies there then runs."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml

from support.browser import running_app
from support.paths import ROOT
from support.pretend_hub import pretend_hub

# https://huggingface.co/docs/hub/spaces-config-reference
COLOURS = "red yellow green blue indigo purple pink gray".split()
KNOWN = """title emoji colorFrom colorTo sdk python_version sdk_version suggested_hardware suggested_storage app_file
    app_build_command app_port base_path fullWidth header short_description models datasets tags thumbnail pinned
    hf_oauth hf_oauth_expiration_minutes hf_oauth_scopes hf_oauth_authorized_org disable_embedding
    startup_duration_timeout custom_headers preload_from_hub license""".split()


@pytest.fixture
def hub():
    with pretend_hub() as hub:
        yield hub


def space(hub, *arguments, **environment):
    own = {"HF_ENDPOINT": hub.address, "HF_TOKEN": "hf_pretended", "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"}
    command = [sys.executable, str(ROOT / "deploy" / "space.py"), *arguments]
    environment = {name: value for name, value in (os.environ | own | environment).items() if value is not None}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_the_space_holds_what_the_page_needs_and_runs(hub, tmp_path):
    hub.files["old.txt"] = b"of the last version"
    certificate, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.write_text("-----BEGIN CERTIFICATE-----"), key.write_text("-----BEGIN PRIVATE KEY-----")
    own = {"TALKING_FACE_CERTIFICATE": str(certificate), "TALKING_FACE_PRIVATE_KEY": str(key)}
    done = space(hub, "somebody/talking-face", **own)
    assert done.returncode == 0, done.stderr
    assert "secrets: TALKING_FACE_CERTIFICATE, TALKING_FACE_PRIVATE_KEY" in done.stdout and "BEGIN" not in done.stdout
    assert hub.space["sdk"] == "gradio" and hub.space["organization"] == "somebody"
    assert hub.secrets == {name: Path(path).read_text() for name, path in own.items()}
    assert hub.tokens >= {"Bearer hf_pretended"}
    assert "old.txt" not in hub.files and not any(
        re.search(r"^(tests|\.git|deploy)|\.pyc?i$", name) for name in hub.files
    )
    assert {name for name in hub.files if name.endswith((".safetensors", ".wav", ".jpg", ".mp4"))} == hub.large
    assert sum(map(len, hub.files.values())) < 60e6

    matter = yaml.safe_load(hub.files["README.md"].decode().split("---\n")[1])
    assert set(matter) <= set(KNOWN) and matter["thumbnail"].startswith(
        "https://huggingface.co/spaces/somebody/talking-face/"
    )
    assert matter["thumbnail"].rpartition("main/")[2] in hub.files
    links = re.findall(r"\]\(([^)#]+)\)", hub.files["README.md"].decode())
    assert all(link.startswith("http") or link in hub.files for link in links) and len(links) >= 3
    assert hub.files["requirements.txt"].startswith(b"--extra-index-url https://download.pytorch.org/whl/cpu\n")

    for name, content in hub.files.items():
        (tmp_path / "space" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "space" / name).write_bytes(content)
    with running_app(tmp_path / "log.txt", served=tmp_path / "served", folder=tmp_path / "space") as address:
        assert b"Talking Face" in urllib.request.urlopen(address, timeout=300).read()


def test_a_dry_run_sends_nothing(hub):
    done = space(hub, "somebody/talking-face", "--dry-run", HF_TOKEN=None)
    assert done.returncode == 0 and "files" in done.stdout and hub.space is None and hub.files == {}


def test_what_is_wrong_is_said(hub):
    assert "names no Space" in space(hub, "talking-face").stderr
    assert "HF_TOKEN" in space(hub, "a/b", HF_TOKEN=None).stderr
    assert "cannot be read" in space(hub, "a/b", TALKING_FACE_CERTIFICATE="/nowhere.pem").stderr
    hub.refuses = True
    refused = space(hub, "a/b")
    assert refused.returncode == 1 and "did not take it" in refused.stderr and "Traceback" not in refused.stderr


def test_the_front_matter_is_one_that_the_hub_knows():
    matter = yaml.safe_load((ROOT / "README.md").read_text().split("---")[1])
    assert set(matter) <= set(KNOWN) and "hf_oauth" not in matter and "preload_from_hub" not in matter
    assert {matter["colorFrom"], matter["colorTo"]} <= set(COLOURS)
    assert matter["sdk"] == "gradio" and (ROOT / matter["app_file"]).is_file()
    locked = re.search(r"^gradio==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)[1]
    assert matter["sdk_version"] == locked and re.fullmatch(r"3\.\d+", matter["python_version"])
    assert len(matter["short_description"]) <= 60  # the Hub's limit
    assert "ffmpeg" in (ROOT / "packages.txt").read_text().split()
