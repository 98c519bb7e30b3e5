import csv
import json

import pytest

from talking_face.cli import main
from talking_face.evaluation import across_clips


@pytest.mark.slow
def test_models_are_compared_on_all_clips(clips_folder, tmp_path, capsys, monkeypatch):
    cost = {"fps": 100.0, "cpu": 20.0, "memory": 500.0}
    monkeypatch.setattr(across_clips, "measure_footprint", lambda model, photo, speech: cost)
    output = tmp_path / "report"
    assert main(["evaluate", "--models", "deformable", "--clips", str(clips_folder), "--output", str(output)]) == 0
    said = capsys.readouterr().out
    assert "skipped broken" in said

    report = json.loads((output / "comparison.json").read_text())
    assert report["clips"] == ["talk"] and list(report["skipped"]) == ["broken"]
    still, ours = report["models"]["still photo"], report["models"]["deformable"]
    # The clip was made by this very model, from the same photo and sound.
    assert ours["lip_correlation"] > 0.9 and ours["psnr_mouth"] > still["psnr_mouth"] + 3
    assert ours.items() >= cost.items() and "fps" not in still

    table = (output / "comparison.md").read_text()
    assert f"| PSNR, dB | {still['psnr']:.2f} | {ours['psnr']:.2f} |" in table
    assert "| frames a second | - | 100.0 |" in table
    with open(output / "comparison.csv") as file:
        rows = list(csv.DictReader(file))
    assert [(row["model"], row["clip"]) for row in rows] == [("still photo", "talk"), ("deformable", "talk")]
    assert float(rows[1]["ssim"]) == pytest.approx(ours["ssim"])
    plots = {path.relative_to(output).as_posix() for path in output.rglob("*.png")}
    assert plots == {"lips.png"} | {f"bars/{key}.png" for key in ours}


@pytest.mark.parametrize("rows, word", [("talk.mp4,train", "for training"), ("broken.mp4,val", "could be used")])
def test_nothing_to_compare_is_said_in_a_sentence(clips_folder, tmp_path, capsys, rows, word):
    (clips_folder / "index.csv").write_text(f"path,split\n{rows}\n")
    options = ["--clips", str(clips_folder / "index.csv"), "--output", str(tmp_path / "r")]
    assert main(["evaluate", "--models", "deformable", *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert word in line
    assert not (tmp_path / "r").exists()


def test_evaluate_without_a_data_room_says_so(tmp_path, capsys):
    assert main(["evaluate", "--data", str(tmp_path), "--only", "motion"]) == 2
    assert "data room" in capsys.readouterr().err
