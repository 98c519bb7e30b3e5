"""`python -m talking_face train`."""

from talking_face.training.core.config import load_recipe, read_config


def train(config, overrides=()):
    """Train what a configuration describes, or go on with its run.

    Parameters
    ----------
    config : path
        YAML file.
    overrides : sequence of str
        `key=value` changes to it.

    Returns
    -------
    bool
        Whether the run is finished; False if it was interrupted.

    Raises
    ------
    ConfigError
        A key or value is not what the recipe takes.
    TrainingError
        Training cannot start or go on.
    """
    name, settings = read_config(config, overrides)
    from talking_face.training.core import loop

    return loop.train(load_recipe(name)(settings))
