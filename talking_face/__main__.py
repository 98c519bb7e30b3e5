"""The program: `python -m talking_face`, or `talking-face` where it is installed."""

import signal
import sys

from talking_face.cli import main


def program():
    """Run the command line and exit; being told to end (SIGTERM) is the same as being interrupted."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())


def _interrupt(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":  # prepare's workers import this file again
    program()
