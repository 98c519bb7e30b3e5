import numpy as np

from talking_face.emotions import IN_ORDER


def test_six_emotions_side_by_side_are_in_step(engine, portrait, speech):
    chunk = next(engine.all_emotions(portrait, speech, intensity=1.2, seed=3))
    alone = next(engine.render(portrait, speech, "disgust", 1.2, seed=3, crop=True))
    assert chunk.dtype == np.uint8 and chunk.shape[0] == len(alone)
    assert all(side % 2 == 0 for side in chunk.shape[1:3])
    last = chunk[:, -4 - 256 : -4, -4 - 256 : -4]
    assert IN_ORDER[-1] == "disgust" and np.array_equal(last, alone)
    faces = [chunk[-1, top : top + 256, left : left + 256] for top in (32, 320) for left in (4, 264, 524)]
    assert len({face.tobytes() for face in faces}) == 6
