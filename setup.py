"""The wheel's contents: the package, and inside it the folders that lie beside it in a checkout (see paths.py).

All else that describes the package is in pyproject.toml.
"""

from setuptools import find_packages, setup

BESIDE = {
    "checkpoints": ["*.safetensors", "*.json", "*.md"],
    "assets": ["*.wav", "*.jpg", "*.mp4", "*.md"],
    "configs": ["*.yaml"],
    "docs": ["*.md", "how_*.jpg"],
}

setup(
    packages=[*find_packages(include=["talking_face*"]), *(f"talking_face.{name}" for name in BESIDE)],
    package_dir={f"talking_face.{name}": name for name in BESIDE},
    package_data={f"talking_face.{name}": patterns for name, patterns in BESIDE.items()}
    | {"talking_face.ui": ["static/*", "languages/*.json"]},
)
