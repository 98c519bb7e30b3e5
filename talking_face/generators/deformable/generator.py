"""Our generator: sound to landmark motion, and the photo's own pixels moved by it, with the inside of the mouth painted."""

from functools import lru_cache, partial

import numpy as np

from talking_face.concurrency.thread_pool import alone, in_order, worker_count
from talking_face.paths import CHECKPOINTS
from talking_face.weights import load_network

CHUNK_BYTES = 8_000_000  # of finished frames in one piece, of which several wait
MIN_CHUNK, MAX_CHUNK = 4, 12  # frames; fewer are slow to paint, more gain nothing and the first come later
REMEMBERED = 8  # photos whose prepared state is kept


class DeformableGenerator:
    """Motion model and renderer behind `engine.TalkingFace`.

    Parameters
    ----------
    shape : face_shape.FaceShape
    motion : motion.MotionModel
    renderer : render.Renderer
    """

    KIND = "deformable painter"

    def __init__(self, shape, motion, renderer):
        self.shape, self.motion, self.renderer = shape, motion, renderer
        self._state = lru_cache(maxsize=REMEMBERED)(partial(alone, self._make_state))

    @classmethod
    def load(cls, path=CHECKPOINTS / "deformable.safetensors"):
        """Read weights of the painter, and what ships of all else.

        Raises
        ------
        CheckpointError
            They are missing or damaged.
        """
        from talking_face.face.shape import FaceShape
        from talking_face.generators.deformable.painter import DeformablePainter
        from talking_face.generators.deformable.renderer import Renderer
        from talking_face.motion.model import MotionModel

        painter = load_network(path, cls.KIND, DeformablePainter)
        return cls(FaceShape.load(), MotionModel.load(), Renderer(painter))

    def frames(self, portrait, speech, emotion, intensity, seed, crop):
        """Frames of a portrait saying a recording; arguments and chunks as in `engine.TalkingFace.render`, already checked."""
        return self.render_motion(portrait, self.motion(speech.log_mel, emotion, intensity, seed), crop)

    def render_motion(self, portrait, motion, crop=False):
        """Make frames of a given `motion.Motion`; yields as `frames` does."""
        from talking_face.motion.model import drive

        state, landmarks, expression = self.prepare(portrait, crop)
        parts = pieces(len(motion.shape), chunk_size(state.canvas.image))
        return in_order(lambda part: self._chunk(state, drive(landmarks, expression, motion, part)), parts)

    def prepare(self, portrait, crop=False):
        """What is computed once a photo and kept: renderer state, landmarks and expression (face units)."""
        return self._state(PortraitKey(portrait), crop)

    def forget(self):
        """Drop what is kept of photos."""
        self._state.cache_clear()

    def _chunk(self, state, driven):
        """Whole pictures, (T, H, W, 3) uint8, of driven landmarks (T, 68, 2)."""
        chunk = np.empty((len(driven), *state.canvas.image.shape), np.uint8)
        for part, whole in zip(self.renderer.stream(state, driven), chunk):
            state.canvas.paste(part, whole)
        return chunk

    def _make_state(self, key, crop):
        from talking_face.face import geometry
        from talking_face.face.shape import resting_landmarks
        from talking_face.generators.deformable.renderer import Canvas

        portrait = key.portrait
        landmarks = geometry.crop_to_face(geometry.transform(portrait.matrix, portrait.landmarks))
        canvas = Canvas(portrait.crop, np.eye(3)[:2]) if crop else Canvas(portrait.image, portrait.matrix)
        state = self.renderer.state(canvas, portrait.crop, landmarks)
        return state, landmarks, landmarks - resting_landmarks(landmarks, self.shape)


def chunk_size(picture):
    """Frames to make at once of a picture, (H, W, 3) uint8."""
    return min(MAX_CHUNK, max(MIN_CHUNK, CHUNK_BYTES // picture.nbytes))


def pieces(frames, size):
    """Cut a video into pieces of at most `size` frames, smaller ones towards the end: list of slice.

    So no core waits long for the last one (guided self-scheduling, Polychronopoulos & Kuck 1987).
    """
    ends = [0]
    while ends[-1] < frames:
        share = -(-(frames - ends[-1]) // (2 * worker_count()))
        ends.append(min(frames, ends[-1] + min(size, max(MIN_CHUNK, share))))
    return [slice(first, last) for first, last in zip(ends, ends[1:])]


class PortraitKey:
    """Lets a portrait, which holds arrays, be a cache key: equal to itself alone."""

    def __init__(self, portrait):
        self.portrait = portrait

    def __hash__(self):
        return id(self.portrait)

    def __eq__(self, other):
        return self.portrait is other.portrait
