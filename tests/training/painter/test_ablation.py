import shutil

import cv2
import numpy as np
import pytest
import torch


@pytest.mark.parametrize("variant", ["deformable", "attention"])
def test_the_ablation_variants_start_as_the_warp_and_learn(variant, faces, mouths):
    from talking_face.training.painter.ablated_painters import PAINTERS
    from talking_face.training.painter.painting import paint, prepare
    from talking_face.training.painter.pairs import PairSampler

    batch = prepare(*PairSampler(faces, faces, mouths).batch(2, np.random.default_rng(0)))
    torch.manual_seed(0)
    painter = PAINTERS[variant]()
    painting, picture = paint(painter, batch)
    assert (picture - batch["moved"]).abs().mean() < 0.05
    (painting.colour - batch["target"]).abs().mean().backward()
    assert painter.head.weight.grad.abs().sum() > 0


@pytest.mark.slow
def test_the_ablation_report_measures_runs_and_keeps_the_prose(finished, data_room, tmp_path, capsys):
    from talking_face.training.painter import ablation

    folder, _ = finished("generator")
    shutil.copytree(folder, tmp_path / "runs" / "drawing")
    (tmp_path / "ablation.md").write_text(f"# Title\n\n{ablation.BEGIN}\nold\n<!-- end of table -->\nProse.\n")
    options = ["--runs", str(tmp_path / "runs"), "--data", str(data_room), "--output", str(tmp_path)]
    assert ablation.main(options) == 0
    page = (tmp_path / "ablation.md").read_text()
    assert page.startswith("# Title") and page.endswith("Prose.\n") and "old" not in page
    rows = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) == 3 * 4 and sum("+ drawing, adversarial" in row for row in rows) == 3
    assert cv2.imread(str(tmp_path / "ablation.jpg")).shape[1] == 4 * 144
    (tmp_path / "runs" / "drawing" / "checkpoint.pt").unlink()
    assert ablation.main(options) == 2 and "holds no run" in capsys.readouterr().err
