"""The app with an engine that only pretends, its videos the photo in little: `python pretend_app.py [option ...]`."""

import numpy as np

import app
from support.planted_faces import planted_face
from support.pretend_engine import PretendEngine, PretendPhoto
from talking_face.face.images import load_image

SIDE = 64  # pixels


class LittleEngine(PretendEngine):
    """Finds a face in any photo."""

    def faces(self, path):
        return PretendPhoto(load_image(path, SIDE), [planted_face((30, 30), 10)], np.eye(2, 3), path, SIDE, None)


if __name__ == "__main__":
    app.load_engine = lambda *_: LittleEngine()
    app.main()
