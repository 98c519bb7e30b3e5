"""Which videos are to be prepared, and what is known of each: from a folder, from files, or from a CSV index."""

import zlib
from dataclasses import dataclass, replace
from pathlib import Path

from talking_face.data.clip_names import INTENSITIES, Labels, clip_name, labels_from_name
from talking_face.data.splits import SPLITS, split_of
from talking_face.data.tables import read_table
from talking_face.emotions import parse_emotion
from talking_face.errors import ChoiceError, DataError

INDEX = ".csv"
VIDEOS = set(".3gp .avi .flv .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .ts .webm .wmv".split())
LAYOUT = 1  # to be raised when prepared clips change, so that existing ones are made anew


@dataclass(frozen=True)
class Source:
    """A video and what is known of it.

    Attributes
    ----------
    path : Path
    id : str
    labels : Labels
    split : str
        "train" or "val".
    licence : str
    landmarks : Path or None
        NPZ file of the video's landmarks, where it is a canonical crop already, as in the data room.
    fault : str
        Why it cannot be prepared; "" if nothing is known to be wrong.
    """

    path: Path
    id: str
    labels: Labels
    split: str
    licence: str = ""
    landmarks: Path | None = None
    fault: str = ""

    @property
    def name(self):
        """Stem of the prepared clip."""
        return clip_name(self.labels)

    def fingerprint(self):
        """Changes whenever the prepared clip has to be made anew."""
        status = self.path.stat()
        about = (LAYOUT, status.st_size, status.st_mtime_ns, self.id, *self.labels, self.split, self.licence)
        return f"{zlib.crc32(repr(about).encode()):08x}"


def find_sources(inputs):
    """List what is to be prepared.

    Parameters
    ----------
    inputs : sequence of path
        Video files; folders, searched with all folders below; CSV indexes. An index has a column `path`, relative to
        it, and may have `id`, `speaker`, `emotion`, `intensity`, `split` and `licence`; the data room's has no `path`
        but an `id`. Where nothing says which split a clip is in, one speaker in six is for validation.

    Returns
    -------
    list of Source
        Those that share a name with an earlier one have a `fault`.

    Raises
    ------
    DataError
        An input does not exist or is an index without the columns needed, or there is nothing to prepare.
    """
    sources = []
    for given in map(Path, inputs):
        if given.is_dir():
            videos = sorted(p for p in given.rglob("*") if p.suffix.lower() in VIDEOS and p.is_file())
            sources += [_from_name(path, path.relative_to(given).parent.name) for path in videos]
        elif not given.is_file():
            raise DataError(f"There is no file or folder “{given}”; please check the path.")
        elif given.suffix.lower() == INDEX:
            sources += _from_index(given)
        else:
            sources.append(_from_name(given))
    if not sources:
        raise DataError(f"There is no video in “{', '.join(map(str, inputs))}”; please check the path.")
    return _name_apart(sources)


def _from_name(path, folder=""):
    labels = labels_from_name(path, folder)
    return Source(path, clip_name(labels), labels, split_of(labels.speaker))


def _from_index(index):
    try:
        rows = read_table(index)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The index “{index}” cannot be read; please save it as CSV in UTF-8.") from error
    if rows and not {"path", "id"} & rows[0].keys():
        raise DataError(f"The index “{index.name}” has no column `path`; please add one with each video's path.")
    return [_from_row(index.parent, row) for row in rows]


def _from_row(folder, row):
    """A row of an index; what it leaves out is taken from the file's name."""
    row = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str) and isinstance(value, str)}
    path = folder / (row.get("path") or f"clips/{row['id']}.mp4")
    named = labels_from_name(path)
    speaker = row.get("speaker") or named.speaker
    id = row.get("id") or path.stem
    sentence = id.removeprefix(f"{speaker}_") if row.get("id") else named.sentence
    emotion, intensity, fault = named.emotion, row.get("intensity", "").upper() or named.intensity, ""
    try:
        emotion = parse_emotion(row["emotion"]) if row.get("emotion") else emotion
    except ChoiceError as error:
        fault = str(error)
    if intensity not in INTENSITIES:
        fault = f"The intensity “{intensity}” is not known; please choose one of {', '.join(INTENSITIES)}."
    split = row.get("split") or split_of(speaker)
    if split not in SPLITS:
        fault = f"The split “{split}” is not known; please choose one of {', '.join(SPLITS)}."
    landmarks = folder / "labels" / f"{id}.npz"
    labels = Labels(speaker, sentence, emotion, intensity)
    return Source(path, id, labels, split, row.get("licence", ""), landmarks if landmarks.is_file() else None, fault)


def _name_apart(sources):
    """Leave a name to the first who bears it."""
    first, apart = {}, []
    for source in sources:
        owner = first.setdefault(source.name, source)
        if owner is not source and not source.fault:
            fault = f"“{owner.path}” already has the name {source.name}; please rename one of the two."
            source = replace(source, fault=fault)
        apart.append(source)
    return apart
