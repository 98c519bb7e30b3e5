"""Options that several commands share."""

from pathlib import Path

from talking_face.generators.registry import DEFAULT_MODEL, MODELS

LANDMARKS = ("mesh", "face-alignment")  # as in face.landmarks.SOURCES, which is slow to import
MODEL_HELP = f"{', '.join(MODELS)}, or the path of a checkpoint"
DATA_HELP = "the data room: a folder of clips, portraits and measurements with labels, as CONTRIBUTING.md lays it out"
CLIPS_HELP = "a folder of videos or of clips made by prepare, or a CSV index with a column path"


def add_rendering(command):
    """Which model, how much of the photo, which chance."""
    command.add_argument("--model", default=DEFAULT_MODEL, help=MODEL_HELP)
    command.add_argument("--crop", action="store_true", help="write the 256 px face crop, not the whole photo")
    command.add_argument("--seed", type=int, default=0, help="of head, eyes and brows; another one is another take")
    command.add_argument("--liveliness", type=float, default=1.0, help="of them, 0 a passport photo to 1.5")


def add_landmarks(command):
    """What finds faces and their landmarks."""
    command.add_argument("--landmarks", metavar="SOURCE", help=f"what finds the face: {' or '.join(LANDMARKS)}")


def add_face(command):
    """Which face of a photo."""
    command.add_argument("--face", type=int, default=1, metavar="N", help="which face, 1 being the largest")


def add_data(command):
    """Where what training and evaluation read lies."""
    command.add_argument("--data", type=Path, default=Path("../shared/data"), help=DATA_HELP)
