"""Fetches the weights of face-alignment, and makes sure that they are what their names say."""

import hashlib
import re
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from talking_face.errors import CheckpointError, OutputError, shown
from talking_face.limits import CHECKPOINT_BYTES
from talking_face.media.temporary_folders import scratch_folder

PIECE = 1 << 18  # bytes at a time
PATIENCE = 30  # seconds without an answer


def name_of(address):
    """The name of the file at an address."""
    return urlsplit(address).path.rsplit("/", 1)[1]


def is_whole(path):
    """Whether a file's SHA-256 begins as its name says, in the way of torch's hub: `name-0123abcd.pth`."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return digest.startswith(re.search(r"-([a-f0-9]{8,})\.", path.name)[1])


def fetch(address, folder, progress=lambda done, total: None):
    """Fetch a file whose name holds the beginning of its SHA-256; it is there as a whole or not at all.

    Parameters
    ----------
    address : str
        Of the file, whose last part is its name.
    folder : Path
        Where to put it; made if need be. A file of that name is replaced.
    progress : callable, optional
        Called with (bytes done, bytes in all, or 0 where the server does not say) after each piece.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    CheckpointError
        The server cannot be reached, or what it sends is another file.
    OutputError
        The folder cannot be written to, or the disk is full.
    """
    path = folder / name_of(address)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with scratch_folder(folder) as scratch:
            with open(scratch / path.name, "wb") as file:
                for piece in _download(address, path.name, progress):
                    file.write(piece)
            if not is_whole(scratch / path.name):
                raise CheckpointError(
                    f"What was sent as {path.name} is damaged or another file; please try again later."
                )
            (scratch / path.name).replace(path)
    except OSError as error:
        raise OutputError(f"Nothing can be written to the folder “{shown(folder)}”; please make room there.") from error
    return path


def _download(address, name, progress):
    """Yield a file's bytes piece by piece."""
    host, done = urlsplit(address).netloc, 0
    try:
        with urlopen(address, timeout=PATIENCE) as answer:
            total = int(answer.headers.get("Content-Length") or 0)
            while done <= CHECKPOINT_BYTES and (piece := answer.read(PIECE)):
                done += len(piece)
                progress(done, total)
                yield piece
    except HTTPError as error:
        raise CheckpointError(f"{host} does not give out {name} ({error.code}); please try again later.") from error
    except (OSError, HTTPException) as error:
        raise CheckpointError(
            f"{name} cannot be fetched from {host}; please check the connection to the internet and try again."
        ) from error
