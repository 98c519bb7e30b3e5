"""`python -m talking_face bench`: what each step costs, warm, and how that compares with the reference network.

Every figure is the median of several runs, with the fastest and the slowest beside it, and is taken in the same session
as the yardsticks (`yardsticks`), so that ratios hold on any machine. What must be fresh (start-up, memory) runs in
processes of its own (`fresh`).
"""

import json
import os
import platform
from pathlib import Path

from talking_face import markdown


def bench(output, runs=5, lengths=(1, 5, 20, 60, 600), sections=None):
    """Measure and report.

    Parameters
    ----------
    output : path
        Folder for `bench.json` and `bench.md`.
    runs : int
        Timed runs of each figure, after one to warm up.
    lengths : sequence of float
        Seconds of speech over which time and memory are followed.
    sections : sequence of str, optional
        Some of `SECTIONS`; all by default.

    Returns
    -------
    list of Row
    """
    rows = []
    for name in sections or SECTIONS:
        for row in SECTIONS[name](runs, lengths):
            rows.append(row)
            print(row.line(), flush=True)
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    report = {"machine": machine(), "rows": [row._asdict() | {"median": row.median} for row in rows]}
    (output / "bench.json").write_text(json.dumps(report, indent=1) + "\n")
    (output / "bench.md").write_text(
        markdown.table(("measure", "median", "fastest to slowest", "to reach"), [row.cells() for row in rows])
    )
    return rows


def machine():
    """What the figures were taken on."""
    import torch

    return {
        "cores": os.cpu_count(),
        "processor": torch.cpu.get_capabilities().get("cpu_name", platform.processor()),
        "bfloat16": torch.cpu.get_capabilities().get("avx512_bf16", False),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "load at the end": os.getloadavg() if hasattr(os, "getloadavg") else None,
    }


def _stages(runs, _):
    from talking_face.bench.stages import measure_stages

    return measure_stages(runs)


def _yardsticks(runs, _):
    from talking_face.bench.yardsticks import measure_yardsticks

    return measure_yardsticks(runs)


def _crowd(runs, _):
    from talking_face.bench.stages import measure_crowd

    return measure_crowd(runs)


def _workers(runs, _):
    from talking_face.bench.workers import measure_workers

    return measure_workers(runs)


def _fresh(runs, lengths):
    from talking_face.bench.fresh import measure_fresh

    return measure_fresh(min(runs, 3), lengths)


SECTIONS = {"stages": _stages, "yardsticks": _yardsticks, "crowd": _crowd, "workers": _workers, "fresh": _fresh}
