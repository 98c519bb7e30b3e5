"""An engine that only pretends."""

from concurrent.futures import Future

import numpy as np

from talking_face.audio import load_speech
from talking_face.engine import TalkingFace
from talking_face.face.portrait import Portrait


class PretendEngine:
    """Counts how often it is asked; `error` is what its next answers raise."""

    signer = None
    all_emotions = TalkingFace.all_emotions

    def __init__(self):
        self.portraits, self.speeches, self.rendered, self.error = 0, 0, [], None
        self.while_rendering = lambda: None

    def portrait(self, path):
        if self.error:
            raise self.error
        self.portraits += 1
        grey = np.full((300, 200, 3), 128, np.uint8)
        landmarks = np.random.default_rng(0).uniform(50, 150, (68, 2))
        return Portrait(grey, landmarks, np.eye(3)[:2], grey[:256, :256], ("The face is dark.",))

    def speech(self, path, max_seconds):
        self.speeches += 1
        return load_speech(path, max_seconds)

    def render(self, portrait, speech, emotion, intensity, seed=0, crop=False, mark=False):
        if self.error:
            raise self.error
        self.rendered.append((portrait.image.shape[:2], emotion, intensity, mark))
        image = np.zeros((256, 256, 3), np.uint8) if crop else portrait.image
        for first in range(0, speech.frames, 20):
            self.while_rendering()
            yield np.repeat(image[None], min(20, speech.frames - first), 0)

    def forget(self):
        self.forgotten = True


def loaded(engine):
    """An engine as the page waits for it."""
    future = Future()
    future.set_result(engine)
    return future
