import numpy as np
import pytest

from support.tiny_data_room import opened
from talking_face.data.motion_sets import Recording
from talking_face.evaluation.lips.correlation import score_speakers, summarise


def recording(shape, source, opening):
    landmarks = np.stack([opened(shape, gap) for gap in opening])
    landmarks[:, 54, 0] += opening
    return Recording("a", source, "a", True, 1.0, np.repeat(opening, 4)[:, None], landmarks)


def test_lips_are_measured_where_they_are_and_at_their_best_lag(shape):
    opening = 0.1 + 0.1 * np.sin(np.arange(100) / 3) * np.cos(np.arange(100) / 7)

    def predict(log_mel):
        """Half as far as the real lips, two frames too early."""
        early = np.roll(log_mel[::4, 0], -2)
        displacement = np.stack([opened(shape, gap) for gap in early / 2]) - shape.mean
        displacement[:, 54, 0] += early
        return displacement

    generated = recording(shape, "generated: A", opening)
    scores = score_speakers([recording(shape, "web video", opening), generated], predict)
    ((kind, (row,)),) = scores.items()
    assert row["lag"] == 2 and row["at best lag"] > 0.99 > row["correlation"]
    assert row["width"] == pytest.approx(row["correlation"], abs=0.01)
    assert row["amplitude"] == pytest.approx(0.5, abs=0.01)
    assert summarise(scores)[f"lag, {kind}"] == 2
