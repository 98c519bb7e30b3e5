import signal
import sys

from talking_face.cli import main


def stop(*_):
    """Being told to end is the same as being interrupted."""
    raise KeyboardInterrupt


if __name__ == "__main__":  # prepare's workers import this file again
    signal.signal(signal.SIGTERM, stop)
    sys.exit(main())
