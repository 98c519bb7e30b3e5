"""What hosts rely on: the container's files, and a shared graphics card."""

import re
import sys

from support.paths import ROOT

LOCKS = "requirements.lock", "requirements-container.lock"


def test_the_container_is_for_everybody_and_copies_what_it_runs():
    text = (ROOT / "Dockerfile").read_text()
    assert (
        re.search(r"^USER (?!root)", text, re.MULTILINE)
        and "HEALTHCHECK" in text
        and "GRADIO_SERVER_NAME=0.0.0.0" in text
    )
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"app.py", "talking_face", "checkpoints", "assets", "packages.txt"} <= kept
    locks = {name for name in kept if name.endswith(".lock")}
    assert locks == set(re.findall(r"[\w-]+\.lock", re.search("^COPY (.*lock.*)$", text, re.MULTILINE)[1]))
    assert all(list(ROOT.glob(name)) for name in kept)


def test_the_container_has_the_versions_that_were_tested():
    tested, container = (
        dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS
    )
    assert container.items() < tested.items()
    assert {"torch", "torchvision", "triton"} & set(tested) - set(container) == {"torch", "torchvision", "triton"}
    wanted = set(re.findall(r"^([\w-]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)) - {
        "torch",
        "torchvision",
    }
    assert {name.lower().replace("_", "-") for name in wanted} <= set(container)


def test_a_shared_graphics_card_finds_a_function(monkeypatch):
    from types import SimpleNamespace

    from talking_face.ui.hosting.zero_gpu import declare_gpu_function

    declared = []
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=lambda duration: declared.append))
    declare_gpu_function()
    assert declared == []
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    declare_gpu_function()
    assert len(declared) == 1
