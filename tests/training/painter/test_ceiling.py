import cv2
import numpy as np

from talking_face.training.painter.ceiling import measure_ceiling


def test_a_mouth_further_off_is_further_from_the_truth(portrait):
    height, width = portrait.crop.shape[:2]
    frames = np.stack(
        [cv2.warpAffine(portrait.crop, np.float64([[1, 0, shift], [0, 1, 0]]), (width, height)) for shift in range(6)]
    )
    points = portrait.matrix[:, :2] @ portrait.landmarks.T.astype(np.float64) + portrait.matrix[:, 2:]
    labels = np.stack([points.T + [shift, 0] for shift in range(6)])
    results = measure_ceiling(frames, labels)
    assert results["the real mouth a pixel lower"] > results["two pixels lower"] > 10
    assert results["another moment's, of the most similar lips, moved"] > results["two pixels lower"]
