"""The motion model's lips against those of speakers it never heard."""

import json
from collections import defaultdict

import numpy as np

from talking_face.data.motion_sets import MIN_CONFIDENCE, load_recordings, shift_sound
from talking_face.evaluation import metrics
from talking_face.face.geometry import lip_opening
from talking_face.face.shape import FaceShape
from talking_face.motion.model import MotionModel
from talking_face.paths import CHECKPOINTS

KINDS = {"main": "GRID", "grid": "GRID", "arabic": "Arabic news", "web": "free speech on the web"}
MIN_FRAMES = 60  # fewer say nothing about a speaker
STILL_PHOTO = 0.0  # correlation of lips that never move


def measure_motion(engine, data):
    """Lip opening of unseen speakers, predicted against real: correlation a person, and ratio of amplitudes."""
    sync = json.loads((CHECKPOINTS / "sync.json").read_text())
    recordings = [
        shift_sound(recording, sync.get(recording.speaker, 0))
        for recording in load_recordings(data, FaceShape.load())
        if recording.held_out and recording.confidence >= MIN_CONFIDENCE
    ]
    scores = score_speakers(recordings, MotionModel.load().speech_shape)
    numbers, results = summarise(scores), {}
    for kind, rows in scores.items():
        for row in rows:
            print(
                f"  {kind} {row['speaker']}: correlation {row['correlation']:.2f}, "
                f"amplitude {row['amplitude']:.2f}, {len(row['real'])} frames"
            )
        results[f"lip correlation, {kind}, {len(rows)} unseen speakers"] = numbers[f"correlation, {kind}"]
        results[f"lip amplitude, {kind}"] = numbers[f"amplitude, {kind}"]
    return results


def score_speakers(recordings, predict):
    """Lip opening of each speaker, all recordings together, predicted against real.

    Parameters
    ----------
    recordings : list of Recording
    predict : callable
        Log-mel (4 T, 80) -> displacement of the landmarks (T, 68, 2).

    Returns
    -------
    dict of str to list of dict
        Kind of speech -> for each speaker `speaker`, `correlation`, `amplitude` (predicted over real), and both
        openings, `predicted` and `real` (T,), eye distances.
    """
    people = defaultdict(list)
    for recording in recordings:
        predicted, real = lip_opening(predict(recording.log_mel)), lip_opening(recording.landmarks)
        frames = min(len(predicted), len(real))
        people[KINDS[recording.source_group], recording.speaker].append((predicted[:frames], real[:frames]))
    scores = defaultdict(list)
    for (kind, speaker), pairs in people.items():
        predicted, real = (np.concatenate(parts) for parts in zip(*pairs))
        if len(real) >= MIN_FRAMES:
            scores[kind].append(
                {
                    "speaker": speaker,
                    "correlation": metrics.correlation(predicted, real),
                    "amplitude": float(predicted.std() / real.std()),
                    "predicted": predicted,
                    "real": real,
                }
            )
    return dict(scores)


def summarise(scores):
    """Mean correlation and median amplitude of each kind of speech, and the still photo's: a flat dictionary."""
    numbers = {"correlation, still photo": STILL_PHOTO}
    for kind, rows in scores.items():
        numbers[f"correlation, {kind}"] = round(float(np.mean([row["correlation"] for row in rows])), 3)
        numbers[f"amplitude, {kind}"] = round(float(np.median([row["amplitude"] for row in rows])), 2)
    return numbers
