"""`train`: a network from its configuration."""

from pathlib import Path

from talking_face.cli.exit_codes import INTERRUPTED
from talking_face.paths import CONFIGS


def add_parser(commands):
    train = commands.add_parser("train", help="train a network, or go on with a run")
    train.add_argument("--config", type=Path, required=True, help=f"YAML file; ours are in {CONFIGS}")
    train.add_argument("overrides", nargs="*", metavar="key=value", help="changes to the configuration")
    train.set_defaults(run=run)


def run(args):
    from talking_face.training.core.command import train

    return 0 if train(args.config, args.overrides) else INTERRUPTED
