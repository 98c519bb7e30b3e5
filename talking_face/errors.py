"""What can go wrong with a person's photo, recording or choice, each said in one sentence.

Every message tells what is wrong and what to do about it; the command line prints it and exits with code 2,
the demo shows it as a toast.
"""


def shown(path: object, length: int = 100) -> str:
    """A path or name as a sentence may show it: nothing that breaks the line or the terminal, long ones cut."""
    text = "".join(letter if letter.isprintable() else "�" for letter in str(path))
    return text if len(text) <= length else f"{text[: length // 2]}…{text[-length // 2 :]}"


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


class ConfigError(TalkingFaceError):
    """A training configuration has an unknown key, a value of the wrong type or out of range, or cannot be read."""


class TrainingError(TalkingFaceError):
    """Training cannot go on: its loss is no longer a number, its run folder does not fit, or a package is missing."""


class DataError(TalkingFaceError):
    """Training data is missing, damaged or of another layout."""


class SettingError(TalkingFaceError):
    """A setting of whoever runs the program, such as an environment variable, cannot be used."""


class ProvenanceError(TalkingFaceError):
    """A file cannot be asked where it comes from."""


class TimeLimitError(TalkingFaceError):
    """A video takes longer than the host of the page allows."""
