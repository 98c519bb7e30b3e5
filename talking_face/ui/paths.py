"""Where the page finds what it shows."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ASSETS, DOCS = ROOT / "assets", ROOT / "docs"
