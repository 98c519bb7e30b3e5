"""PyTorch without what only its compiler and NVIDIA's cards want.

At the end of its import PyTorch describes thousands of operators to `torch.compile` and `torch.export`, in Python; that
takes a third of the import. It also imports kernels that are written in Python and compiled when they are called. Here
both happen when the compiler itself is imported, which is never in this program. Where PyTorch has been imported before
this package, nothing is changed.
"""

import contextlib
import gc
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

from talking_face.memory import unmap_libraries_for_cards

LATER, COMPILER = ("torch._meta_registrations", "torch._native"), "torch._dynamo"
BINDINGS = "cuda.bindings"  # NVIDIA's own Python interface; torch asks for it and does without


class _Later(MetaPathFinder, Loader):
    """Finds empty modules in place of `LATER`, and no `BINDINGS`, until the compiler is looked for."""

    def find_spec(self, name, path=None, target=None):
        if name in LATER:
            return ModuleSpec(name, self)
        if name == BINDINGS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name == COMPILER:
            sys.meta_path.remove(self)
            for module in LATER:
                if sys.modules.pop(module, None):
                    import_module(module)
        return None

    def exec_module(self, module):
        """There is nothing in it."""


def describe_later():
    """Put it off, for this process."""
    if "torch" not in sys.modules and not any(isinstance(finder, _Later) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Later())


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """Import without the garbage collector, which looks through all there is again and again and finds nothing.

    What has come with torch it never looks at again: that takes a tenth of a second each time, and twice as long when
    the program ends. Nor do libraries that nothing here runs stay in memory.
    """
    enabled, comes = gc.isenabled(), "torch" not in sys.modules
    gc.disable()
    try:
        yield
    finally:
        if comes:
            gc.freeze()
            unmap_libraries_for_cards()
        if enabled:
            gc.enable()
