"""Who is held out: one person in six, the same everywhere, so that nothing is measured on somebody it was fitted to."""

import zlib

SPLITS = ("train", "val")
EVERY = 6  # one person in so many is held out


def is_held_out(person):
    """Whether a person is kept for validation: by a hash of the name, so that no file's order matters."""
    return zlib.crc32(person.encode()) % EVERY == 0


def split_of(person):
    """The split of a person whom no table assigns to one: "val" where held out, "train" otherwise."""
    return "val" if is_held_out(person) else "train"
