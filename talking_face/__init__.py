"""A photo and a voice become a talking face.

Examples
--------
>>> from talking_face import TalkingFace
>>> engine = TalkingFace.load()
>>> portrait = engine.portrait("selfie.jpg")  # once a photo
>>> speech = engine.speech("sentence.wav")  # once a recording
>>> engine.write("out.mp4", portrait, speech, emotion="happiness")

What cannot be used raises a `TalkingFaceError`, which says so in one sentence. Nothing heavy is imported before the
engine is asked for.
"""

from typing import TYPE_CHECKING

from talking_face.emotions import EMOTIONS
from talking_face.errors import TalkingFaceError
from talking_face.generators.registry import available_models
from talking_face.lean_torch import describe_later
from talking_face.timeline import parse_emotions

if TYPE_CHECKING:
    from talking_face.engine import TalkingFace

describe_later()

__version__ = "1.0.0"
__all__ = ["EMOTIONS", "TalkingFace", "TalkingFaceError", "__version__", "available_models", "parse_emotions"]


def __getattr__(name: str) -> object:
    if name == "TalkingFace":
        from talking_face.engine import TalkingFace

        return TalkingFace
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
