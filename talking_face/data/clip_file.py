"""One clip, one HDF5 file: the layout of the reference project's prepared data, and what our generator needs besides.

| entry | what | in the published data |
|---|---|---|
| `video` | (T, 128, 128, 3) uint8 in OpenCV's channel order, BGR; half the canonical crop, one transform a clip | yes |
| `speech` | (N,) float at 8 kHz, peak 1, 320 samples a frame | yes |
| `lmarks` | (T, 68, 2), pixels of `video` | yes |
| `speech_16k` | (2 N,) float32 at 16 kHz | no |
| `faces` | (T,) JPEG pictures of 256 px: the canonical crop | no |
| `photo` | (128, 128, 3) uint8 BGR: the face at rest, where `video` begins with an emotion | no |

Attributes name the clip: id, speaker, emotion, intensity, split, synthetic, source, licence, fps and crop (raw pixel ->
pixel of the 256 px crop). The published files have none; their names say the same.
"""

import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from talking_face.data.clip import SIZE, Clip
from talking_face.data.clip_names import labels_from_name
from talking_face.data.splits import split_of
from talking_face.errors import DataError, OutputError, shown
from talking_face.face.geometry import CROP_SIZE
from talking_face.limits import CLIP_BYTES
from talking_face.media.frame_rate import FPS

SUFFIX = ".hdf5"
JPEG_QUALITY = 95
MAX_FRAMES = 15_000  # ten minutes; more than that in one file is a mistake, and would fill the memory


def list_clips(folder):
    """Paths of the prepared clips in a folder and the folders below, sorted.

    Raises
    ------
    DataError
        There is no such folder, or no clip in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"There is no folder “{folder}” of prepared clips; please make it with the command prepare.")
    paths = sorted(path for path in folder.rglob(f"*{SUFFIX}") if not path.name.startswith("."))
    if not paths:
        raise DataError(f"The folder “{folder}” holds no {SUFFIX} clips; please make some with the command prepare.")
    return paths


def make_folder(path):
    """Make a folder for clips where there is none yet; returns its Path, or raises OutputError."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder “{path}” cannot be made; please choose another.") from error
    return Path(path)


def write_clip(path, clip, faces=None, fingerprint=""):
    """Write a clip; under a temporary name first, so that what bears the name is whole.

    Parameters
    ----------
    path : path
        Ending in ".hdf5"; an existing file is replaced.
    clip : Clip
    faces : iterable of ndarray, (256, 256, 3) uint8, optional
        RGB canonical crops, one a frame.
    fingerprint : str
        Tells what the clip was made from, so that it can be kept while that has not changed.
    """
    import h5py

    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    try:
        with h5py.File(part, "w") as file:
            quickly = {"chunks": (1, SIZE, SIZE, 3), "compression": "gzip", "compression_opts": 1}
            file.create_dataset("video", data=clip.video[..., ::-1], **quickly)
            file.create_dataset("speech", data=clip.speech.astype(np.float32))
            if clip.landmarks is not None:
                file.create_dataset("lmarks", data=clip.landmarks.astype(np.float32))
            if clip.speech_16k is not None:
                file.create_dataset("speech_16k", data=clip.speech_16k.astype(np.float32))
            if clip.synthetic:
                file.create_dataset("photo", data=clip.photo[..., ::-1])
            if faces is not None:
                jpegs = file.create_dataset("faces", len(clip.video), h5py.vlen_dtype(np.uint8))
                for index, face in enumerate(faces):
                    jpegs[index] = encode_face(face)
            for name in ("id", "speaker", "emotion", "intensity", "split", "synthetic", "source", "licence"):
                file.attrs[name] = getattr(clip, name)
            if clip.crop is not None:
                file.attrs["crop"] = clip.crop
            file.attrs["fps"] = FPS
            file.attrs["fingerprint"] = fingerprint
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read_clip(path):
    """Read a clip: one of ours, or of the reference's published data.

    Parameters
    ----------
    path : path

    Returns
    -------
    Clip
        What its file does not say comes from its name, `split` from the speaker's by `splits.split_of`.

    Raises
    ------
    DataError
        The file is missing, damaged or of another layout, or has numbers that are none.
    """
    path = Path(path)
    with _opened(path) as file:
        video = _read(file, path, "video", (None, SIZE, SIZE, 3), "u")
        frames = len(video)
        speech = _read(file, path, "speech", (None,), "f")
        landmarks = _read(file, path, "lmarks", (frames, 68, 2), "fiu", optional=True)
        speech_16k = _read(file, path, "speech_16k", (None,), "f", optional=True)
        photo = _read(file, path, "photo", (SIZE, SIZE, 3), "u", optional=True)
        attributes = dict(file.attrs)
    labels = labels_from_name(path)
    speaker = attributes.get("speaker", labels.speaker)
    return Clip(
        id=attributes.get("id", path.stem),
        speaker=speaker,
        emotion=attributes.get("emotion", labels.emotion),
        intensity=attributes.get("intensity", labels.intensity),
        split=attributes.get("split", split_of(speaker)),
        video=np.ascontiguousarray(video[..., ::-1]),
        speech=speech.astype(np.float32, copy=False),
        landmarks=None if landmarks is None else landmarks.astype(np.float32, copy=False),
        speech_16k=speech_16k,
        photo=None if photo is None else np.ascontiguousarray(photo[..., ::-1]),
        synthetic=bool(attributes.get("synthetic", False)),
        source=attributes.get("source", path.name),
        licence=attributes.get("licence", ""),
        crop=attributes.get("crop"),
    )


def read_faces(path, frames=None):
    """Read and decode the 256 px pictures of a clip.

    Parameters
    ----------
    path : path
    frames : slice or increasing sequence of int, optional
        Which; all by default.

    Returns
    -------
    ndarray, (T, 256, 256, 3) uint8
        RGB.

    Raises
    ------
    DataError
        The file cannot be read or has no such pictures, as the reference's published data has none.
    """
    import cv2

    path = Path(path)
    with _opened(path) as file:
        if "faces" not in file:
            raise DataError(f"“{path.name}” holds no 256 px faces; please convert its video with the command prepare.")
        jpegs = file["faces"][slice(None) if frames is None else frames]
    faces = [cv2.imdecode(jpeg, cv2.IMREAD_COLOR) if jpeg.size else None for jpeg in jpegs]
    if any(face is None or face.shape != (CROP_SIZE, CROP_SIZE, 3) for face in faces):
        raise DataError(_DAMAGED.format(path.name))
    return np.ascontiguousarray(np.stack(faces)[..., ::-1])


def read_attributes(path):
    """What a clip says of itself, without its pictures and sound, as a dict; empty if there is no whole file."""
    try:
        with _opened(Path(path)) as file:
            return dict(file.attrs)
    except DataError:
        return {}


def encode_face(face):
    """A (256, 256, 3) uint8 RGB picture as JPEG, (bytes,) uint8."""
    import cv2

    return cv2.imencode(".jpg", face[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].ravel()


_DAMAGED = "“{}” is damaged or no HDF5 file; please make it anew with the command prepare."


@contextmanager
def _opened(path):
    """The open HDF5 file; whatever HDF5 finds wrong with it while it is read is one sentence."""
    import h5py

    if not path.is_file():
        raise DataError(f"There is no clip at “{path}”; please check the path.")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise DataError(_DAMAGED.format(path.name)) from error


def _read(file, path, name, shape, kinds, optional=False):
    """Read a dataset whose shape (None for any length) and kind of numbers are checked first, its values after."""
    import h5py

    link = file.get(name, getlink=True)
    if link is None and optional:
        return None
    if isinstance(link, h5py.ExternalLink):
        raise DataError(f"`{name}` in “{shown(path.name)}” lies in another file; please give a clip that holds it.")
    dataset = file.get(name)
    if not isinstance(dataset, h5py.Dataset):
        raise DataError(f"“{path.name}” has no `{name}`; please give a clip made by the command prepare.")
    given = dataset.shape or ()
    wanted = ", ".join("any" if side is None else str(side) for side in shape)
    fits = len(given) == len(shape) and all(w in (None, g) for g, w in zip(given, shape))
    if not fits or dataset.dtype.kind not in kinds or kinds == "u" and dataset.dtype != np.uint8:
        raise DataError(f"`{name}` in “{path.name}” is {dataset.dtype} of shape {given}; it must be of ({wanted}).")
    if given[0] == 0:
        raise DataError(f"`{name}` in “{path.name}” is empty; please make the clip anew with the command prepare.")
    if dataset.nbytes > CLIP_BYTES or dataset.is_virtual or dataset.external:  # before anything is read
        raise DataError(
            f"`{name}` in “{shown(path.name)}” is too large, or lies in other files; please make the clip anew."
        )
    if name == "video" and given[0] > MAX_FRAMES:
        raise DataError(f"“{path.name}” has {given[0]} frames; please cut its video to at most {MAX_FRAMES}.")
    values = dataset[()]
    if dataset.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError(f"`{name}` in “{path.name}” has values that are no numbers; please make the clip anew.")
    return values
