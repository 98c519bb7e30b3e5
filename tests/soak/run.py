"""The long runs, and the table of docs/reliability.md: `make soak`.

`PYTHONPATH=.:tests python tests/soak/run.py --help` tells how to make them shorter. Each part that was run replaces its
rows in artefacts/soak/results.json; the table is made from that file.
"""

import argparse
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from datetime import date
from pathlib import Path

from support.paths import ROOT

HERE = Path(__file__).parent
KEPT = ROOT / "artefacts" / "soak"
PAGE = ROOT / "docs" / "reliability.md"
PARTS = ("suite", "fuzz", "guided", "load", "long")
# Doors and their share of the inputs: the slow ones, which start ffmpeg or lay out an archive, get less.
SHARES = {
    "photo": 0.26,
    "sound": 0.08,
    "weights": 0.10,
    "published_weights": 0.08,
    "config": 0.09,
    "clip": 0.05,
    "provenance": 0.07,
    "parameters": 0.11,
    "portrait_command": 0.01,
    "smile_photo": 0.02,
    "face_choice": 0.05,
    "mesh_weights": 0.03,
    "detector_weights": 0.03,
    "text": 0.02,
}
LOAD_ROWS = {
    "users at once, minutes, jobs done, given up on purpose": "{users}, {minutes:g}, {jobs}, {given up}",
    "jobs lost, mixed up, tracebacks in the log": "{lost}, {mixed up}, {tracebacks}",
    "longest queue; times that somebody was asked to come back": "{longest queue}; {asked to come back}",
    "memory after warm-up, at the end, MB": "{memory after warm-up}, {memory at the end}",
    "temporary files left after the end": "{files left}",
}
LONG_ROWS = {"minutes of speech; peak memory for one of them, for all, MB": "{minutes:g}; {short}, {long}"}
GUIDED = ("photo", "config", "parameters")  # doors whose code is Python, which atheris can watch


def script(name, *options):
    """Run one of the scripts here; returns (exit code, what its last line of output holds)."""
    command = [sys.executable, str(HERE / name), *map(str, options)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    return done.returncode, json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}


def suite(_):
    """The suite's bad inputs, odd inputs and faults, counted."""
    results = {}
    for kind in ("bad_inputs", "odd_inputs", "faults"):
        report = KEPT / f"{kind}.xml"
        files = map(str, (ROOT / "tests").rglob(f"test_{kind}.py"))
        command = [sys.executable, "-m", "pytest", "-q", *files, f"--junitxml={report}"]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        counts = ElementTree.parse(report).getroot().find("testsuite").attrib
        tried, skipped = int(counts["tests"]), int(counts["skipped"])
        results[kind] = {"tried": tried - skipped, "failed": int(counts["failures"]) + int(counts["errors"])}
    return results


def fuzz(args):
    """Spoilt inputs at every door."""
    results = {}
    for door, share in SHARES.items():
        code, found = script("fuzz.py", door, round(args.inputs * share), args.seed)
        died = {"tried": 0, "taken": 0, "refused": 0, "slowest": 0, "memory": 0, "crashed": 1, "code": code}
        results[door] = found or died
    return results


def guided(args):
    """atheris, bounded by time."""
    results = {}
    for door in GUIDED:
        command = [sys.executable, str(HERE / "coverage_guided.py"), door, f"-max_total_time={args.guided_seconds}"]
        done = subprocess.run([*command, f"-artifact_prefix={KEPT}/"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        tried = re.findall(r"^#(\d+)\s", done.stderr, re.MULTILINE)
        results[door] = {"tried": int(tried[-1]) if tried else 0, "crashed": int(done.returncode != 0)}
    return results


def load(args):
    """Many people at one page."""
    limits = "--minutes", args.minutes, "--at-most", args.at_most
    return script("load.py", "--users", args.users, *limits, "--jobs", args.jobs)[1]


def long(args):
    """Peak memory of one minute of speech and of many."""
    return script("long.py", args.long_minutes)[1]


def table(results):
    """The rows of docs/reliability.md as (part, what, figure)."""
    if found := results.get("suite"):
        bad, odd, faults = (found[kind] for kind in ("bad_inputs", "odd_inputs", "faults"))
        yield (
            "suite",
            "bad inputs, options and weights: tried, not refused in a sentence",
            f"{bad['tried']}, {bad['failed']}",
        )
        yield "suite", "odd but good photos and recordings: tried, not taken", f"{odd['tried']}, {odd['failed']}"
        yield "suite", "faults injected, survived", f"{faults['tried']}, {faults['tried'] - faults['failed']}"
    if found := results.get("fuzz"):
        total = {key: sum(door[key] for door in found.values()) for key in ("tried", "refused", "taken", "crashed")}
        slowest, memory = (max(door[key] for door in found.values()) for key in ("slowest", "memory"))
        yield (
            "fuzz",
            "spoilt inputs: tried, refused, taken, crashed",
            "{tried}, {refused}, {taken}, {crashed}".format(**total),
        )
        yield "fuzz", "slowest input, s; largest process, MB", f"{slowest}; {memory}"
    if found := results.get("guided"):
        tried, crashed = (sum(door[key] for door in found.values()) for key in ("tried", "crashed"))
        yield "guided", "coverage-guided inputs: tried, crashed", f"{tried}, {crashed}"
    for part, rows in (("load", LOAD_ROWS), ("long", LONG_ROWS)):
        for what, figure in rows.items() if part in results else ():
            yield part, what, figure.format(**results[part])


def write_page(results):
    rows = "\n".join(f"| {what} | {figure} | {results['made on'][part]} |" for part, what, figure in table(results))
    page = PAGE.read_text()
    marks = "<!-- table: make soak -->", "<!-- end of table -->"
    start, end = page.index(marks[0]) + len(marks[0]), page.index(marks[1])
    PAGE.write_text(f"{page[:start]}\n\n| what | figure | made on |\n|---|---|---|\n{rows}\n\n{page[end:]}")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    options.add_argument("--inputs", type=int, default=24_000, help="spoilt inputs in all")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--guided-seconds", type=int, default=300, help="of atheris at each door")
    options.add_argument("--users", type=int, default=50)
    options.add_argument("--minutes", type=float, default=5)
    options.add_argument("--jobs", type=int, default=500)
    options.add_argument("--at-most", type=float, default=120, help="minutes of the load")
    options.add_argument("--long-minutes", type=float, default=10)
    args = options.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / "results.json"
    results = json.loads(kept.read_text()) if kept.exists() else {}
    for part in args.only:
        found = globals()[part](args)
        print(f"{part}: {json.dumps(found)}", flush=True)
        if found:  # else it was stopped, and what is known of it is what the last run found
            results[part] = found
            results.setdefault("made on", {})[part] = str(date.today())
            kept.write_text(json.dumps(results, indent=1))
    write_page(results)


if __name__ == "__main__":
    main()
