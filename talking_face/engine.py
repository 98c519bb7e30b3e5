"""The five steps tied together, once, for the command line, the demo, the evaluation and the benchmarks alike.

    engine = TalkingFace.load("deformable")
    portrait = engine.portrait("selfie.jpg")     # the slow part, once a photo
    speech = engine.speech("sentence.wav")       # once a recording
    for frames in engine.render(portrait, speech, emotion="happiness"):
        ...                                      # (T, H, W, 3) uint8, RGB
"""

from functools import lru_cache

import numpy as np

from talking_face.emotions import EMOTIONS, parse_emotion
from talking_face.errors import ChoiceError

MODELS = ("deformable",)
MAX_INTENSITY = 1.5
CHUNK_BYTES = 16_000_000  # of finished frames held at once
MAX_CHUNK = 25  # frames

__all__ = ["EMOTIONS", "MODELS", "TalkingFace", "parse_emotion"]


class TalkingFace:
    """Photo, recording and emotion in; frames out. Make one with `TalkingFace.load`."""

    def __init__(self, shape, motion, renderer):
        self.shape, self.motion, self.renderer = shape, motion, renderer
        self._state = lru_cache(maxsize=8)(self._make_state)

    @classmethod
    def load(cls, model="deformable"):
        """Load a generator and all that belongs to it.

        Parameters
        ----------
        model : str
            One of `MODELS`.

        Raises
        ------
        ChoiceError
            No model has that name.
        CheckpointError
            Its weights are missing or damaged.
        """
        if model not in MODELS:
            raise ChoiceError(f"The model {model!r} is not known; please choose one of {', '.join(MODELS)}.")
        from talking_face.face_shape import FaceShape
        from talking_face.models.deformable import DeformablePainter
        from talking_face.motion import MotionModel
        from talking_face.render import Renderer
        from talking_face.weights import CHECKPOINTS, load_weights

        weights, config = load_weights(CHECKPOINTS / "deformable.safetensors", "deformable painter")
        painter = DeformablePainter(**config)
        painter.load_state_dict(weights)
        return cls(FaceShape.load(), MotionModel.load(), Renderer(painter))

    def portrait(self, image, max_side=1280):
        """Find the face in a photo; see `portrait.find_portrait`."""
        from talking_face.portrait import find_portrait

        return find_portrait(image, max_side)

    def speech(self, audio, max_seconds=60):
        """Read a recording; see `audio.load_speech`."""
        from talking_face.audio import load_speech

        return load_speech(audio, max_seconds)

    def render(self, portrait, speech, emotion="neutral", intensity=1.0, seed=0, crop=False):
        """Make the video's frames.

        Parameters
        ----------
        portrait : Portrait
        speech : Speech
        emotion : str
            Any name that `parse_emotion` knows.
        intensity : float
            Strength of the emotion, 0 to 1.5.
        seed : int
            Of blinks and head sway.
        crop : bool
            Render the canonical 256 px crop instead of the whole photo.

        Yields
        ------
        ndarray, (T, H, W, 3) uint8
            Consecutive frames, RGB, 25 a second; memory does not grow with the recording.

        Raises
        ------
        ChoiceError
            Unknown emotion, or an intensity out of range.
        """
        emotion = parse_emotion(emotion)
        if not 0 <= intensity <= MAX_INTENSITY:
            raise ChoiceError(f"The intensity {intensity:g} is out of range; please choose 0 to {MAX_INTENSITY}.")
        motion = self.motion(speech.log_mel, emotion, intensity, seed)
        return self.render_motion(portrait, motion, crop)

    def render_motion(self, portrait, motion, crop=False):
        """Make frames of a given `Motion`; yields as `render` does."""
        from talking_face.motion import drive

        state, landmarks, expression = self.prepare(portrait, crop)
        return self._frames(state, drive(landmarks, expression, motion))

    def prepare(self, portrait, crop=False):
        """What is computed once a photo and kept: renderer state, landmarks and expression (face units)."""
        return self._state(PortraitKey(portrait), crop)

    def _frames(self, state, driven):
        size = min(MAX_CHUNK, max(1, CHUNK_BYTES // state.canvas.image.nbytes))
        for first in range(0, len(driven), size):
            parts = self.renderer.parts(state, driven[first : first + size])
            yield np.stack([state.canvas.paste(part) for part in parts])

    def write(self, path, portrait, speech, emotion="neutral", intensity=1.0, seed=0, crop=False, progress=None):
        """Render and write an MP4.

        Parameters
        ----------
        path : path
        progress : callable, optional
            Called with (frames done, frames in all) after each chunk.

        Returns
        -------
        video.Written

        Raises
        ------
        OutputError
            The file cannot be written; nothing is left behind.
        """
        from talking_face.ahead import ahead
        from talking_face.video import write_video

        frames = self.render(portrait, speech, emotion, intensity, seed, crop)
        if progress:
            frames = _reporting(frames, progress, speech.frames)
        return write_video(path, ahead(frames), speech.sound, speech.rate)

    def _make_state(self, key, crop):
        from talking_face import geometry
        from talking_face.face_shape import resting_landmarks
        from talking_face.render import Canvas

        portrait = key.portrait
        landmarks = geometry.crop_to_face(geometry.transform(portrait.matrix, portrait.landmarks))
        canvas = Canvas(portrait.crop, np.eye(3)[:2]) if crop else Canvas(portrait.image, portrait.matrix)
        state = self.renderer.state(canvas, portrait.crop, landmarks)
        return state, landmarks, landmarks - resting_landmarks(landmarks, self.shape)


class PortraitKey:
    """Lets a portrait, which holds arrays, be a cache key: equal to itself alone."""

    def __init__(self, portrait):
        self.portrait = portrait

    def __hash__(self):
        return id(self.portrait)

    def __eq__(self, other):
        return self.portrait is other.portrait


def _reporting(chunks, progress, total):
    """Pass chunks on, reporting how many frames have gone by."""
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        progress(done, total)
