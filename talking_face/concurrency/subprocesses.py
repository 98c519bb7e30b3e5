"""Python processes that begin anew, for what only they can show: start-up time and memory."""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from talking_face.paths import ROOT


def run_python(arguments: Sequence[object], check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run Python with this package on its path, whatever the current folder.

    Parameters
    ----------
    arguments : sequence
        Of the command line.
    check : bool
        Raise CalledProcessError where it fails.

    Returns
    -------
    subprocess.CompletedProcess
        With what it printed, as text.
    """
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=check, capture_output=True, text=True)


def peak_memory() -> int:
    """The most memory that this process has held, bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the parent held when it started this process, too
        return 1024 * int(re.findall(r"VmHWM:\s*(\d+)", status.read_text())[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
