"""Training as the smoke configurations have it."""

from support.paths import SMOKE_CONFIGS
from talking_face.training.core.config import load_recipe, read_config
from talking_face.training.core.loop import train


class PowerCut(Exception):
    """Ends a run in the middle of a step, without any chance to save."""


def smoke(name, data, run, *changes, power_cut_at=None):
    """Train a smoke configuration; returns the losses of each step taken, by name."""
    folders = f"data={data}", f"run={run}", f"output={run}/weights.safetensors"
    recipe_name, config = read_config(SMOKE_CONFIGS / f"{name}.yaml", [*folders, *changes])
    recipe = load_recipe(recipe_name)(config)
    steps, advance = {}, recipe.advance

    def recorded(step):
        if step == power_cut_at:
            raise PowerCut
        losses = advance(step)
        steps[step] = {key: float(value.detach()) for key, value in losses.items()}
        return losses

    recipe.advance = recorded
    train(recipe)
    return steps
