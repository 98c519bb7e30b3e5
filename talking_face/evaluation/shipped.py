"""What ships, measured part by part: landmarks, motion, generator, emotion, life and mouth."""

import json
from pathlib import Path

from talking_face import markdown
from talking_face.engine import TalkingFace
from talking_face.errors import DataError
from talking_face.evaluation.landmarks import measure_landmarks
from talking_face.evaluation.life.liveliness import measure_life
from talking_face.evaluation.lips.correlation import measure_motion
from talking_face.evaluation.mouth import measure_mouth
from talking_face.evaluation.people import measure_people
from talking_face.evaluation.pictures import measure_generator

PARTS = {
    "landmarks": measure_landmarks,
    "motion": measure_motion,
    "generator": measure_generator,
    "emotion": measure_people,
    "life": measure_life,
    "mouth": measure_mouth,
}


def evaluate(data, output, only=None, mesh=None):
    """Measure and report.

    Parameters
    ----------
    data : path
        The data room.
    output : path
        Folder for `evaluation.json` and `evaluation.md`.
    only : sequence of str, optional
        Some of `PARTS`; all by default.
    mesh : path, optional
        Weights of the face mesh to measure in place of those that ship.

    Returns
    -------
    dict
        Measure -> value.

    Raises
    ------
    DataError
        The data room is not there.
    """
    data, output = Path(data), Path(output)
    if not (data / "clips.csv").is_file():
        raise DataError(f"There is no data room at “{data}”; please give its folder with --data.")
    engine = TalkingFace.load()
    results = {}
    for name, measure in PARTS.items():
        if not only or name in only:
            results |= measure(engine, data, mesh) if name == "landmarks" else measure(engine, data)
    output.mkdir(parents=True, exist_ok=True)
    (output / "evaluation.json").write_text(json.dumps(results, indent=1) + "\n")
    table = markdown.table(["measure", "value"], results.items())
    (output / "evaluation.md").write_text(table)
    print(table, end="")
    return results
