"""What is between the lips, and the lips themselves, beside real ones; on people held out."""

from talking_face.evaluation.mouth.brightness import measure_brightness
from talking_face.evaluation.mouth.colour import measure_colour
from talking_face.evaluation.mouth.detail import measure_lips, measure_smiles
from talking_face.evaluation.mouth.telling import measure_telling


def measure_mouth(engine, data):
    """All measures of mouths: dict of str to float.

    Parameters
    ----------
    engine : TalkingFace
    data : path
        The data room.
    """
    results = {}
    for measure in (measure_smiles, measure_lips, measure_colour, measure_brightness, measure_telling):
        results |= measure(engine, data)
    return {name: round(float(value), 3) for name, value in results.items()}
