"""What is made of a finished video to be saved."""

import base64
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr

from talking_face.errors import OutputError
from talking_face.media.frame_rate import FPS
from talking_face.ui.choices import AT_ONCE, HIDDEN
from talking_face.ui.problems import problem

GIF, CAPTIONS = "Making the GIF", "Writing the captions"
GIF_SIDE = 480  # pixels
UNFINISHED = "The video is still being made: please wait until it is whole."
LONGEST, MOST = 4096, 200  # pixels of a caption's sides; captions


def offer_to_save(studio, session, status, file, gif, captioned, saved, drawn):
    """Have buttons of a gr.Blocks make what is to be saved.

    Parameters
    ----------
    studio : ui.studio.Studio
        Whose engine signs files.
    session : gr.State of session.Session
        What the player shows.
    status : gr.Markdown
        Where progress shows.
    file : gr.DownloadButton
        Of the finished video; the other buttons follow it.
    gif, captioned : gr.Button
        Ask for a GIF, and for the video with its captions in the picture.
    saved : gr.DownloadButton
        Out of sight; gets the file, and is pressed.
    drawn : gr.JSON
        Out of sight; gets the captions as the browser draws them.
    """
    saving = Saving(studio)
    file.change(saving.offers, session, [gif, captioned], **AT_ONCE)
    # Beside the videos, which need not wait for it.
    beside = HIDDEN | {"concurrency_id": "saving"}
    draw = "session => [session, window.player.captions()]"
    for made in (
        gif.click(saving.gif, session, saved, show_progress_on=status, **beside),
        captioned.click(saving.captioned, [session, drawn], saved, js=draw, show_progress_on=status, **beside),
    ):
        made.success(None, js="() => document.querySelector('#saved').click()", **HIDDEN)


class Saving:
    """The handlers; each yields a path, whose file Gradio copies before it comes back here.

    Parameters
    ----------
    studio : ui.studio.Studio
        Whose engine signs files.
    """

    def __init__(self, studio):
        self.studio = studio

    def offers(self, session):
        """The buttons that make a GIF and burn captions in, once a video is finished, and has words that are known."""
        return gr.Button(interactive=True), gr.Button(visible=bool(session.shown and session.shown.captions))

    def gif(self, session, progress=gr.Progress()):
        """A GIF of the video that is shown."""
        from talking_face.media.reading import stream_frames
        from talking_face.media.writing import write_gif

        def counted(frames):
            for number, frame in enumerate(frames, 1):
                progress(min(1.0, number / FPS / session.shown.seconds), GIF)
                yield frame[None]

        def write(path, video):
            write_gif(path, counted(stream_frames(video)), max_side=GIF_SIDE, signer=self.studio.engine.signer)

        yield from _saved(session, ".gif", write)

    def captioned(self, session, drawn, progress=gr.Progress()):
        """The video that is shown with its captions in the picture.

        The page has drawn them, because a browser has the letters that its person types: for each its start and end,
        seconds, and a PNG as a data URL.
        """
        from talking_face.media.captions import Caption, burn_in

        def write(path, video):
            captions = [Caption(float(start), float(end), _picture(url)) for start, end, url in drawn[:MOST]]
            said = lambda seconds: progress(min(1.0, seconds / session.shown.seconds), CAPTIONS)
            burn_in(path, video, captions, self.studio.engine.signer, said)

        yield from _saved(session, "-captions.mp4", write)


def _saved(session, ending, write):
    """Yield what `write` makes of the finished video, at a path of that ending; or say why there is nothing."""
    with TemporaryDirectory() as folder:
        try:
            if not session.finished:
                raise OutputError(UNFINISHED)
            video = session.shown.whole
            path = Path(folder) / f"{video.stem}{ending}"
            write(path, video)
        except Exception as error:
            problem(error)
            yield None
        else:
            yield path


def _picture(url):
    """What the page has drawn, a data URL of a PNG: PIL.Image.Image."""
    from PIL import Image

    picture = Image.open(BytesIO(base64.b64decode(url.partition(",")[2])), formats=["PNG"])
    if max(picture.size) > LONGEST:
        raise ValueError(f"A caption of {picture.size} pixels")
    return picture.convert("RGBA")
