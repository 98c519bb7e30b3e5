"""`portrait`: what is found in photos, as lines of JSON or drawn."""

import json
import sys
from pathlib import Path

from talking_face.cli.exit_codes import REFUSED
from talking_face.cli.options import add_face, add_landmarks
from talking_face.cli.progress import portrait_notes, print_notes
from talking_face.errors import OutputError, PhotoError, shown
from talking_face.limits import check_number

FORMATS = (".png", ".jpg", ".jpeg", ".webp")


def add_parser(commands):
    portrait = commands.add_parser("portrait", help="say or draw what is found in photos")
    portrait.add_argument("--image", nargs="+", required=True, metavar="PHOTO", help="the photos")
    portrait.add_argument("--json", action="store_true", help="print a line of JSON for each photo")
    drawn = "picture to write, with the face outlined; for several photos, the folder of their pictures"
    portrait.add_argument("--output", type=Path, help=drawn)
    add_face(portrait)
    add_landmarks(portrait)
    portrait.set_defaults(run=run)


def run(args):
    from talking_face.face.landmarks import FaceFinder
    from talking_face.face.portrait import MAX_FACES

    check_number(args.face, 1, MAX_FACES, "face")
    pictures, finder = _destinations(args.image, args.output), FaceFinder(args.landmarks)
    refused = [_report(*given, args.face, finder, args.json) for given in zip(args.image, pictures, strict=True)]
    return REFUSED if all(refused) else 0


def _report(path, picture, number, finder, as_json):
    """Say and draw what is in a photo; returns whether it was refused."""
    from talking_face.face.description import describe, describe_boxes
    from talking_face.face.outline import outline
    from talking_face.face.portrait import find_faces

    seen = {}
    try:
        photo = find_faces(path, finder=finder)
        seen = {"faces": describe_boxes(photo)}
        portrait = photo.portrait(number)
    except PhotoError as error:
        print(f"talking_face: {shown(path)}: {error}", file=sys.stderr)
        if as_json:
            print(json.dumps({"image": path, "error": str(error)} | seen), flush=True)
        return True
    found = describe(portrait)
    if as_json:
        print(json.dumps({"image": path} | found), flush=True)
    else:
        print(f"{shown(path)}: {_sentence(found, number)}")
        print_notes(*portrait_notes(portrait))
    if picture:
        _write(picture, outline(photo, number, portrait))
    return False


def _sentence(found, number):
    """One of the faces in words."""
    left, top, right, bottom = map(round, found["face"])
    place = f"{right - left} x {bottom - top} pixels at ({left}, {top})"
    pose = ", ".join(f"{name} {round(degrees)}°" for name, degrees in found["pose"].items())
    return f"face {number} of {len(found['faces'])}, {place}, {pose}, confidence {found['confidence']:.2f}"


def _destinations(images, output):
    """Where each photo's picture goes, None where nowhere; makes the folder that several need."""
    if output is None:
        return [None] * len(images)
    if len(images) == 1:
        if output.suffix.lower() not in FORMATS:
            names = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
            raise OutputError(f"“{shown(output.name)}” does not end in {names}; please choose a name that does.")
        return [output]
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise OutputError(f"The folder “{shown(output)}” cannot be made; please choose another.") from None
    stems = [Path(image).stem for image in images]
    again = [stems[:index].count(stem) for index, stem in enumerate(stems)]
    return [output / f"{stem}{f'-{count + 1}' * bool(count)}.png" for stem, count in zip(stems, again)]


def _write(path, picture):
    """Write a picture, (H, W, 3) uint8, as a whole or not at all."""
    from PIL import Image

    from talking_face.media.temporary_folders import scratch_folder

    try:
        with scratch_folder(path.absolute().parent) as folder:
            Image.fromarray(picture).save(folder / path.name, quality=95)
            (folder / path.name).replace(path)
    except OSError as error:
        raise OutputError(f"“{shown(path)}” cannot be written; please choose another place.") from error
