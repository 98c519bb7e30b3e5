"""What a running demo keeps on disk, in one folder that goes with the program, however that ends.

Gradio deletes what it served when its server stops in order, which it does not while somebody's page is open or a video
is being made, nor at SIGTERM, with which containers end.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from talking_face.media.temporary_folders import scratch_folder

UPLOADS = "GRADIO_TEMP_DIR"  # Gradio's setting; it reads it when it is imported
SIGNALS = signal.SIGINT, signal.SIGTERM
PATIENCE = 10.0  # seconds to wait for threads that still write, at the end


@contextmanager
def private_files():
    """Let all temporary files of this process, and of those it starts, lie in one folder, which is deleted at the end.

    SIGINT (Ctrl-C) and SIGTERM end the block as `sys.exit` does. The folder lies in that of `GRADIO_TEMP_DIR`, or in
    the system's for temporary files; if the process is killed, the next one deletes it (see `temporary_folders`). To be
    entered in the main thread, before Gradio is imported.
    """
    for number in SIGNALS:
        signal.signal(number, _leave)
    parent = Path(os.environ.get(UPLOADS) or tempfile.gettempdir()).absolute()
    parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(parent) as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
        os.environ[UPLOADS] = str(folder / "gradio")
        try:
            yield
        finally:
            _delete(folder)


def _leave(*_):
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # tidying up takes a moment, and is not to be interrupted
    sys.exit()


def _delete(folder):
    """Delete a folder, into which a thread that is about to end may still write."""
    end = time.monotonic() + PATIENCE
    while folder.exists() and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)
