"""What is made of a finished video to be saved."""

from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr

from talking_face.media.frame_rate import FPS
from talking_face.ui.problems import problem

GIF, GIF_SIDE = "Making the GIF", 480  # pixels


class Saving:
    """The handlers.

    Parameters
    ----------
    studio : ui.studio.Studio
        Whose engine signs files.
    """

    def __init__(self, studio):
        self.studio = studio

    def gif(self, session, video, progress=gr.Progress()):
        """Yield the path of a GIF of the video that is shown, which is given as Gradio's description of a file."""
        from talking_face.media.reading import stream_frames
        from talking_face.media.writing import write_gif

        def counted(frames):
            for number, frame in enumerate(frames, 1):
                progress(min(1.0, number / FPS / session.shown.seconds), GIF)
                yield frame[None]

        with TemporaryDirectory() as folder:
            path = Path(folder) / Path(video["path"]).with_suffix(".gif").name
            try:
                frames = counted(stream_frames(video["path"]))
                write_gif(path, frames, max_side=GIF_SIDE, signer=self.studio.engine.signer)
            except Exception as error:
                problem(error)
                yield gr.skip()
            else:
                yield path  # which Gradio copies to its own folder before it comes back here
