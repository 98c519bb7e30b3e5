"""Where the program's files lie: in a checkout beside the package, in an installed wheel inside it."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent  # of a checkout; what Python's path must hold to find this package


def _folder(name: str) -> Path:
    inside = PACKAGE / name
    return inside if inside.is_dir() else ROOT / name


CHECKPOINTS, ASSETS, CONFIGS, DOCS = map(_folder, ("checkpoints", "assets", "configs", "docs"))
