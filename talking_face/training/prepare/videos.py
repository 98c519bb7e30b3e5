"""`python -m talking_face prepare`: videos of any kind -> clips to train on.

Processes apart work on several videos at a time; whatever is wrong with one is written down and the rest goes on. A
clip that is already there, made from the same video, is kept.
"""

import csv
import multiprocessing
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from talking_face.data.clip_file import SUFFIX, make_folder, read_attributes, write_clip
from talking_face.data.clip_sources import find_sources
from talking_face.errors import ChoiceError, DataError, TalkingFaceError

CONVERTED, KEPT, SKIPPED = "converted", "kept", "skipped"
SUMMARY = "summary.csv"


class Outcome(NamedTuple):
    """What became of a video: one of `CONVERTED`, `KEPT` and `SKIPPED`, and the reason for the last."""

    file: str
    outcome: str
    reason: str = ""


def prepare(inputs, output, workers, max_seconds):
    """Prepare videos.

    Parameters
    ----------
    inputs : sequence of path
        As for `clip_sources.find_sources`.
    output : path
        Folder for the clips and `SUMMARY`; made if need be.
    workers : int
        Videos to work on at a time.
    max_seconds : float
        Longest video to accept.

    Returns
    -------
    bool
        False where the run was interrupted; the same command goes on with it.

    Raises
    ------
    DataError
        There is nothing to prepare, or no video could be; `SUMMARY` says why, then.
    ChoiceError
        `workers` is not positive.
    """
    from tqdm import tqdm

    if workers < 1:
        raise ChoiceError(f"{workers} workers cannot work; please choose at least 1.")
    sources = find_sources(inputs)
    output = make_folder(output)
    outcomes, todo = [], []
    for source in sources:
        if source.fault:
            outcomes.append(Outcome(str(source.path), SKIPPED, source.fault))
        elif _is_there(source, output):
            outcomes.append(Outcome(str(source.path), KEPT))
        else:
            todo.append(source)
    try:
        with tqdm(total=len(todo), unit="video", disable=not sys.stderr.isatty()) as bar:
            for outcome in _prepare_all(todo, output, workers, max_seconds):
                outcomes.append(outcome)
                bar.update()
    except KeyboardInterrupt:
        print(f"stopped after {len(outcomes)} of {len(sources)} videos; the same command goes on from there")
        return False
    _report(sorted(outcomes), output)
    return True


def prepare_one(source, output, max_seconds):
    """Prepare one video; returns its `Outcome`, whatever is wrong with it."""
    from talking_face.training.prepare.clip_maker import make_clip

    try:
        clip, faces = make_clip(source, max_seconds)
        write_clip(_clip_path(output, source), clip, faces, source.fingerprint())
    except TalkingFaceError as error:
        return Outcome(str(source.path), SKIPPED, str(error))
    except Exception as error:  # one video's surprise must not stop the others
        return Outcome(str(source.path), SKIPPED, f"It could not be worked on ({type(error).__name__}: {error}).")
    return Outcome(str(source.path), CONVERTED)


def _prepare_all(sources, output, workers, max_seconds):
    """Yield an outcome a source, in no order."""
    left = dict.fromkeys(sources)  # in order, and quick to take from
    while left:
        spawn = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(min(workers, len(left)), spawn, _begin_worker)
        try:
            futures = {pool.submit(prepare_one, source, output, max_seconds): source for source in left}
            for future in as_completed(futures):
                try:
                    outcome = future.result()
                except BrokenProcessPool:
                    continue
                del left[futures[future]]
                yield outcome
        finally:
            pool.shutdown(cancel_futures=True)
        if left:
            # A video has brought its process down, and the pool with it. From now on one process takes them in turn, so
            # that the next time it is the first that is left.
            if workers == 1:
                source = next(iter(left))
                del left[source]
                yield Outcome(str(source.path), SKIPPED, "Its decoder or the search for faces broke down on it.")
            workers = 1


def _begin_worker():
    """One thread a worker: the workers are the parallelism."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the run in order
    os.environ["OMP_NUM_THREADS"] = "1"  # for torch, should the search for faces need it
    import cv2

    cv2.setNumThreads(1)


def _is_there(source, output):
    """Whether a whole clip was made of this very video already."""
    made_from = read_attributes(_clip_path(output, source)).get("fingerprint")
    return made_from is not None and source.path.is_file() and made_from == source.fingerprint()


def _clip_path(output, source):
    return output / f"{source.name}{SUFFIX}"


def _report(outcomes, output):
    """Write the summary, print it, and refuse to call a run without a single clip a success."""
    with open(output / SUMMARY, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Outcome._fields)
        writer.writerows(outcomes)
    counts = Counter(outcome.outcome for outcome in outcomes)
    for outcome in outcomes:
        if outcome.outcome == SKIPPED:
            print(f"skipped {outcome.file}: {outcome.reason}")
    print(", ".join(f"{counts[name]} {name}" for name in (CONVERTED, KEPT, SKIPPED)) + f"; see {output / SUMMARY}")
    if counts[SKIPPED] == len(outcomes):
        raise DataError(f"None of the {len(outcomes)} videos could be prepared; “{output / SUMMARY}” says why of each.")
