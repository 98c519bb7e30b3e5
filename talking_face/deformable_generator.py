"""Our generator: sound to landmark motion, and the photo's own pixels moved by it, with the inside of the mouth painted."""

from functools import lru_cache

import numpy as np

CHUNK_BYTES = 16_000_000  # of finished frames held at once
MAX_CHUNK = 25  # frames
REMEMBERED = 8  # photos whose prepared state is kept


class DeformableGenerator:
    """Motion model and renderer behind `engine.TalkingFace`.

    Parameters
    ----------
    shape : face_shape.FaceShape
    motion : motion.MotionModel
    renderer : render.Renderer
    """

    def __init__(self, shape, motion, renderer):
        self.shape, self.motion, self.renderer = shape, motion, renderer
        self._state = lru_cache(maxsize=REMEMBERED)(self._make_state)

    @classmethod
    def load(cls):
        """Read the shipped weights.

        Raises
        ------
        CheckpointError
            They are missing or damaged.
        """
        from talking_face.face_shape import FaceShape
        from talking_face.models.deformable import DeformablePainter
        from talking_face.motion import MotionModel
        from talking_face.render import Renderer
        from talking_face.weights import CHECKPOINTS, load_weights

        weights, config = load_weights(CHECKPOINTS / "deformable.safetensors", "deformable painter")
        painter = DeformablePainter(**config)
        painter.load_state_dict(weights)
        return cls(FaceShape.load(), MotionModel.load(), Renderer(painter))

    def frames(self, portrait, speech, emotion, intensity, seed, crop):
        """Frames of a portrait saying a recording; arguments and chunks as in `engine.TalkingFace.render`, already checked."""
        return self.render_motion(portrait, self.motion(speech.log_mel, emotion, intensity, seed), crop)

    def render_motion(self, portrait, motion, crop=False):
        """Make frames of a given `motion.Motion`; yields as `frames` does."""
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
