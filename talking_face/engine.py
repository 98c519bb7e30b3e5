"""The steps tied together, once, for the command line, the demo, the evaluation and the benchmarks alike.

Examples
--------
>>> engine = TalkingFace.load("deformable")
>>> portrait = engine.portrait("selfie.jpg")  # the slow part, once a photo
>>> speech = engine.speech("sentence.wav")  # once a recording
>>> for frames in engine.render(portrait, speech, emotion="happiness"):
...     print(frames.shape)  # (T, H, W, 3) uint8, RGB

Which network makes the frames is the generator's affair: anything that is a `generators.base.Generator`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from talking_face.concurrency.thread_pool import alone
from talking_face.emotions import EMOTIONS, IN_ORDER
from talking_face.face.colour import make_lab_tables
from talking_face.face.landmarks import FaceFinder
from talking_face.generators.registry import DEFAULT_MODEL, MODELS, available_models, load_generator
from talking_face.lean_torch import without_collecting
from talking_face.limits import MAX_INTENSITY, MAX_LIVELINESS, SEEDS, SPEECH_SECONDS, check_number
from talking_face.media.montage import side_by_side
from talking_face.media.signing import Signer
from talking_face.media.watermark import marked
from talking_face.timeline import parse_emotions

if TYPE_CHECKING:
    import numpy as np

    from talking_face.audio import Speech
    from talking_face.face.portrait import Photo, Portrait
    from talking_face.generators.base import Generator
    from talking_face.media.writing import Written

__all__ = ["EMOTIONS", "MODELS", "TalkingFace", "available_models", "parse_emotions"]


class TalkingFace:
    """Photo, recording and emotion in; frames out. Make one with `TalkingFace.load`.

    Parameters
    ----------
    generator : generators.base.Generator
        Makes the frames.
    model : str, optional
        Its name, or the path of its weights.
    landmarks : str, optional
        What finds them; as for `FaceFinder`.
    """

    def __init__(self, generator: Generator, model: str | None = None, landmarks: str | None = None) -> None:
        self.generator, self.model, self.finder, self.signer = generator, model, FaceFinder(landmarks), Signer()

    @classmethod
    def load(cls, model: str | Path = DEFAULT_MODEL, landmarks: str | None = None) -> Self:
        """Load a generator and all that belongs to it.

        Parameters
        ----------
        model : str or path
            One of `MODELS`, or the path of weights; see `generators.registry.load_generator`.
        landmarks : str, optional
            One of `face.landmarks.SOURCES`; see `FaceFinder`.

        Raises
        ------
        ChoiceError
            No model, or no source of landmarks, has that name.
        CheckpointError
            Its weights are missing, damaged or of no generator.
        """
        threading.Thread(target=make_lab_tables, daemon=True).start()  # while torch is imported
        with without_collecting():
            return cls(alone(load_generator, model), str(model), landmarks)

    def get_ready(self, portrait: Portrait | None = None, speech: Speech | None = None) -> None:
        """Do ahead what `render` does once a portrait or once a speech, so that the first frames come sooner."""
        self.generator.get_ready(portrait, speech)

    def forget(self) -> None:
        """Drop what is remembered of photos and recordings."""
        self.generator.forget()

    def faces(self, image: Any, max_side: int = 1280) -> Photo:
        """Find all faces in a photo, kept at no more than `max_side` pixels; see `face.portrait.find_faces`."""
        from talking_face.face.portrait import find_faces

        return find_faces(image, max_side, self.finder)

    def portrait(self, image: Any, max_side: int = 1280, face: int = 1, smile: Any = None) -> Portrait:
        """Find the face to animate.

        Parameters
        ----------
        image, max_side
            As for `face.portrait.find_faces`.
        face : int
            Which, by size from 1, the largest.
        smile : as image, optional
            Another photo of the person, showing the teeth that this one hides.

        Raises
        ------
        PhotoError
            A photo cannot be read or shows no face, there is no such face, it could not be animated well, or `smile`
            shows no teeth.
        """
        portrait = self.faces(image, max_side).portrait(face)
        if smile is None:
            return portrait
        from talking_face.face.portrait import with_smile

        return with_smile(portrait, self.portrait(smile, max_side))

    def speech(self, audio: Any, max_seconds: float = 60) -> Speech:
        """Read a recording of at most so many seconds; see `audio.load_speech`."""
        from talking_face.audio import load_speech

        check_number(max_seconds, *SPEECH_SECONDS, "longest recording")
        return load_speech(audio, max_seconds)

    def say(
        self,
        text: str,
        language: str = "en",
        emotion: str | Iterable[tuple[float, str]] = "neutral",
        intensity: float = 1.0,
        low: bool = False,
        max_seconds: float = 60,
    ) -> Speech:
        """Speak a text in the mood of an emotion, or of the first of several over time.

        Parameters
        ----------
        text, language, low
            As for `audio.synthesis.speak`.
        emotion, intensity
            As for `render`.
        max_seconds : float
            Longest speech to accept.

        Raises
        ------
        ChoiceError, SettingError
            As `audio.synthesis.speak`.
        RecordingError
            It is longer.
        """
        from talking_face.audio.synthesis import mood_of, say

        return self.speech(say(text, language, mood_of(emotion, intensity), low), max_seconds)

    def silence(self, seconds: float) -> Speech:
        """Nothing said for some seconds, for a face that only lives; see `audio.silent_speech`."""
        from talking_face.audio import silent_speech

        return silent_speech(seconds)

    def render(
        self,
        portrait: Portrait,
        speech: Speech,
        emotion: str | Iterable[tuple[float, str]] = "neutral",
        intensity: float = 1.0,
        seed: int = 0,
        crop: bool = False,
        mark: bool = False,
        liveliness: float = 1.0,
        first: int = 0,
    ) -> Iterator[np.ndarray]:
        """Make the video's frames.

        Parameters
        ----------
        portrait : Portrait
        speech : Speech
        emotion : str or sequence of (float, str)
            Any name that `emotions.parse_emotion` knows, or several over time; see `timeline.parse_emotions`.
        intensity : float
            Strength of the emotion, 0 to 1.5.
        seed : int
            Of head, eyes and brows, or of the baseline's noise; another one is another take.
        crop : bool
            Render the canonical 256 px crop instead of the whole photo.
        mark : bool
            Draw a small "AI" in the corner of each frame.
        liveliness : float
            How much head, eyes and brows move: 0 a passport photo that only speaks and blinks, 1 as real speakers, to
            1.5. The baseline's head stays still.
        first : int
            Index of the frame to begin with; those before it are not made.

        Yields
        ------
        ndarray, (T, H, W, 3) uint8
            Consecutive frames, RGB, 25 a second; memory does not grow with the recording.

        Raises
        ------
        ChoiceError
            Unknown emotion, or an intensity, seed or liveliness out of range.
        """
        emotions = parse_emotions(emotion)
        check_number(intensity, 0, MAX_INTENSITY, "intensity")
        check_number(seed, *SEEDS, "seed", whole=True)
        check_number(liveliness, 0, MAX_LIVELINESS, "liveliness")
        frames = self.generator.frames(portrait, speech, emotions, intensity, seed, crop, liveliness, first)
        return marked(frames) if mark else frames

    def all_emotions(
        self,
        portrait: Portrait,
        speech: Speech,
        intensity: float = 1.0,
        seed: int = 0,
        mark: bool = False,
        liveliness: float = 1.0,
        first: int = 0,
    ) -> Iterator[np.ndarray]:
        """The canonical crop in every emotion at once, side by side, each under its emotion's name.

        Parameters and frames as for `render`; the seed is the same for all.
        """
        how = intensity, seed, True, False, liveliness, first
        takes = {name.capitalize(): self.render(portrait, speech, name, *how) for name in IN_ORDER}
        frames = side_by_side(takes)
        return marked(frames) if mark else frames

    def write(
        self,
        path: str | Path,
        portrait: Portrait,
        speech: Speech,
        emotion: str | Iterable[tuple[float, str]] = "neutral",
        intensity: float = 1.0,
        seed: int = 0,
        crop: bool = False,
        mark: bool = False,
        liveliness: float = 1.0,
        progress: Callable[[int, int], object] | None = None,
    ) -> Written:
        """Render and write an MP4.

        Parameters
        ----------
        path : path
        progress : callable, optional
            Called with (frames done, frames in all) after each chunk.

        Returns
        -------
        media.writing.Written

        Raises
        ------
        OutputError
            The file cannot be written; nothing is left behind.
        """
        from talking_face.concurrency.prefetch import ahead
        from talking_face.media.writing import write_video

        frames = self.render(portrait, speech, emotion, intensity, seed, crop, mark, liveliness)
        if progress:
            frames = _reporting(frames, progress, speech.frames)
        return write_video(path, ahead(frames), speech.sound, speech.rate, signer=self.signer)


def _reporting(
    chunks: Iterator[np.ndarray], progress: Callable[[int, int], object], total: int
) -> Iterator[np.ndarray]:
    """Pass chunks on, reporting how many frames have gone by."""
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        progress(done, total)
