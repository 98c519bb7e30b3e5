"""Networks of the baseline that are narrow, and so quick, with random weights."""

import numpy as np
import torch

from talking_face.generators.baseline.network import Generator
from talking_face.weights import save_weights

# No two widths alike, so that none can stand in for another.
FILTERS = [4, 6, 8, 10, 12]
NARROW = {
    "filters": FILTERS,
    "speech_filters": [3, 5, 7, 9],
    "image_code": 20,
    "speech_code": 14,
    "emotion_code": 16,
    "noise": 11,
}
FIVE_EMOTIONS = NARROW | {"context": 6, "emotions": 5}


def narrow(**options):
    """A narrow generator; the same weights for the same options."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Generator(**NARROW, **options)


def save_narrow(path, **options):
    """Write a narrow generator as the program has its weights; returns the path."""
    save_weights(path, narrow(**options).state_dict(), "baseline generator", NARROW | options)
    return path


def narrow_inputs():
    """A batch of two, 1610 samples (six frames, the last incomplete) and three frames of video."""
    random = np.random.RandomState(7)
    arrays = {
        "image": random.uniform(-1, 1, (2, 3, 128, 128)),
        "video": random.uniform(-1, 1, (2, 3, 3, 128, 128)),
        "speech": random.uniform(-1, 1, (2, 1, 1610)),
        "emotion": np.eye(FIVE_EMOTIONS["emotions"])[[3, 0]],
    }
    return {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
