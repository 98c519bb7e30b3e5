"""The program: `python -m talking_face`, or `talking-face` where it is installed."""

import atexit
import os
import signal
import sys
from typing import NoReturn

from talking_face.cli import main
from talking_face.memory import share_arena


def program() -> NoReturn:
    """Run the command line and exit; being told to end (SIGTERM) is the same as being interrupted."""
    share_arena()
    signal.signal(signal.SIGTERM, _interrupt)
    code = [1]  # of an error that nobody expected
    atexit.register(_leave, code)  # first, so it is called last
    try:
        code[0] = main()
    except SystemExit as wrong:  # what was typed is no command
        code[0] = int(wrong.code or 0)
    sys.exit(code[0])


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _leave(code: list[int]) -> NoReturn:
    """End at once: torch's libraries, put away one by one, take a fifth of a second and 0.12 GB more."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code[0])


if __name__ == "__main__":  # prepare's workers import this file again
    program()
