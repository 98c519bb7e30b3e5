"""The page with an engine that only pretends: `python pretend_app.py PORT`. A video shows the photo, in little."""

import sys
from concurrent.futures import Future

import numpy as np

from support.planted_faces import planted_face
from talking_face.face.images import load_image
from talking_face.face.portrait import Photo, Portrait
from talking_face.logs import keep_private
from talking_face.media.private_files import private_files

SIDE = 64  # pixels


class StillPhoto(Photo):
    """A photo of a face that is always found."""

    def portrait(self, number=1):
        points = np.full((68, 2), SIDE / 2.0)
        return Portrait(self.image, points, np.eye(2, 3), self.image, (), number=number, boxes=self.boxes)


class StillEngine:
    """Makes a video of frames that are all the photo."""

    signer = None

    def faces(self, path):
        return StillPhoto(load_image(path, SIDE), [planted_face((30, 30), 10)], np.eye(2, 3), path, SIDE, None)

    def speech(self, path, max_seconds):
        from talking_face.audio import load_speech

        return load_speech(path, max_seconds)

    def render(self, portrait, speech, *_, **__):
        for _ in range(speech.frames):
            yield portrait.image[None]

    def forget(self):
        pass


def main(port):
    keep_private()
    with private_files():
        import threading

        from talking_face.ui import LAUNCH, build
        from talking_face.ui.studio import Studio

        engine = Future()
        engine.set_result(StillEngine())
        page = build(Studio(engine))
        page.launch(server_port=int(port), prevent_thread_lock=True, **LAUNCH)
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
