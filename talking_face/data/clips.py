"""Talking clips of either kind, videos and prepared HDF5 files, as what both have: a photo, frames and sound."""

import importlib.util
from collections import Counter
from pathlib import Path

import numpy as np

from talking_face.errors import DataError


class VideoClip:
    """A video of a talking face.

    Parameters
    ----------
    id : str
    source : clip_sources.Source
    split : str
        "train", "val", or "" where nobody has said.
    """

    def __init__(self, id, source, split=""):
        self.id, self.source, self.split = id, source, split
        self.emotion = source.labels.emotion

    def sound(self):
        """What `audio.load_speech` takes."""
        return self.source.path

    def photo(self):
        """The first frame, (H, W, 3) uint8."""
        from talking_face.media.reading import stream_frames

        return next(stream_frames(self._path()))

    def frames(self):
        """All frames, (T, H, W, 3) uint8."""
        from talking_face.media.reading import read_video

        return read_video(self._path())

    def _path(self):
        if self.source.fault:
            raise DataError(self.source.fault)
        if not self.source.path.is_file():
            raise DataError(f"There is no video “{self.source.path}”; please check the index.")
        return self.source.path


class PreparedClip:
    """A clip made by the command `prepare`, or one of the reference's published data; as `VideoClip`.

    Parameters
    ----------
    id : str
    path : Path
    """

    def __init__(self, id, path):
        from talking_face.data.clip_file import read_attributes
        from talking_face.data.clip_names import labels_from_name

        said = read_attributes(path)
        self.id, self.path, self.split = id, path, said.get("split", "")
        self.emotion = said.get("emotion", labels_from_name(path).emotion)

    def sound(self):
        """What `audio.load_speech` takes."""
        from talking_face.audio import SAMPLE_RATE
        from talking_face.data.clip import SPEECH_RATE
        from talking_face.data.clip_file import read_clip

        clip = read_clip(self.path)
        return (SPEECH_RATE, clip.speech) if clip.speech_16k is None else (SAMPLE_RATE, clip.speech_16k)

    def photo(self):
        """The first frame, (256, 256, 3) uint8."""
        return self.frames(slice(0, 1))[0]

    def frames(self, which=slice(None)):
        """The frames, (T, 256, 256, 3) uint8; enlarged where the file has only those of 128 px."""
        import cv2

        from talking_face.data.clip_file import read_clip, read_faces
        from talking_face.face.geometry import CROP_SIZE

        try:
            return read_faces(self.path, which)
        except DataError:  # the published data has none
            video, size = read_clip(self.path).video[which], (CROP_SIZE, CROP_SIZE)
        return np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC) for frame in video])


def find_clips(given):
    """List clips.

    Parameters
    ----------
    given : path
        A CSV index of videos, as for the command `prepare`; a video; or a folder, searched with all folders below: of
        HDF5 clips if it has any, of videos otherwise.

    Returns
    -------
    list of VideoClip or PreparedClip
        Whatever is wrong with one of them is raised when it is read.

    Raises
    ------
    DataError
        There is no such file or folder, or nothing in it.
    """
    from talking_face.data.clip_file import SUFFIX, list_clips
    from talking_face.data.clip_sources import INDEX, find_sources
    from talking_face.data.tables import read_table

    given = Path(given)
    if given.is_dir() and any(given.rglob(f"*{SUFFIX}")):
        if importlib.util.find_spec("h5py") is None:
            raise DataError("HDF5 clips need the package h5py; please install what requirements-dev.txt lists.")
        paths = list_clips(given)
        return [PreparedClip(id, path) for id, path in zip(_names(paths, given), paths)]
    sources = find_sources([given])
    if given.suffix.lower() == INDEX:
        # Splits that nobody has stated are made up from speakers' names, for training.
        stated = "split" in read_table(given)[0]
        return [VideoClip(source.id, source, source.split if stated else "") for source in sources]
    return [VideoClip(id, source) for id, source in zip(_names([source.path for source in sources], given), sources)]


def _names(paths, folder):
    """File names without their endings, behind those of their folders where two are alike."""
    stems = Counter(path.stem for path in paths)
    return [
        path.stem if stems[path.stem] == 1 else "_".join(path.relative_to(folder).with_suffix("").parts)
        for path in paths
    ]
