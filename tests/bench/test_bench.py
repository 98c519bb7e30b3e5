import json

import pytest

from talking_face import bench
from talking_face.bench import fresh, workers, yardsticks
from talking_face.bench.timing import Row, timed
from talking_face.cli import parser


def test_a_figure_is_the_median_with_its_spread():
    row = Row("work", "s", [3.0, 1.0, 2.0], "<= 2")
    assert row.median == 2 and row.line() == "work: 2 s (1 to 3)"
    assert row.cells() == ("work", "2 s", "1 to 3", "<= 2")
    assert row.scaled("work", 1000, "ms").values == [3000, 1000, 2000]
    assert row.rate("work", 6, "a second").values == [2, 6, 3]


def test_warming_up_is_not_counted():
    done = []
    assert len(timed("work", lambda: done.append(0), 3, warm_up=2).values) == 3
    assert len(done) == 5


def test_the_report_holds_every_row(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bench, "SECTIONS", {"one": lambda runs, lengths: [Row("a", "s", [1.0] * runs, "<= 2")]})
    bench.bench(tmp_path / "report", runs=2)
    report = json.loads((tmp_path / "report" / "bench.json").read_text())
    assert report["rows"] == [{"name": "a", "unit": "s", "values": [1, 1], "bar": "<= 2", "median": 1}]
    assert report["machine"]["cores"] > 0
    assert "| a | 1 s | 1 to 1 | <= 2 |" in (tmp_path / "report" / "bench.md").read_text()
    assert "a: 1 s" in capsys.readouterr().out


def test_the_deformable_convolutions_are_those_of_the_painter():
    assert yardsticks.deformable_sizes() == ((48, 24), (64, 12))
    theirs, ours, ratio = yardsticks._deformable(1, 8, 6)
    assert ratio.values == [pytest.approx(theirs.values[0] / ours.values[0])]


def test_the_command_knows_its_options():
    args = parser().parse_args(["bench", "--runs", "3", "--short", "--only", "stages"])
    assert args.runs == 3 and args.short and args.only == ["stages"]


def test_time_and_memory_are_followed_over_the_length(monkeypatch):
    monkeypatch.setattr(fresh, "_seconds", lambda command: 1.0)
    asked = []

    def jobs(seconds, runs):
        asked.append((seconds, runs))
        return {"seconds": [seconds / 4] * runs, "memory": [0.5 + seconds / 1000] * runs}

    monkeypatch.setattr(fresh, "_jobs", jobs)
    rows = {row.name: row for row in fresh.measure_fresh(2, (1, 20, 600))}
    assert asked == [(10, 2), (1, 2), (20, 2), (600, 1)]
    assert rows["600 s of speech, over 60 times 10 s"].median == 1
    assert rows["20 s of speech, whole job warm"].values == [5, 5]
    assert rows["peak memory, 600 s of speech over 20 s"].median == pytest.approx(1.1 / 0.52)


def test_two_processes_are_compared_with_one(monkeypatch):
    worker = "import sys\nprint('done', flush=True)\nfor line in sys.stdin: print('done', flush=True)"
    monkeypatch.setattr(workers, "PROGRAM", ("-c", worker))
    one, two, ratio = workers.measure_workers(3)
    assert ratio.values == pytest.approx([both / alone for alone, both in zip(one.values, two.values)])
    assert len(ratio.values) == 3 and min(ratio.values) > 0
