"""The program: `python -m talking_face`, or `talking-face` where it is installed."""

import signal
import sys
from typing import NoReturn

from talking_face.cli import main


def program() -> NoReturn:
    """Run the command line and exit; being told to end (SIGTERM) is the same as being interrupted."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":  # prepare's workers import this file again
    program()
