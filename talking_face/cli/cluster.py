"""`generate-all` on many machines: clips go to the workers of a Dask cluster, one at a time.

Start `dask scheduler` on one machine and `dask worker tcp://... --nthreads 1` on each, with this package installed and
the same folders in the same places. A clip whose worker dies is made by another one; its videos are written under other
names until they are whole, so none is there in part.
"""

from functools import lru_cache

from talking_face.errors import SettingError

PATIENCE = 30  # seconds to reach the scheduler
FATAL = "the machines that worked on it died"


def spread(address, clips, output, emotions, engine, rendering, resume):
    """Let a cluster make the videos.

    Parameters
    ----------
    address : str
        Of the scheduler.
    clips : list
        As of `clips.find_clips`; their paths are made absolute.
    output : Path
        Absolute.
    emotions, rendering, resume
        As for `generate_all.make`.
    engine : tuple
        What `TalkingFace.load` takes.

    Yields
    ------
    clip, problem : clip and str or None
        As they come; a sentence if the clip was of no use.

    Raises
    ------
    SettingError
        The cluster cannot be reached, or the package distributed is missing.
    """
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError:
        raise SettingError("--scheduler needs the package distributed; please install it.") from None
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise SettingError(f"No Dask scheduler answers at {address}; please start one there.") from error
    with client:
        given = output, emotions, engine, rendering, resume
        work = {
            client.submit(_make, clip, *given, key=f"{clip.id}-{number}", pure=False): clip
            for number, clip in enumerate(clips)
        }
        for done in as_completed(work):
            try:
                yield work[done], done.result()
            except KilledWorker:
                yield work[done], FATAL


@lru_cache(maxsize=1)
def _engine(model, landmarks):
    """A worker's own, loaded once."""
    from talking_face.engine import TalkingFace

    return TalkingFace.load(model, landmarks)


def _make(clip, output, emotions, engine, rendering, resume):
    from talking_face.cli.generate_all import make

    return make(_engine(*engine), clip, output, emotions, rendering, resume)
