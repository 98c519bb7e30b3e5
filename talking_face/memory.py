"""Memory that a process would hold for nothing, on Linux; elsewhere nothing is done."""

import ctypes
import mmap
import sys

ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h
FOR_CARDS = ("/site-packages/nvidia/", "libtorch_cuda")  # in the paths of libraries for NVIDIA's cards


def share_arena() -> None:
    """Let all threads take memory from one place; to be called before there are others.

    Otherwise glibc gives each thread a place of its own, and what one has done with is not there for the next: 0.06 GB
    for a video. Our threads ask for large blocks and seldom, so they hardly wait for each other.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:  # musl has none
        mallopt(ARENA_MAX, 1)


def unmap_libraries_for_cards() -> None:
    """Give back what loading the libraries for NVIDIA's cards has read of them: 0.14 GB, and nothing here runs them.

    It is their code, and the tables at the start of each file. Nobody writes to either, so who wants them all the same
    gets them from the file again.
    """
    if sys.platform != "linux":
        return
    madvise = ctypes.CDLL(None).madvise
    with open("/proc/self/maps") as mappings:
        for addresses, rights, offset, _, _, path in (line.split(maxsplit=5) for line in mappings if "/" in line):
            unwritten = rights == "r-xp" or (rights == "r--p" and not int(offset, 16))
            if unwritten and any(name in path for name in FOR_CARDS):
                start, end = (int(address, 16) for address in addresses.split("-"))
                madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)
