"""The command line: `talking-face COMMAND ...`, or `python -m talking_face COMMAND ...`; one module a command.

A command's module has `add_parser(commands)`, which declares its options, and the function that runs it. What is heavy
is imported there when it runs, so that help and mistakes are answered at once. Whatever is wrong with what a person
gave is said in one sentence on standard error, with exit code 2.
"""

import argparse
import sys
from pathlib import Path

from talking_face.cli import (
    bench,
    evaluate,
    fetch_weights,
    gallery,
    generate,
    generate_all,
    portrait,
    prepare,
    train,
    verify,
)
from talking_face.cli.exit_codes import INTERRUPTED, REFUSED
from talking_face.errors import TalkingFaceError

COMMANDS = (generate, generate_all, portrait, verify, fetch_weights, evaluate, bench, gallery, prepare, train)
SCRIPT = "talking-face"  # its name where the package is installed


def main(argv=None):
    """Run a command; returns the exit code."""
    args = parser().parse_args(argv)
    try:
        code = args.run(args)
    except TalkingFaceError as error:
        print(f"talking_face: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt as stop:
        print(" ".join(("talking_face: stopped", *map(str, stop.args))) + "; nothing was written.", file=sys.stderr)
        return INTERRUPTED
    return code or 0


def parser():
    """The argument parser of all commands."""
    name = SCRIPT if Path(sys.argv[0]).stem == SCRIPT else "python -m talking_face"
    root = argparse.ArgumentParser(prog=name, description="A photo and a voice become a talking face.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(commands)
    return root
