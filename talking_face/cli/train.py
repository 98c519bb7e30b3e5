"""`train`: a network from its configuration; `train-motion`: the motion model."""

from pathlib import Path

from talking_face.cli.exit_codes import INTERRUPTED
from talking_face.paths import CONFIGS


def add_parser(commands):
    _add(commands, "train", None, "train a network, or go on with a run; see configs/")
    _add(commands, "train-motion", CONFIGS / "motion.yaml", "the same for the motion model")


def _add(commands, name, config, description):
    train = commands.add_parser(name, help=description)
    train.add_argument("--config", type=Path, default=config, required=config is None, help="YAML file of the recipe")
    train.add_argument("overrides", nargs="*", metavar="key=value", help="changes to the configuration")
    train.set_defaults(run=run)


def run(args):
    from talking_face.training.core.command import train

    return 0 if train(args.config, args.overrides) else INTERRUPTED
