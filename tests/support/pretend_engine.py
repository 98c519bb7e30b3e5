"""An engine that only pretends."""

from concurrent.futures import Future

import numpy as np

from support.planted_faces import grey, planted_face
from talking_face.audio import load_speech
from talking_face.engine import TalkingFace
from talking_face.face.portrait import Photo, Portrait


class PretendPhoto(Photo):
    """A photo all of whose faces will do."""

    def portrait(self, number=1):
        face, crop = self.faces[number - 1], grey(256, 256)
        notes = ("The face is dark.",)
        return Portrait(self.image, face.landmarks, np.eye(2, 3), crop, notes, number=number, boxes=self.boxes)


class PretendEngine:
    """Counts how often it is asked; `error` is what its next answers raise, `people` are the faces in its photos.

    With `counts`, frames are the brighter the later."""

    signer = None
    all_emotions = TalkingFace.all_emotions

    def __init__(self):
        self.portraits, self.speeches, self.rendered, self.error = 0, 0, [], None
        self.firsts, self.ready, self.counts = [], [], False
        self.while_rendering, self.people = lambda: None, [planted_face((60, 100), 30)]

    def faces(self, path):
        if self.error:
            raise self.error
        self.portraits += 1
        return PretendPhoto(grey(200, 300), self.people, np.eye(2, 3), path, 1280, None)

    def speech(self, path, max_seconds):
        self.speeches += 1
        return load_speech(path, max_seconds)

    def render(
        self, portrait, speech, emotion="", intensity=1.0, seed=0, crop=False, mark=False, liveliness=1.0, first=0
    ):
        if self.error:
            raise self.error
        self.firsts.append(first)
        self.rendered.append((portrait.image.shape[:2], emotion, intensity, mark))
        self.talking = portrait.number
        image = np.zeros((256, 256, 3), np.uint8) if crop else portrait.image
        for begin in range(first, speech.frames, 20):
            self.while_rendering()
            frames = np.repeat(image[None], min(20, speech.frames - begin), 0)
            if self.counts:
                frames[:] = 2 * np.arange(begin, begin + len(frames))[:, None, None, None]
            yield frames

    def get_ready(self, portrait=None, speech=None):
        self.ready += [given for given in (portrait, speech) if given is not None]

    def forget(self):
        self.forgotten = True


def loaded(engine):
    """An engine as the page waits for it."""
    future = Future()
    future.set_result(engine)
    return future
