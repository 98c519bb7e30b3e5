"""The motion model's lips against those of speakers it never heard."""

import json
from collections import defaultdict

import numpy as np

from talking_face.data.motion_sets import MIN_CONFIDENCE, load_recordings, shift_sound
from talking_face.data.spoken import espeak
from talking_face.evaluation import metrics
from talking_face.evaluation.lips.bites import measure_bites
from talking_face.evaluation.lips.closings import measure_closings
from talking_face.evaluation.lips.robustness import conditions
from talking_face.evaluation.lips.sync import SyncNetwork, in_step, measure_sync
from talking_face.face.geometry import LIPS, lip_opening
from talking_face.face.shape import FaceShape
from talking_face.motion.model import MotionModel
from talking_face.paths import CHECKPOINTS

KINDS = {
    "main": "GRID",
    "grid": "GRID",
    "arabic": "Arabic news",
    "web": "free speech on the web",
    "emotional": "acted emotions",
    "unheard": "Chinese drama, a language not trained on",
}
MIN_FRAMES = 60  # fewer say nothing about a speaker
MOST_LAG = 4  # frames at which the best correlation is sought
STILL_PHOTO = 0.0  # correlation of lips that never move
# What is said of a speaker -> how it is printed, and how a kind's speakers are summed up.
MEASURES = {
    "correlation": ("lip correlation", np.mean, 3),
    "at best lag": ("lip correlation at best lag", np.mean, 3),
    "width": ("mouth width correlation", np.mean, 3),
    "shape": ("mouth shape error, of a still mouth's", np.mean, 3),
    "amplitude": ("lip amplitude", np.median, 2),
    "lag": ("lag, frames, median", np.median, 2),
    "spread of lag": ("lag, frames, spread", None, 2),
}


def measure_motion(engine, data):
    """Lips of unseen speakers, predicted against real: the numbers of `summarise`, named for the report."""
    sync = json.loads((CHECKPOINTS / "sync.json").read_text())
    recordings = [
        shift_sound(recording, sync.get(recording.speaker, 0))
        for recording in load_recordings(data, FaceShape.load())
        if to_measure(recording)
    ]
    model = MotionModel.load()
    network = SyncNetwork.load()
    truth = [in_step(recording, network) for recording in recordings]
    scores = score_speakers(truth, model.speech_shape)
    numbers, results = summarise(scores), {}
    for kind, rows in scores.items():
        for row in rows:
            print(
                f"  {kind} {row['speaker']}: correlation {row['correlation']:.2f}, at a lag of {row['lag']:g} frames "
                f"{row['at best lag']:.2f}, width {row['width']:.2f}, amplitude {row['amplitude']:.2f}, "
                f"{len(row['real'])} frames"
            )
        for measure in MEASURES:
            people = f", {len(rows)} unseen speakers" if measure == "correlation" else ""
            results[f"{MEASURES[measure][0]}, {kind}{people}"] = numbers[f"{measure}, {kind}"]
    for condition, predict in conditions(model).items():
        numbers = summarise(score_speakers(truth, predict))
        results |= {f"lip correlation {condition}, {kind}": numbers[f"correlation, {kind}"] for kind in scores}
    results |= measure_sync(recordings, model.speech_shape)
    try:
        espeak()
    except OSError:
        print("  espeak-ng is not installed; closings and bites are not measured")
        return results
    return results | measure_closings(model) | measure_bites(model)


def to_measure(recording):
    """Whether a recording is of a real person held out, and surely in sync."""
    return recording.held_out and recording.source_group in KINDS and recording.confidence >= MIN_CONFIDENCE


def score_speakers(recordings, predict):
    """Lips of each speaker, all recordings together, predicted against real.

    Parameters
    ----------
    recordings : list of Recording
        Those of groups that are not in `KINDS` are passed over.
    predict : callable
        Log-mel (4 T, 80) -> displacement of the landmarks (T, 68, 2).

    Returns
    -------
    dict of str to list of dict
        Kind of speech -> for each speaker `speaker`; `correlation` of the lip opening, and that `at best lag`, within
        `MOST_LAG` frames by halves; `lag`, that lag, positive where the real lips are late; `width`, correlation of the
        mouth's width; `shape`, as of `shape_error`; `amplitude` of the opening, predicted over real; and both openings,
        `predicted` and `real` (T,), eye distances.
    """
    people = defaultdict(list)
    for recording in recordings:
        if recording.source_group in KINDS:
            predicted, real = predict(recording.log_mel), recording.landmarks
            frames = min(len(predicted), len(real))
            people[KINDS[recording.source_group], recording.speaker].append((predicted[:frames], real[:frames]))
    scores = defaultdict(list)
    for (kind, speaker), pairs in people.items():
        predicted, real = (lip_opening(np.concatenate(parts)) for parts in zip(*pairs))
        if len(real) >= MIN_FRAMES:
            openings = [(lip_opening(guess), lip_opening(truth)) for guess, truth in pairs]
            lags = np.arange(-2 * MOST_LAG, 2 * MOST_LAG + 1) / 2
            lagged = [shifted_correlation(openings, -lag) for lag in lags]
            row = {
                "speaker": speaker,
                "correlation": metrics.correlation(predicted, real),
                "at best lag": max(lagged),
                "lag": float(lags[np.argmax(lagged)]),
                "width": metrics.correlation(*(mouth_width(np.concatenate(parts)) for parts in zip(*pairs))),
                "shape": float(np.mean([shape_error(*pair) for pair in pairs])),
                "amplitude": float(predicted.std() / real.std()),
                "predicted": predicted,
                "real": real,
            }
            scores[kind].append(row)
    return dict(scores)


def summarise(scores):
    """Each measure of each kind of speech over its speakers, and the still photo's correlation: a flat dictionary.

    Correlations are means; amplitude and lag medians, lag's spread its standard deviation.
    """
    numbers = {"correlation, still photo": STILL_PHOTO}
    for kind, rows in scores.items():
        for measure, (_, reduce, digits) in MEASURES.items():
            value = reduce([row[measure] for row in rows]) if reduce else np.std([row["lag"] for row in rows])
            numbers[f"{measure}, {kind}"] = round(float(value), digits)
    return numbers


def shifted_correlation(pairs, shift):
    """Correlation of predictions, sampled `shift` frames later, with the true lip openings.

    Parameters
    ----------
    pairs : list of (ndarray, ndarray)
        Predicted and true opening of each recording, (T,) each.
    shift : float
        Frames.
    """
    predicted, true = [], []
    for guess, gap in pairs:
        place = np.arange(min(len(guess), len(gap))) + shift
        inside = (place >= 0) & (place <= len(guess) - 1)
        predicted.append(np.interp(place[inside], np.arange(len(guess)), guess))
        true.append(gap[: len(place)][inside])
    return metrics.correlation(np.concatenate(predicted), np.concatenate(true))


def shape_error(predicted, real):
    """How far the mouth's landmarks are off, of how far they move at all: root mean squares; (T, 68, 2) each -> float.

    Means over time are taken out: how a person's lips rest no sound tells.
    """
    predicted, real = (shape[:, LIPS] - shape[:, LIPS].mean(0) for shape in (predicted, real))
    return float(np.sqrt(np.square(predicted - real).sum() / np.square(real).sum()))


def mouth_width(landmarks):
    """Distance of the corners of the mouth: (..., 68, 2) or displacements -> (...)."""
    return landmarks[..., 54, 0] - landmarks[..., 48, 0]
