"""Whatever files people have -> photos and recordings that the page can show.

Gradio's own fields take what browsers can show and refuse the rest; these handlers get files of any kind.
"""

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from talking_face.errors import PhotoError, RecordingError
from talking_face.ui.problems import problem
from talking_face.ui.studio import FIRST_A_PHOTO
from talking_face.ui.talk.giving import Giving

SHOWN = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".avif")  # by browsers
HEARD = (".wav", ".mp3", ".flac")
LONGEST = 600  # seconds of a file that are read, to be cut
SEARCHED, STEP = 8.0, 5  # seconds of a video in which a face is looked for, in every so-many-th frame
TEETH = "✅ These teeth will be in the video."
NO_FACE = "No face towards the camera was found in the first {:.0f} seconds of this video: please use a photo."


class Uploads:
    """The handlers; each returns a path and a sentence.

    Parameters
    ----------
    studio : ui.studio.Studio
        Finds faces.
    """

    def __init__(self, studio):
        self.studio, self._giving = studio, Giving(studio)

    def photo(self, session, shown, path):
        """A photo that browsers show: of a photo of any kind, or the first good frame of a video.

        Where there is none, the one that is shown stays, with what is said of it.
        """
        still, note = _given(path, self._still)
        stays = shown and isinstance(note, str)
        return still, " ".join((note, self._giving.look(session, shown)[1])) if stays else note

    def smile(self, photo, path, count):
        """As `photo`, of the person in a photo, its path or None, showing their teeth; and how many have been taken."""

        def convert(path, folder):
            if photo is None:
                raise PhotoError(FIRST_A_PHOTO)
            still = self._still(path, folder)
            self.studio.smiling(photo, 1, still)
            return still

        still, note = _given(path, convert, TEETH)
        return still, note, count + 1 if note == TEETH else gr.skip()

    def recording(self, path):
        """A recording that browsers play, of any sound or video file."""
        return _given(path, lambda path, folder: _sound(path, folder, LONGEST, HEARD))

    def cut(self, path):
        """As much of a recording's beginning as is accepted."""
        return _given(path, lambda path, folder: _sound(path, folder, self.studio.max_seconds))

    def _still(self, path, folder):
        """Write the picture to a folder; its path, or the photo's own where browsers show it."""
        from PIL import Image

        from talking_face.face.images import load_image

        try:
            picture = load_image(path)
            if Path(path).suffix.lower() in SHOWN:
                return path
        except PhotoError as error:
            picture = self._first_good_frame(path, error)
        still = folder / "photo.jpg"
        Image.fromarray(picture).save(still, quality=95, subsampling=0)
        return still

    def _first_good_frame(self, path, error):
        """Of a video, (H, W, 3) uint8; raises `error` where it is none."""
        from talking_face.media.reading import stream_frames

        try:
            for frame in islice(stream_frames(path, SEARCHED), 0, None, STEP):
                try:
                    self.studio.engine.portrait(frame)
                except PhotoError:
                    continue
                return frame
        except RecordingError:
            raise error from None
        raise PhotoError(NO_FACE.format(SEARCHED))


def _given(path, convert, good=None):
    """What a file becomes, kept with Gradio's own, and what to say of it, if anything; or why it becomes nothing.

    At once, not with `yield`: the page would take in what comes next before it has sent the file on.
    """
    with TemporaryDirectory() as folder:
        try:
            return save_file_to_cache(convert(path, Path(folder)), get_upload_folder()), good or gr.skip()
        except Exception as error:
            return gr.skip(), problem(error)


def _sound(path, folder, seconds, known=()):
    """Write the first seconds of a file's sound to a folder; their path, or the file's own if its kind is known."""
    import soundfile

    from talking_face.audio import read_sound

    rate, samples, _ = read_sound(path, seconds)
    if Path(path).suffix.lower() in known:
        return path
    wav = folder / "recording.wav"
    soundfile.write(wav, samples[: int(seconds * rate)], rate, subtype="PCM_16")
    return wav
