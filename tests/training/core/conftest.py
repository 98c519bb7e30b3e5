import pytest

from support.toy_recipe import ToyConfig, ToyRecipe
from talking_face.training.core import config as configs
from talking_face.training.core.config import make_config


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """Make a toy recipe in a folder of its own; also registered by name."""
    monkeypatch.setitem(configs.RECIPES, "toy", "support.toy_recipe:ToyRecipe")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "clips.csv").write_text("id,source,licence\na,GRID,CC BY 4.0\nb,GRID,CC BY 4.0\n")

    def make(**changes):
        values = {"run": str(tmp_path / "run"), "output": str(tmp_path / "out.pt"), "data": str(tmp_path / "data")}
        values |= {"steps": 40, "learning_rate": 0.1, "warm_up": 4, "validate_every": 20, "save_every": 10, "ema": 0.9}
        return ToyRecipe(make_config(ToyConfig, values | changes))

    return make
