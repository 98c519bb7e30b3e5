"""The ways in for faces and typed words, as `support.fuzzing` has the others: a target each, and what to begin with."""

import contextlib
import functools
import io
import itertools
import json
import math
import tempfile
from pathlib import Path

from PIL import Image

from support.paths import ASSETS
from support.strange_files import PHOTO, encoded, photo, saved
from talking_face.errors import PhotoError

SIDE = 160  # pixels: a face is still found
SMILE = 41  # frame of the speaker's video that shows teeth
TINY = {"widths": (4, 4, 4), "blocks": (1, 1, 1), "spots": 2, "kept": 1, "hidden": 2, "shape": 2}


def portrait_command_door(data):
    """`talking-face portrait`: a line of JSON and a picture, or one sentence."""
    from talking_face.cli import main

    out, said = io.StringIO(), io.StringIO()
    with saved(data) as path, contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        picture = path.with_suffix(".png")
        code = main(["portrait", "--image", str(path), "--json", "--output", str(picture)])
        assert code in (0, 2) and picture.exists() == (code == 0)
    found = json.loads(out.getvalue())
    if code:
        assert said.getvalue().count("\n") == 1 and said.getvalue().strip().endswith(found["error"])
        raise PhotoError(found["error"])


def smile_photo_door(data):
    """Another photo of somebody, for their teeth."""
    from talking_face.face.portrait import find_portrait, with_smile

    with_smile(_one_face().portrait(), find_portrait(data, SIDE, _finder()))


def face_choice_door(data):
    """Which face of a photo: any JSON."""
    _one_face().portrait(_json(data))


def mesh_weights_door(data):
    from talking_face.face.mesh.predictor import MeshPredictor

    with saved(data) as path:
        MeshPredictor.load(path)


def detector_weights_door(data):
    from talking_face.face.detector.detector import FaceDetector

    with saved(data) as path:
        FaceDetector.load(path)


def text_door(data):
    """Words to say, their language, the emotion, its strength, and whether the voice is low: any JSON."""
    from talking_face.audio.synthesis import mood_of, say

    try:
        text, language, emotion, intensity, low = _json(data)
    except (ValueError, TypeError):
        text, language, emotion, intensity, low = data.decode(errors="replace"), "de", "neutral", 1.0, False
    say(text, language, mood_of(emotion, intensity), low)


def portrait_command_seeds():
    for kind in ("JPEG", "PNG", "WEBP"):
        yield encoded(photo(SIDE), kind)
    yield encoded(photo(SIDE).rotate(90), "JPEG")


def smile_photo_seeds():
    from talking_face.media.reading import read_video

    smile = Image.fromarray(read_video(ASSETS / "speaker.mp4")[SMILE])
    for kind in ("JPEG", "PNG"):
        yield encoded(smile.resize((SIDE, SIDE)), kind)
    yield encoded(photo(SIDE), "JPEG")  # lips closed


def face_choice_seeds():
    for choice in (1, 2, 0, -1, 1.0, 1.5, True, None, "1", "", [1], {"face": 1}, math.nan, math.inf, 10**400):
        yield json.dumps(choice).encode()


def mesh_weights_seeds():
    from talking_face.face.mesh.network import SIZES, MeshNetwork

    for first in (0, 1, 9999):  # the last two are no order of the mesh's points
        yield _weights(MeshNetwork, "mesh", dict.fromkeys(SIZES, TINY), first)


def detector_weights_seeds():
    from talking_face.face.detector.network import DetectorNetwork

    yield _weights(DetectorNetwork, "detector", {"stem": 4, "widths": [4] * 4, "blocks": [1] * 4, "head": 4})


def text_seeds():
    texts = "Hello.", "Grüß Gott! \u202e\x00", "你好", "<speak>&amp;</speak> [[h@l'oU]]", "-f /etc/hosts", "9" * 30
    emotions = "neutral", "0-2 s fear, then anger", [[0, "disgust"]]
    for number, (text, language) in enumerate(itertools.product(texts, ("de", "zh"))):
        yield json.dumps([text, language, emotions[number % 3], 1, number % 2 == 0]).encode()
    yield json.dumps(["So.", "en", "anger", 0.5, True]).encode()
    for odd in (["", "de"], ["...", "de"], ["Hi", ""], ["Hi", None], ["Hi", ["de"]], ["Hi", 3]):
        yield json.dumps([*odd, "neutral", 1, None]).encode()
    for odd in (["", 1], [None, 1], [{}, 1], ["fear", -1], ["fear", math.nan], ["fear", "1"], ["fear", None]):
        yield json.dumps(["Hi", "de", *odd, False]).encode()
    yield json.dumps(["word " * 200, "de", "neutral", 1, False]).encode()


def _json(data):
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data.decode(errors="replace")


def _weights(build, kind, config, first=0):
    import torch

    from talking_face.weights import save_weights

    torch.manual_seed(0)
    network = build(**config)
    if hasattr(network, "order"):
        network.order.copy_(torch.arange(first, first + len(network.order)))
    with tempfile.TemporaryDirectory() as folder:
        save_weights(Path(folder) / "w", network.state_dict(), kind, config)
        return (Path(folder) / "w").read_bytes()


@functools.cache
def _finder():
    from talking_face.face.landmarks import FaceFinder

    return FaceFinder("mesh")


@functools.cache
def _one_face():
    from talking_face.face.portrait import find_faces

    return find_faces(PHOTO, SIDE, _finder())
