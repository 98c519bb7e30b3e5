"""Times, and how they are shown."""

import time
from contextlib import closing
from statistics import median
from typing import NamedTuple


class Row(NamedTuple):
    """One figure.

    Attributes
    ----------
    name : str
    unit : str
    values : list of float
        One a run.
    bar : str
        What it should reach; empty where nothing was set.
    """

    name: str
    unit: str
    values: list
    bar: str = ""

    @property
    def median(self):
        """Of the values."""
        return median(self.values)

    def line(self):
        """For the terminal."""
        spread = f"({_short(min(self.values))} to {_short(max(self.values))})" if len(self.values) > 1 else ""
        return f"{self.name}: {_short(self.median)} {self.unit} {spread}".rstrip()

    def cells(self):
        """For a table: name, median, spread and bar."""
        spread = f"{_short(min(self.values))} to {_short(max(self.values))}"
        return self.name, f"{_short(self.median)} {self.unit}", spread, self.bar

    def scaled(self, name, factor, unit, bar=""):
        """The same runs in another unit: values multiplied by `factor`."""
        return Row(name, unit, [value * factor for value in self.values], bar)

    def rate(self, name, count, unit, bar=""):
        """The same runs as a rate: `count` things in each run's time."""
        return Row(name, unit, [count / value for value in self.values], bar)


def timed(name, work, runs, bar="", warm_up=1):
    """Time some work.

    Parameters
    ----------
    name : str
    work : callable
    runs : int
    bar : str
        As in `Row`.
    warm_up : int
        Runs before, not counted.

    Returns
    -------
    Row
        In seconds.
    """
    values = []
    for run in range(warm_up + runs):
        start = time.perf_counter()
        work()
        if run >= warm_up:
            values.append(time.perf_counter() - start)
    return Row(name, "s", values, bar)


def timed_first(name, begin, runs, bar=""):
    """As `timed`, until the first of the items that `begin()` starts to make; stopping the rest is not counted."""
    values = []
    for _ in range(1 + runs):
        start = time.perf_counter()
        with closing(begin()) as items:
            next(items)
            values.append(time.perf_counter() - start)
    return Row(name, "s", values[1:], bar)


def _short(value):
    """Three digits that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
