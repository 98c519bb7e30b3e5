"""What can go wrong with a person's photo, recording or choice, each said in one sentence.

Every message tells what is wrong and what to do about it; the command line prints it and exits with code 2,
the demo shows it as a toast.
"""


class TalkingFaceError(Exception):
    """Base of all errors meant to be read by the person at the keyboard."""


class PhotoError(TalkingFaceError):
    """The photo cannot be used: unreadable, no face, face too small or turned away."""


class RecordingError(TalkingFaceError):
    """The recording cannot be used: unreadable, silent, too short or too long."""


class ChoiceError(TalkingFaceError):
    """An option has a value we do not know, such as an unknown emotion or model."""


class OutputError(TalkingFaceError):
    """The result cannot be written where it was asked for."""


class CheckpointError(TalkingFaceError):
    """Weights are missing, damaged or belong to another network."""
