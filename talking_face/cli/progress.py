"""What a job on the command line says beside its result: notes, progress and time."""

import sys
import time


def print_notes(*notes):
    """A line for each."""
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


def portrait_notes(portrait):
    """A portrait's notes, and how to choose another face where there are several."""
    count = len(portrait.boxes)
    others = [str(number) for number in range(1, count + 1) if number != portrait.number]
    hint = [f"Choose another face by --face {' or '.join(others[:3])}."] if others else []
    return (*portrait.notes[:1], *hint, *portrait.notes[1:])


class Clock:
    """Times the stages of a job."""

    def __init__(self):
        self.start = self.last = time.perf_counter()
        self.laps = {}

    def lap(self, stage):
        """Name what was done since the last lap."""
        now = time.perf_counter()
        self.laps[stage] = round(now - self.last, 3)
        self.last = now

    def report(self):
        """Seconds of each stage and in all."""
        return {"timings": self.laps, "total": round(self.last - self.start, 3)}


class ProgressBar:
    """A tqdm bar on a terminal, nothing elsewhere; called with (frames done, frames in all).

    Says how far the work got when it is interrupted.
    """

    def __init__(self, frames):
        from tqdm import tqdm

        self.done, self.frames = 0, frames
        self.bar = tqdm(total=frames, unit="frame", disable=not sys.stderr.isatty())

    def __enter__(self):
        return self

    def __exit__(self, kind, stop, _):
        self.bar.close()
        if kind is KeyboardInterrupt:
            from talking_face.media.frame_rate import FPS

            stop.args = (f"after {self.done / FPS:.0f} of {self.frames / FPS:.0f} s",)

    def __call__(self, done, _):
        self.bar.update(done - self.done)
        self.done = done


class DownloadBar:
    """A tqdm bar of one file's bytes on a terminal, nothing elsewhere; called with (bytes done, bytes in all)."""

    def __init__(self, name):
        from tqdm import tqdm

        self.bar = tqdm(desc=name, unit="B", unit_scale=True, disable=not sys.stderr.isatty())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bar.close()

    def __call__(self, done, total):
        self.bar.total = total or None
        self.bar.update(done - self.bar.n)
