import json

import torch

from talking_face.training.core.loop import train


def test_provenance_says_where_the_weights_come_from(toy, tmp_path):
    train(toy())
    shipped = json.loads((tmp_path / "out.provenance.json").read_text())
    kept = json.loads((tmp_path / "run" / "provenance.json").read_text())
    assert kept["config"] == shipped["config"] and kept["config"]["target"] == 3.0
    assert shipped["step"] == 40 and shipped["seconds"] > 0
    assert set(shipped["validation"]) == {"error", "still photo"}
    assert {"commit", "dirty"} == set(shipped["code"])
    assert shipped["packages"]["torch"] == torch.__version__.split("+")[0]
    assert {"python", "processor", "threads", "gpu"} <= set(shipped["machine"])
    data = shipped["data"]
    assert data["files"] == 1 and data["licences"] == {"clips.csv": {"GRID: CC BY 4.0": 2}}
    (tmp_path / "data" / "more").write_text("x")
    train(toy(run=str(tmp_path / "other")))
    other = json.loads((tmp_path / "other" / "provenance.json").read_text())
    assert other["data"]["sha256 of names and sizes"] != data["sha256 of names and sizes"]
