"""How high inner brows are held, as MediaPipe's blendshape `browInnerUp` tells it, read off landmarks.

The blendshape saturates at both ends, so it is a logistic function of where brows, lids and nose are beside the eyes,
fitted by least squares to the labels of real recordings.
"""

from dataclasses import dataclass

import numpy as np

from talking_face.face import pose
from talking_face.face.geometry import LOWER_LIDS, UPPER_LIDS, eye_centres

INNER_UP = 3  # index of the blendshape
PAIRS = [21, 22], [20, 23], [19, 24], [18, 25], [17, 26], [27], [30]  # whose height is asked: brows, nose
STEPS = 60  # of the fit, at most


@dataclass(frozen=True)
class BrowGauge:
    """The fitted function.

    Attributes
    ----------
    model : ndarray, (N, 3)
        Mean places of `pose.RIGID`.
    weights : ndarray, (F + 1,)
        Of `features`, and a constant.
    """

    model: np.ndarray
    weights: np.ndarray

    @classmethod
    def fit(cls, speakers, model):
        """Fit to recordings (`RealSpeaker`s), `model` as above."""
        from scipy.optimize import least_squares

        asked = np.concatenate([features(speaker.landmarks, model) for speaker in speakers])
        raised = np.concatenate([speaker.blendshapes[:, INNER_UP] for speaker in speakers])
        mean, spread = asked.mean(0), asked.std(0)
        asked = np.column_stack([(asked - mean) / spread, np.ones(len(asked))])
        slope = lambda weights: (_logistic(asked @ weights) * (1 - _logistic(asked @ weights)))[:, None] * asked
        error = lambda weights: _logistic(asked @ weights) - raised
        found = least_squares(error, np.zeros(asked.shape[1]), slope, max_nfev=STEPS).x
        scaled = found[:-1] / spread
        return cls(model, np.append(scaled, found[-1] - scaled @ mean))

    def __call__(self, landmarks):
        """Height of the inner brows in landmarks (T, 68, 2) of a steady camera: (T,), 0 to 1."""
        return _logistic(features(landmarks, self.model) @ self.weights[:-1] + self.weights[-1])

    def agreement(self, speakers):
        """Correlation with the labels of recordings' frames, all together."""
        told = np.concatenate([self(speaker.landmarks) for speaker in speakers])
        return float(np.corrcoef(told, np.concatenate([one.blendshapes[:, INNER_UP] for one in speakers]))[0, 1])


def features(landmarks, model):
    """Heights below the eyes along an upright head, gaps of brows and lids: (T, 68, 2) -> (T, 9), eye distances."""
    turn, scale = pose.fit(landmarks[:, list(pose.RIGID)], model)
    roll = np.radians(pose.angles(turn)[:, 2])[:, None]
    x, y = np.moveaxis((landmarks - eye_centres(landmarks).mean(1, keepdims=True)) / scale[:, None, None], -1, 0)
    right, down = x * np.cos(roll) + y * np.sin(roll), y * np.cos(roll) - x * np.sin(roll)
    heights = [down[:, pair].mean(1) for pair in PAIRS]
    lids = (down[:, LOWER_LIDS] - down[:, UPPER_LIDS]).mean(1)
    return np.stack([*heights, right[:, 22] - right[:, 21], lids], 1)


def _logistic(values):
    return 1 / (1 + np.exp(-values))
