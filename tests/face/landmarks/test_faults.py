"""Weights of the landmark networks that are missing or damaged."""

import pytest

from talking_face.errors import CheckpointError
from talking_face.face.landmarks import FaceFinder, face_alignment
from talking_face.face.landmarks.mesh import Mesh
from talking_face.paths import CHECKPOINTS


@pytest.fixture
def torch_cache(tmp_path, monkeypatch):
    """An empty cache of torch's; nothing may be fetched."""

    def no_network(*_, **__):
        raise OSError("Network is unreachable")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.delenv("TALKING_FACE_LANDMARKS", raising=False)
    monkeypatch.setattr("torch.hub.download_url_to_file", no_network)
    return tmp_path / "hub" / "checkpoints"


def test_landmark_weights_that_cannot_be_fetched(torch_cache):
    assert FaceFinder().source.name == "mesh"
    with pytest.raises(CheckpointError, match="not on this machine"):
        FaceFinder("face-alignment").source  # noqa: B018


def test_landmark_weights_cut_short(torch_cache, caplog):
    torch_cache.mkdir(parents=True)
    for name in face_alignment.FILES:
        (torch_cache / name).write_bytes(b"PK\3\4" + bytes(999))
    assert FaceFinder()._second is None and "damaged" in caplog.text
    with pytest.raises(CheckpointError, match="damaged"):
        FaceFinder("face-alignment").source  # noqa: B018


@pytest.mark.parametrize("content", [None, b"", b"garbage" * 999])
@pytest.mark.parametrize("name", ["detector", "mesh"])
def test_our_weights_missing_or_damaged(tmp_path, name, content):
    for other in {"detector", "mesh"} - {name}:
        (tmp_path / f"{other}.safetensors").symlink_to(CHECKPOINTS / f"{other}.safetensors")
    if content is not None:
        (tmp_path / f"{name}.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{name}.safetensors are (missing|damaged)"):
        Mesh(tmp_path)
