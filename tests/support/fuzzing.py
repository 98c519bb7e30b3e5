"""The ways in, as functions of bytes, and what to begin with, for the property tests and for `tests/soak`.

Each target hands a few bytes to one of the program's doors. What the program says about them in a sentence is fine, and
so is a result; any other exception is a find.
"""

import functools
import io
import itertools
import json
import math
import random
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from support import face_doors
from support.paths import SMOKE_CONFIGS
from support.strange_files import PHOTO, encoded, saved, sound
from talking_face.errors import TalkingFaceError

SPEECH = 0.1 * np.random.default_rng(0).standard_normal(6400) * np.sin(np.arange(6400) / 300)


def photo_door(data):
    from talking_face.face.images import load_image

    load_image(data, max_side=128)


def sound_door(data):
    from talking_face.audio import load_speech

    with saved(data) as path:
        load_speech(path, max_seconds=2)


def weights_door(data):
    from talking_face.generators.deformable.painter import DeformablePainter
    from talking_face.weights import load_network

    with saved(data) as path:
        load_network(path, "deformable painter", DeformablePainter)


def published_weights_door(data):
    from talking_face.generators.baseline.published_checkpoint import load_reference

    with saved(data) as path:
        load_reference(path)


def config_door(data):
    from talking_face.training.core.config import read_config

    with saved(data) as path:
        read_config(path, ["steps=3"])


def clip_door(data):
    from talking_face.data.clip_file import read_clip

    with saved(data) as path:
        read_clip(path)


def provenance_door(data):
    from talking_face.media.content_credentials import read

    with saved(data) as path:
        read(path)


def parameters_door(data):
    """What a program may send instead of an emotion, its strength and a seed: any JSON."""
    engine, portrait, speech = _engine()
    try:
        emotion, intensity, seed = json.loads(data)
    except (ValueError, TypeError, RecursionError):
        emotion, intensity, seed = data.decode(errors="replace"), 1.0, 0
    engine.render(portrait, speech, emotion, intensity, seed)


DOORS = {
    door.__name__.removesuffix("_door"): door
    for door in (
        photo_door,
        sound_door,
        weights_door,
        published_weights_door,
        config_door,
        clip_door,
        provenance_door,
        parameters_door,
        face_doors.portrait_command_door,
        face_doors.smile_photo_door,
        face_doors.face_choice_door,
        face_doors.mesh_weights_door,
        face_doors.detector_weights_door,
        face_doors.text_door,
    )
}


def knock(name, data):
    """Hand bytes to a door; whether they were taken, and not refused in a sentence."""
    try:
        DOORS[name](data)
    except TalkingFaceError as error:
        said = str(error)
        assert said.endswith((".", "?")) and "\n" not in said and len(said) < 1000, said
        return False
    return True


@functools.cache
def seeds(name):
    """Good bytes to begin with, as a list."""
    make = getattr(face_doors, f"{name}_seeds", None) or globals()[f"_{name}_seeds"]
    return list(make())


def mutate(data, draw):
    """Spoil bytes in one to four ways; `draw(low, high)` gives whole numbers, both ends included."""
    data = bytearray(data)
    for _ in range(draw(1, 4)):
        place, length = draw(0, len(data)), draw(1, 16)
        way = draw(0, 6)
        if way == 0:
            data[place : place + length] = bytes(draw(0, 255) for _ in range(length))
        elif way == 1:
            data[place : place + length] = (b"\0", b"\xff", b"\x7f", b"\x80")[draw(0, 3)] * length
        elif way == 2:
            del data[place : place + draw(1, 400)]
        elif way == 3:
            data[place:place] = data[draw(0, len(data)) :][: draw(1, 400)]
        elif way == 4:
            data[place:] = b""
        elif way == 5 and place < len(data):
            data[place] ^= 1 << draw(0, 7)
        else:  # numbers that headers are afraid of
            number = (0, 1, 2**31 - 1, 2**32 - 1, 2**16 - 1, len(data))[draw(0, 5)]
            data[place : place + 4] = number.to_bytes(4, ("big", "little")[draw(0, 1)])
    return bytes(data)


@functools.cache
def _engine():
    """An engine whose generator does nothing, so that only what is checked before it counts."""
    from talking_face.engine import TalkingFace

    class Idle:
        def frames(self, *_):
            return iter(())

    return TalkingFace(Idle()), None, None


def _photo_seeds():
    small = Image.open(PHOTO).convert("RGB").resize((96, 80))
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"):
        yield encoded(small, kind)
    yield encoded(small, "JPEG", progressive=True)
    yield encoded(small.convert("CMYK"), "JPEG")
    import pillow_heif

    pillow_heif.register_heif_opener()
    yield encoded(small, "HEIF")


def _sound_seeds():
    for kind in ("WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF"):
        yield sound(SPEECH, kind=kind)
    yield sound(np.stack([SPEECH] * 6, 1), 48000, subtype="FLOAT")


def _weights_seeds():
    import torch

    from talking_face.generators.deformable.painter import DeformablePainter
    from talking_face.weights import save_weights

    torch.manual_seed(0)
    config = {"channels": [4, 4, 4]}
    with tempfile.TemporaryDirectory() as folder:
        save_weights(Path(folder) / "w", DeformablePainter(**config).state_dict(), "deformable painter", config)
        yield (Path(folder) / "w").read_bytes()


def _published_weights_seeds():
    import torch

    for zipped in (True, False):
        file = io.BytesIO()
        weights = {f"module.{name}": torch.zeros(3, 3) for name in ("speech_encoder.fc_1.0.weight", "b")}
        torch.save(weights, file, _use_new_zipfile_serialization=zipped)
        yield file.getvalue()


def _config_seeds():
    for path in sorted(SMOKE_CONFIGS.glob("*.yaml")):
        yield path.read_bytes()
    yield b"recipe: generator\nsteps: &a [*a]\nrun: 2001-99-99\n"


def _clip_seeds():
    import h5py

    file = io.BytesIO()
    with h5py.File(file, "w") as clip:
        clip["video"] = np.zeros((2, 128, 128, 3), np.uint8)
        clip.create_dataset("speech", data=SPEECH.astype(np.float32), chunks=(800,), compression="gzip")
        clip["lmarks"] = np.zeros((2, 68, 2), np.float32)
        clip.attrs["speaker"] = "s1"
    yield file.getvalue()


def _provenance_seeds():
    from talking_face.media.writing import write_gif, write_video

    frames = np.zeros((5, 32, 32, 3), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        write_video(Path(folder) / "a.mp4", [frames], SPEECH[:3200], 16000)
        write_gif(Path(folder) / "a.gif", [frames])
        for name in ("a.mp4", "a.gif"):
            yield (Path(folder) / name).read_bytes()


def _parameters_seeds():
    emotions = [
        "happiness",
        "",
        "0-2 s happiness, then sadness",
        "then " * 200,
        [[0, "fear"], [1.5, "anger"]],
        [[1, 2]],
    ]
    emotions += [[["0", "fear"]], [[math.nan, "fear"]], {"fear": 1}, None, 3, [], "9" * 400 + " s fear"]
    intensities = [1, 0.5, True, -1, 2, math.nan, math.inf, "1", None, [1], 10**400]
    for emotion, intensity, seed in itertools.product(emotions, intensities, [0, 1, -1, 1.5, 2**64, None, "0", False]):
        yield json.dumps([emotion, intensity, seed]).encode()


def random_inputs(name, count, seed=0):
    """Yield `count` inputs for a door, one in ten of them whole; the same for the same seed."""
    generator = random.Random(f"{name} {seed}")
    for _ in range(count):
        data = generator.choice(seeds(name))
        yield data if generator.random() < 0.1 else mutate(data, generator.randint)
