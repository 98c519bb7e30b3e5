"""PyTorch without what only its compiler wants.

At the end of its import PyTorch describes thousands of operators to `torch.compile` and `torch.export`, in Python; that
takes a third of the import. Here it happens when the compiler itself is imported, which is never in this program. Where
PyTorch has been imported before this package, nothing is changed.
"""

import contextlib
import gc
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

DESCRIPTIONS, COMPILER = "torch._meta_registrations", "torch._dynamo"


class _DescribeLater(MetaPathFinder, Loader):
    """Finds an empty module in place of the descriptions, until the compiler is looked for."""

    def find_spec(self, name, path=None, target=None):
        if name == DESCRIPTIONS:
            return ModuleSpec(name, self)
        if name == COMPILER:
            sys.meta_path.remove(self)
            sys.modules.pop(DESCRIPTIONS, None)
            import_module(DESCRIPTIONS)
        return None

    def exec_module(self, module):
        """There is nothing in it."""


def describe_later():
    """Put it off, for this process."""
    if "torch" not in sys.modules and not any(isinstance(finder, _DescribeLater) for finder in sys.meta_path):
        sys.meta_path.insert(0, _DescribeLater())


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """Import without the garbage collector, which looks through all there is again and again and finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
