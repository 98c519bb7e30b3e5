"""Where the tests find what they need; data room and golden vectors lie beside the repository, if at all."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SMOKE_CONFIGS = ROOT / "tests" / "training" / "configs"
APP, ASSETS, CONFIGS = ROOT / "app.py", ROOT / "assets", ROOT / "configs"
DATA = Path(os.environ.get("TALKING_FACE_DATA", ROOT.parent / "shared" / "data"))
REFERENCE = Path(os.environ.get("TALKING_FACE_REFERENCE", ROOT.parent / "shared" / "reference"))


def files(folder):
    """All files in a folder and in those inside it."""
    return [path for path in folder.rglob("*") if path.is_file()]
