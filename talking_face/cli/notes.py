"""Sentences beside the result, on standard error."""

import sys


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
