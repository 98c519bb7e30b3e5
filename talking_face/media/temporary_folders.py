"""Folders for unfinished work, beside its destination; what killed jobs left in them is cleared away by the next."""

import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: folders of killed jobs stay until somebody deletes them
    fcntl = None

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
    if fcntl:
        _clear_abandoned(parent)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent) as folder, open(Path(folder) / LOCK, "w") as lock:
        if fcntl:
            _try_lock(lock)
        yield Path(folder)


def _clear_abandoned(parent):
    """Delete the folders whose process is gone."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            if abs(time.time() - folder.stat().st_mtime) < YOUNG:
                continue
            with open(folder / LOCK, "a") as lock:
                abandoned = _try_lock(lock)
        except OSError:  # gone meanwhile, or somebody else's
            continue
        if abandoned:
            shutil.rmtree(folder, ignore_errors=True)


def _try_lock(file):
    """Lock an open file until it is closed; whether nobody else holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
