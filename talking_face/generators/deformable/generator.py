"""Our generator: sound to landmark motion, and the photo's own pixels moved by it, the inside of the mouth painted."""

from functools import partial
from typing import NamedTuple

import numpy as np

from talking_face.concurrency.once import Once
from talking_face.concurrency.pieces import chunk_size, pieces
from talking_face.concurrency.thread_pool import alone, beside, in_order, worker_count
from talking_face.face import geometry
from talking_face.face.images import warp
from talking_face.face.matting.matte import cut_out
from talking_face.face.mesh_estimate import mesh_of
from talking_face.face.shape import FaceShape, close_lips, frontal_landmarks, resting_landmarks
from talking_face.generators.base import Generator
from talking_face.generators.deformable import painter
from talking_face.generators.deformable.inside.bite import bitten, edge_of
from talking_face.generators.deformable.inside.seam import meet
from talking_face.generators.deformable.inside.sharpness import SIZE, blur_of
from talking_face.generators.deformable.inside.shut import shut_mouth
from talking_face.generators.deformable.living_canvas import LivingCanvas
from talking_face.generators.deformable.renderer import WEIGHTS, Renderer, State
from talking_face.motion.driving import drive, turned
from talking_face.motion.model import MotionModel

REMEMBERED = 8  # photos whose prepared state is kept; some megabytes each
HEARD = 16  # speeches of which is kept what they ask for; under a megabyte each
PAINTED = 20  # frames at once, of which many have closed lips
SOON = 8  # frames that are made first
TRUSTED = 0.75  # share of a head's outline that has to be seen for it to be cut out
UNSURE = 0.5  # how much a head moves that is not
KEPT = 0.3  # share of the photo's own expression that stays: without any of it, a smiling face is hardly its owner's


class Prepared(NamedTuple):
    """What is computed once a photo.

    Attributes
    ----------
    state : renderer.State
    landmarks : ndarray, (68, 2)
        The photo's, face units.
    expression : ndarray, (68, 2)
        Displacement that it shows from how it rests in the video, face units.
    yaw : float
        How far its head is turned to the picture's right, degrees.
    extent : float
        How much of a head's movement suits it.
    """

    state: State
    landmarks: np.ndarray
    expression: np.ndarray
    yaw: float
    extent: float


class DeformableGenerator(Generator):
    """Face shape, motion model and renderer, each of which serves by itself too.

    Parameters
    ----------
    shape : FaceShape
    motion : MotionModel
    renderer : Renderer
    """

    KIND = painter.KIND

    def __init__(self, shape, motion, renderer):
        self._shape, self._motion, self._renderer = shape, motion, renderer
        self._prepared = Once(self._prepare, REMEMBERED)
        self._heard = Once(lambda speech: motion.hear(speech.log_mel, speech.samples), HEARD)

    @classmethod
    def load(cls, path=WEIGHTS):
        """Read weights of the painter, and what ships of all else; raises as `base.Generator.load`."""
        return cls(FaceShape.load(), MotionModel.load(), Renderer.load(path))

    def frames(self, portrait, speech, emotion, intensity, seed, crop, liveliness, first=0):
        how, living = (emotion, intensity, seed, liveliness), liveliness > 0
        motion = beside(self._move, speech, *how)
        self.prepare(portrait, crop, living)  # meanwhile
        return self.render_motion(portrait, motion(), crop, living, first)

    def get_ready(self, portrait=None, speech=None):
        if speech is not None and not speech.silent:
            self._heard(speech)
        if portrait is not None:
            self.prepare(portrait)

    def motion(self, log_mel, emotion="neutral", intensity=1.0, seed=0, liveliness=1.0, samples=None):
        """What a face does to a sound, whosever it is: a `motion.model.Motion`; see `motion.model.MotionModel`."""
        return self._motion(log_mel, emotion, intensity, seed, liveliness, samples)

    def _move(self, speech, *how):
        """The motion for a speech, which is heard once."""
        if speech.silent:
            return self._motion.idle(speech.frames, *how)
        return self._motion.move(self._heard(speech), *how)

    def render_motion(self, portrait, motion, crop=False, living=True, first=0):
        """Make frames of a given motion, from `first` on; yields as `frames` does. If not `living`, the head stays."""
        prepared = self.prepare(portrait, crop, living)
        canvas = prepared.state.canvas
        # Painting is the cheaper the more frames are painted at once; finished frames are large.
        size, soon = chunk_size(canvas.image), min(len(motion.shape), first + SOON)
        painted = pieces(len(motion.shape), PAINTED // size * size, soon, size)
        plan = partial(self._plan, prepared, motion)
        finish = lambda plans, size: in_order(partial(_finish, canvas), _cut(plans, size))
        # The first few come before anything else is begun, as somebody waits for them.
        begun = (alone(plan, part) for part in [slice(first, soon)])
        return _chained(finish(begun, -(-SOON // worker_count())), finish(in_order(plan, painted, 1), size))

    def render_part(self, prepared, motion, part=slice(None)):
        """Some frames of a motion: (T, H, W, 3) uint8."""
        return _finish(prepared.state.canvas, self._plan(prepared, motion, part))

    def _plan(self, prepared, motion, part):
        """Some frames of a motion, as `renderer.Renderer.plan` gives them."""
        moved = self.drive(prepared, motion, part), prepared.extent * motion.pose[part], motion.look[part]
        return self._renderer.plan(prepared.state, *moved, motion.bite[part])

    def drive(self, prepared, motion, part=slice(None)):
        """Landmarks of a prepared photo in each frame of a motion, or in some: (T, 68, 2) float32, face units."""
        driven = drive(prepared.landmarks, prepared.expression, motion, part, prepared.yaw)
        return bitten(driven, motion.bite[part], edge_of(prepared.state.anatomy))

    def render_landmarks(self, prepared, landmarks, bite=None):
        """Pictures of a prepared photo with its landmarks (T, 68, 2), face units, elsewhere: (T, H, W, 3) uint8."""
        return _finish(prepared.state.canvas, self._renderer.plan(prepared.state, landmarks, bite=bite))

    def prepare(self, portrait, crop=False, living=True):
        """What is computed once a photo, or once its canonical crop, and remembered: `Prepared`.

        If not `living`, the head stays, and nothing beside the face is touched.
        """
        return self._prepared(PortraitKey(portrait), crop, living)

    def forget(self):
        self._prepared.clear()
        self._heard.clear()

    def _prepare(self, key, crop, living):
        portrait = key.portrait
        picture, _, landmarks = in_detail(portrait)
        landmarks = meet(picture, landmarks)
        image, matrix = (portrait.crop, np.eye(2, 3)) if crop else (portrait.image, portrait.matrix)
        shut, closed = shut_mouth(image, landmarks, matrix, blur_of(picture))
        canvas, extent = self._canvas(portrait, shut, matrix, living)
        open_ = {} if shut is image else {"shown": image, "closed": closed}
        smile = portrait.smile and in_detail(portrait.smile)
        state = self._renderer.state(canvas, portrait.crop, landmarks, portrait.pose[0], smile=smile, **open_)
        frontal, yaw = landmarks, portrait.pose[0]
        if portrait.mesh is not None:
            frontal = frontal_landmarks(portrait.mesh, portrait.pose)
        expression = (1 - KEPT) * turned(frontal - resting_landmarks(frontal, self._shape), landmarks, yaw)
        return Prepared(state, landmarks, landmarks - close_lips(landmarks - expression), yaw, extent)

    def _canvas(self, portrait, image, matrix, living):
        """What a photo, or its crop, is moved on, and how much of a head's movement suits it."""
        mesh = mesh_of(portrait, self._motion.library.mesh)
        if matrix is not portrait.matrix:
            scale = np.hypot(*portrait.matrix[:, 0])
            mesh = np.concatenate([geometry.transform(portrait.matrix, mesh[:, :2]), mesh[:, 2:] * scale], 1)
        if not living:
            return LivingCanvas(image, matrix, mesh, turns=False), 0.0
        matte = cut_out(image, mesh)
        sure = matte.trust >= TRUSTED
        return LivingCanvas(image, matrix, mesh, matte if sure else None), 1.0 if sure else UNSURE


def _cut(plans, size):
    """Parts of plans, of at most `size` frames."""
    return (plan[start : start + size] for plan in plans for start in range(0, len(plan), size))


def _chained(*iterators):
    """One iterator after the other; closed early, unlike `itertools.chain`, it gives up what is begun."""
    for iterator in iterators:
        yield from iterator


def _finish(canvas, plan):
    """Frames of a plan, pictures of a canvas: (T, H, W, 3) uint8."""
    frames = np.empty((len(plan), *canvas.image.shape), np.uint8)
    for arguments, whole in zip(plan, frames):
        canvas.paste(canvas.render(*arguments), whole)
    return frames


def in_detail(portrait):
    """What `inside.mouths.Mouths.own_teeth` takes, of a portrait: picture, crop, landmarks."""
    enlarge = geometry.scaling(SIZE / geometry.CROP_SIZE)
    landmarks = geometry.crop_to_face(geometry.transform(portrait.matrix, portrait.landmarks))
    picture = warp(portrait.image, geometry.compose(portrait.matrix, enlarge), (SIZE, SIZE))
    return picture, portrait.crop, landmarks


class PortraitKey:
    """Lets a portrait, which holds arrays, be a cache key: equal to itself alone."""

    def __init__(self, portrait):
        self.portrait = portrait

    def __hash__(self):
        return id(self.portrait)

    def __eq__(self, other):
        return self.portrait is other.portrait
