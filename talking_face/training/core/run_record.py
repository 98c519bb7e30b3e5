"""Where weights come from, in one file next to them: code, configuration, data, machine and result."""

import csv
import hashlib
import json
import os
import platform
import subprocess
import sys
from collections import Counter
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

import torch

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "opencv-python", "librosa", "safetensors")


def describe_run(recipe):
    """All that is known of a run before its first step.

    Parameters
    ----------
    recipe : Recipe

    Returns
    -------
    dict
        JSON types only: recipe, configuration, command, code, packages, machine, data.
    """
    data = Path(recipe.config.data)
    return {
        "recipe": type(recipe).__name__,
        "config": recipe.config.model_dump(mode="json"),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "code": describe_code(),
        "packages": {name: _version(name) for name in PACKAGES},
        "machine": describe_machine(recipe.device),
        "data": fingerprint(data) | {"licences": licences(data)} | recipe.data_notes(),
    }


def write_provenance(path, description, progress):
    """Write a run's description with its progress, whole or not at all."""
    now = {"written": datetime.now(timezone.utc).isoformat(timespec="seconds")}
    result = {"step": progress.step, "seconds": round(progress.seconds, 1), "validation": progress.numbers}
    partial = Path(path).with_suffix(".partial.json")
    partial.write_text(json.dumps(now | result | description, indent=1) + "\n")
    os.replace(partial, path)


def describe_code():
    """Commit of the repository and whether files differ from it; None where git does not know."""
    git = lambda *command: subprocess.run(
        ["git", *command], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    ).stdout.strip()
    try:
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain"))}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "dirty": None}


def describe_machine(device):
    """Python, operating system, processor, threads, and the GPU where one is used."""
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "gpu": gpu,
    }


def fingerprint(data):
    """Number of files in a folder, or of one file, and a hash of their names and sizes."""
    data = Path(data)
    files = [data] if data.is_file() else sorted(path for path in data.rglob("*") if path.is_file())
    lines = "".join(f"{path.relative_to(data.parent).as_posix()} {path.stat().st_size}\n" for path in files)
    return {"files": len(files), "sha256 of names and sizes": hashlib.sha256(lines.encode()).hexdigest()}


def licences(data):
    """Rows by source and licence of each table of the data that has both: {table: {"source: licence": rows}}."""
    found = {}
    for path in sorted(Path(data).glob("*.csv")):
        with open(path, newline="") as file:
            table = csv.DictReader(file)
            if {"source", "licence"} <= set(table.fieldnames or ()):
                found[path.name] = dict(Counter(f"{row['source']}: {row['licence']}" for row in table))
    return found


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _processor():
    """The processor's name; `platform` knows only its architecture on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
