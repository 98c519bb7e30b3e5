"""Where a result is written: checked beforehand, and there only when it is whole.

Files are made under a temporary name beside their destination and renamed at the end, so that a failure leaves nothing
behind.
"""

import errno
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from talking_face.errors import OutputError, shown
from talking_face.media import content_credentials, ffmpeg
from talking_face.media.signing import Signer
from talking_face.media.temporary_folders import scratch_folder

ROOM_PER_SECOND = 1_000_000  # bytes of free disk to ask for before a second of video is made
INCOMPLETE = "The video could not be written to the end: {} and try again."
DISK_FULL = "the disk is full, please free some space"


def check_destination(path, suffix=".mp4", seconds=0.0, signer=None):
    """Make sure, before anything slow begins, that a result can be written.

    Parameters
    ----------
    path : path
        File to be written; an existing file will be replaced.
    suffix : str
        Ending that its name must have.
    seconds : float
        Length of the video to come, to compare with the free disk space.
    signer : signing.Signer, optional
        Who will sign it; by default one made anew.

    Raises
    ------
    OutputError
        If the ending is another, the path is a folder, its folder is missing or unwritable, or the disk is full.
    SettingError
        If ffmpeg is missing, or the host's certificate cannot be used.
    """
    ffmpeg.executable()
    (signer or Signer()).identity()
    path = Path(path)
    folder = path.absolute().parent
    if not _can_name_a_file(path):
        raise OutputError(f"“{shown(path)}” cannot be the name of a file: please choose a shorter and plainer one.")
    if path.is_dir():
        raise OutputError(f"“{shown(path)}” is a folder: please add the name of a file ending in {suffix}.")
    if path.suffix.lower() != suffix:
        raise OutputError(f"“{shown(path.name)}” does not end in {suffix}: please choose a name that does.")
    if not folder.is_dir():
        raise OutputError(f"The folder “{shown(folder)}” does not exist: please create it or choose another.")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"Nothing can be written to the folder “{shown(folder)}”: please choose another.") from error
    if shutil.disk_usage(folder).free < ROOM_PER_SECOND * seconds:
        raise OutputError(
            f"The disk that holds “{shown(folder)}” is full: please free some space or choose another folder."
        )


@contextmanager
def destination(path, suffix, seconds, signer):
    """Yield a path to write to; what is there at the end is moved to `path`, unless an exception came."""
    signer = signer or Signer()
    check_destination(path, suffix, seconds, signer)
    identity = signer.identity()
    path = Path(path).absolute()
    with scratch_folder(path.parent) as folder:
        part = folder / f"part{suffix}"
        yield part
        try:
            content_credentials.mark(part, identity)
            os.replace(part, path)
        except OSError as error:
            advice = DISK_FULL if error.errno == errno.ENOSPC else "please choose another folder"
            raise OutputError(INCOMPLETE.format(advice)) from error


def _can_name_a_file(path):
    """Whether the file system takes such a name, if nothing else is in the way."""
    try:
        os.lstat(path)
    except ValueError:  # a zero in it
        return False
    except OSError as error:
        return error.errno != errno.ENAMETOOLONG
    return True
