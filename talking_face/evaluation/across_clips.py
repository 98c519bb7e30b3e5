"""Any models on many clips, each given the first frame and the sound, beside the still photo repeated."""

import json
from pathlib import Path

import numpy as np

from talking_face.audio import load_speech
from talking_face.data.clips import find_clips
from talking_face.data.tables import write_csv
from talking_face.engine import TalkingFace
from talking_face.errors import DataError, PhotoError, RecordingError
from talking_face.evaluation.compared import REAL, STILL
from talking_face.evaluation.comparison import take_model, take_still
from talking_face.evaluation.footprint import measure_footprint
from talking_face.evaluation.report import comparison_tables, plot_bars, plot_lips
from talking_face.evaluation.scores import FACE, PICTURE, RealClip
from talking_face.face.geometry import CROP_SIZE
from talking_face.face.images import warp

KEYS = tuple(measure.key for measure in (*PICTURE, *FACE))
LABELS = {STILL: STILL.lower(), REAL: REAL.lower()}  # in the report


def evaluate_models(models, index, output):
    """Measure models and report.

    Parameters
    ----------
    models : sequence of str or path
        As for `engine.TalkingFace.load`.
    index : path
        As for `clips.find_clips`; clips of split "train" are left out.
    output : path
        Folder for `comparison.md`, `comparison.json`, `comparison.csv` (a row a model and clip), `lips.png` and a bar
        chart a measure in `bars/`.

    Returns
    -------
    dict of str to dict of str to float
        Model -> measure's key -> mean over the clips; for the keys see `scores` and `footprint`.

    Raises
    ------
    DataError
        There are no clips, or none of them can be used; one that cannot is named and left out.
    ChoiceError, CheckpointError
        A model is not known, or its weights are of no use.
    """
    models = {_label(model): model for model in models}
    engines = {name: TalkingFace.load(model) for name, model in models.items()}
    clips = [clip for clip in find_clips(index) if clip.split != "train"]
    if not clips:
        raise DataError(f"All clips of “{index}” are for training; please give some that are not.")
    rows, openings, skipped, example = [], {}, {}, None
    for clip in clips:
        try:
            portrait, speech, real = _read(clip, next(iter(engines.values())))
        except (DataError, PhotoError, RecordingError) as error:
            skipped[clip.id] = str(error)
            print(f"skipped {clip.id}: {error}")
            continue
        example = example or (portrait.image, speech)
        takes = _takes(engines, portrait, speech, clip.emotion or "neutral", real)
        measured, opening = _measure(clip, takes)
        rows += measured
        openings[clip.id] = {LABELS[REAL]: real.opening} | opening
        print(f"measured {clip.id}")
    if not rows:
        raise DataError(f"None of the {len(clips)} clips of “{index}” could be used; the reasons are above.")
    results = {name: _means(rows, name) for name in (LABELS[STILL], *engines)}
    for name, model in models.items():
        results[name] |= measure_footprint(model, *example)
    _write(Path(output), results, rows, openings, skipped)
    return results


def _label(model):
    """A model's name, or the end of its path."""
    return "/".join(Path(model).parts[-2:])


def _read(clip, engine):
    """Portrait and speech of a clip, and its `RealClip` in the portrait's crop."""
    frames = clip.frames()
    portrait, speech = engine.portrait(frames[0]), load_speech(clip.sound())
    count = min(len(frames), speech.frames)
    size = (CROP_SIZE, CROP_SIZE)
    return portrait, speech, RealClip(np.stack([warp(frame, portrait.matrix, size) for frame in frames[:count]]))


def _takes(engines, portrait, speech, emotion, real):
    """Yield a `comparison.Take` of the still photo and of each engine, one at a time, for frames are large."""
    count = len(real.frames)
    yield take_still(portrait, real, count)
    for name, engine in engines.items():
        yield take_model(name, engine, portrait, speech, emotion, real, count)


def _measure(clip, takes):
    """A row of measures of each take, and how far its lips open in each frame, but for the still photo's: dict."""
    rows, openings = [], {}
    for take in takes:
        label = LABELS.get(take.name, take.name)
        rows.append({"model": label, "clip": clip.id} | {key: take.scores[key] for key in KEYS})
        if take.name != STILL:
            openings[label] = take.opening
    return rows, openings


def _means(rows, model):
    rows = [row for row in rows if row["model"] == model]
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0].keys() - {"model", "clip"}}


def _write(output, results, rows, openings, skipped):
    bars = output / "bars"
    bars.mkdir(parents=True, exist_ok=True)
    tables = comparison_tables(results)
    (output / "comparison.md").write_text(f"Means over {len(openings)} clips.\n\n{tables}")
    report = {"clips": list(openings), "skipped": skipped, "models": results}
    (output / "comparison.json").write_text(json.dumps(report, indent=1) + "\n")
    write_csv(output / "comparison.csv", rows)
    plot_lips(output / "lips.png", openings)
    plot_bars(bars, results)
    print(tables, end="")
