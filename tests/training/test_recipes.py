"""Our own recipes learn from a data room in miniature, and go on after a power cut as if none had been."""

import numpy as np
import pytest

from support.paths import SMOKE_CONFIGS
from support.smoke_runs import PowerCut, smoke
from talking_face.cli import main

pytestmark = pytest.mark.slow

RECIPES = {"generator": "reconstruction", "motion": "member 1"}  # and the loss that has to go down


@pytest.mark.parametrize("name, loss", RECIPES.items())
def test_a_smoke_run_learns(name, loss, finished):
    _, steps = finished(name)
    losses = [step[loss] for step in steps.values() if loss in step]
    assert np.mean(losses[-4:]) < 0.9 * np.mean(losses[:4])


@pytest.mark.parametrize("name", RECIPES)
def test_a_missing_data_room_is_said_in_one_sentence(name, tmp_path, capsys):
    options = [f"data={tmp_path}/nowhere", f"run={tmp_path}/run", f"output={tmp_path}/out"]
    assert main(["train", "--config", str(SMOKE_CONFIGS / f"{name}.yaml"), *options]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "data room" in said and not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", RECIPES)
def test_a_run_goes_on_after_a_power_cut_with_the_losses_it_would_have_had(name, finished, data_room, tmp_path):
    _, steps = finished(name)
    with pytest.raises(PowerCut):
        smoke(name, data_room, tmp_path, power_cut_at=len(steps) - 2)
    resumed = smoke(name, data_room, tmp_path)
    assert 3 <= len(resumed) < len(steps)
    assert resumed == {step: steps[step] for step in resumed}
