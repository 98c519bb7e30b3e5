"""What came of comparing models, for people: a video, a table, curves, and frames to wipe between."""

from dataclasses import dataclass

import cv2
import numpy as np

from talking_face import markdown
from talking_face.audio import Speech
from talking_face.evaluation.scores import FACE, PICTURE, Measure
from talking_face.face.portrait import Portrait
from talking_face.media.frame_rate import FPS

STILL, REAL = "Still photo", "Real speaker"
CHUNK = 25  # frames put together at a time
JPEG_QUALITY = 95
ARROWS = {"up": "↑", "down": "↓", "one": "→ 1"}

_BY_KEY = {measure.key: measure for measure in (*PICTURE, *FACE)}
GENERAL = (
    Measure("fps", "frames a second", 1, "up"),
    _BY_KEY["sharpness"],
    _BY_KEY["identity"],
    Measure("lip_motion", "lip motion, % of the eyes' distance", 1, "up"),
)
AGAINST_REAL = tuple(_BY_KEY[key] for key in ("psnr", "ssim", "landmarks", "landmarks_mouth", "lip_correlation"))


@dataclass(frozen=True)
class Comparison:
    """What came of comparing models.

    Attributes
    ----------
    portrait : Portrait
    speech : Speech
        No longer than `comparison.MAX_SECONDS`.
    takes : dict of str to ndarray, (T, 256, 256, 3) uint8
        Name -> frames of the canonical crop, RGB: `STILL`, then `REAL` if there is a real speaker, then the models.
    scores : dict of str to dict of str to float
        Name -> measure's key -> value, of `measures`; what does not apply is left out.
    openings : dict of str to ndarray, (T,)
        Name -> lip opening in eye distances; not of the still photo.
    notes : tuple of str
        What should be known about it, a sentence each.
    """

    portrait: Portrait
    speech: Speech
    takes: dict
    scores: dict
    openings: dict
    notes: tuple = ()

    @property
    def generated(self):
        """Names of what models made."""
        return [name for name in self.takes if name not in (STILL, REAL)]

    @property
    def measures(self):
        """Columns of the table: tuple of `scores.Measure`."""
        return GENERAL + AGAINST_REAL if REAL in self.takes else GENERAL

    @property
    def moment(self):
        """Index of the frame in which the first model's lips are furthest open."""
        return int(self.openings[self.generated[0]].argmax())

    def write(self, path, mark=True, signer=None):
        """Write the videos side by side, each under its name, as an MP4 with the sound; not the still photo.

        Parameters
        ----------
        path : path
        mark : bool
            Whether the picture shows that it is AI-generated.
        signer : signing.Signer, optional
            As for `writing.write_video`.

        Raises
        ------
        OutputError
            The file cannot be written; nothing is left behind.
        """
        from talking_face.media.montage import side_by_side
        from talking_face.media.watermark import marked
        from talking_face.media.writing import write_video

        frames = side_by_side({name: _chunks(take) for name, take in self.takes.items() if name != STILL})
        frames = marked(frames) if mark else frames
        write_video(path, frames, self.speech.sound, self.speech.rate, signer=signer)

    def stills(self, mark=True):
        """All frames, small enough to be kept; of the still photo, one: dict of str to list of bytes, JPEG.

        Models' frames show the sign of AI unless `mark` is False.
        """
        from talking_face.media.watermark import marked

        kept = {}
        for name, take in self.takes.items():
            take = take[:1] if name == STILL else take
            frames = next(marked([take])) if mark and name in self.generated else take
            kept[name] = [_to_jpeg(frame) for frame in frames]
        return kept

    def table(self):
        """Markdown with a row a measure, an arrow to what is better, and a column a video; models' best in bold."""
        return markdown.table(["", *self.scores], [self._row(measure) for measure in self.measures])

    def _row(self, measure):
        cells = {name: measure.cell(scores, "–") for name, scores in self.scores.items()}
        loss = {"up": lambda value: -value, "down": lambda value: value, "one": lambda value: abs(value - 1)}
        rivals = [name for name in self.generated if measure.key in self.scores.get(name, ())]
        if len(rivals) > 1:
            best = cells[min(rivals, key=lambda name: loss[measure.better](self.scores[name][measure.key]))]
            cells = {name: f"**{cell}**" if cell == best and name in rivals else cell for name, cell in cells.items()}
        return [f"{measure.title} {ARROWS[measure.better]}", *cells.values()]

    def curves(self):
        """The lips' opening over the sound, for a plot in long form.

        Returns
        -------
        dict of str to list
            Columns "seconds", "opening" (% of the eyes' distance) and "curve", whose name it is; the sound comes first,
            its peaks below and above drawn over the height of the plot.
        """
        highest = 100 * max(opening.max() for opening in self.openings.values())
        frames = len(next(iter(self.openings.values())))
        low, high = _envelope(self.speech, frames)
        seconds = np.arange(frames) / FPS
        parts = [("Sound", seconds, low), ("Sound", seconds + 0.5 / FPS, high)]
        peak = max(np.abs([low, high]).max(), 1e-6)
        rows = [
            (float(x), float(highest * (0.5 + 0.5 * y / peak)), name) for name, xs, ys in parts for x, y in zip(xs, ys)
        ]
        rows.sort()
        for name, opening in self.openings.items():
            rows += [(float(x), float(100 * y), name) for x, y in zip(seconds, opening)]
        return dict(zip(("seconds", "opening", "curve"), map(list, zip(*rows))))


def _chunks(frames):
    return (frames[first : first + CHUNK] for first in range(0, len(frames), CHUNK))


def _to_jpeg(frame):
    """(H, W, 3) uint8, RGB -> bytes."""
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        JPEG_QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    return cv2.imencode(".jpg", frame[..., ::-1], options)[1].tobytes()


def _envelope(speech, frames):
    """Lowest and highest sample of the sound within each frame: (T,), (T,)."""
    length = speech.rate // FPS
    sound = np.zeros(frames * length, np.float32)
    heard = speech.voice[: len(sound)]
    sound[: len(heard)] = heard
    pieces = sound.reshape(frames, length)
    return pieces.min(1), pieces.max(1)
