"""Folders for unfinished work, beside its destination; what killed jobs left in them is cleared away by the next."""

import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".talking-face-"
LOCK = "lock"
YOUNG = 60  # seconds; a folder may exist for a moment before it is locked


@contextmanager
def scratch_folder(parent):
    """Make a folder that goes when the work is done, or, if this process is killed, when the next work begins.

    The process that works in it holds a lock on a file in it, which the system lets go of with the process; so neither
    process numbers nor long ages of files have to be trusted.

    Parameters
    ----------
    parent : Path
        The folder to make it in.

    Yields
    ------
    Path
    """
    from filelock import FileLock

    _clear_abandoned(parent)
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent) as folder,
        FileLock(Path(folder) / LOCK, thread_local=False),
    ):
        yield Path(folder)


def _clear_abandoned(parent):
    """Delete the folders whose process is gone."""
    from filelock import FileLock

    for folder in parent.glob(f"{PREFIX}*"):
        try:
            if abs(time.time() - folder.stat().st_mtime) < YOUNG:
                continue
            with FileLock(folder / LOCK, blocking=False):
                pass
        except OSError:  # at work (a Timeout), gone meanwhile, or somebody else's
            continue
        shutil.rmtree(folder, ignore_errors=True)
