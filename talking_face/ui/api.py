"""The endpoints for programs: for Gradio's clients, its API page and, where the host wants it, as MCP tools.

Gradio reads the functions' signatures and docstrings, these in its own format.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr

from talking_face.audio.synthesis.mood import mood_of
from talking_face.engine import EMOTIONS
from talking_face.face.description import describe
from talking_face.face.outline import outline
from talking_face.ui.problems import sentence
from talking_face.ui.studio import SQUARE, WHOLE
from talking_face.ui.typed import Typed


def lay_out(studio, **shared):
    """Declare the endpoints inside a gr.Blocks; nothing of them shows on the page.

    Parameters
    ----------
    studio : ui.studio.Studio
        Makes the videos.
    **shared
        Options of events that wait for the engine.
    """
    endpoints = Endpoints(studio)
    with gr.Column(visible=False, elem_classes="english"):
        inputs = [
            gr.Image(type="filepath", image_mode=None, label="photo"),
            gr.Audio(type="filepath", label="recording"),
            gr.Textbox("neutral", label="emotion"),
            gr.Number(1, label="intensity"),
            gr.Checkbox(False, label="square"),
            gr.Number(1, label="face", precision=0),
            gr.Number(1, label="liveliness"),
            gr.Number(0, precision=0, label="seed"),
            gr.Textbox("", label="text"),
            gr.Textbox("en", label="language"),
            gr.Image(type="filepath", image_mode=None, label="smile"),
        ]
        gr.on([], endpoints.generate, inputs, gr.Video(label="video"), api_name="generate", **shared)
        photo, face = inputs[0], inputs[5]
        found = [gr.JSON(label="found"), gr.Image(label="outline", format="png")]
        gr.on([], endpoints.portrait, [photo, face], found, api_name="portrait", **shared)
        gr.api(emotions, api_name="emotions", queue=False)


class Endpoints:
    """What programs may ask for.

    Parameters
    ----------
    studio : ui.studio.Studio
        Makes the videos.
    """

    def __init__(self, studio):
        self.studio = studio

    def generate(
        self,
        photo: str,
        recording: str | None = None,
        emotion: str = "neutral",
        intensity: float = 1.0,
        square: bool = False,
        face: int = 1,
        liveliness: float = 1.0,
        seed: int = 0,
        text: str = "",
        language: str = "en",
        smile: str | None = None,
    ) -> str:
        """Make a video of the face in a photo saying the words of a recording, or typed ones.

        Use only a face that you may use. The video says, in the picture and in the file, that it is AI-generated.

        Args:
            photo: A photo of a face that looks at the camera.
            recording: A recording of one person speaking.
            emotion: One of those that /emotions names, or several over time, as in "0-2 s happiness, then sadness".
            intensity: Strength of the emotion, 0 to 1.5.
            square: Show a square around the face, not the whole photo.
            face: Which face of the photo, from 1, the largest; /portrait lists them.
            liveliness: How much head, eyes and brows move, 0 (a passport photo) to 1.5; 1 as real speakers.
            seed: Of their movement; another one is another take.
            text: Words for a voice of the program's own to say in the emotion, in place of a recording.
            language: Of the text: en, de, es, fr, hi, ar or zh.
            smile: Another photo of the person, that shows their teeth, if the first one hides them.

        Returns:
            An MP4 with the sound, 25 frames a second.
        """
        with TemporaryDirectory() as folder:
            path = Path(folder) / "talking-face.mp4"
            try:
                # Between these steps, Gradio notices that whoever asked has gone, and the next one's turn comes.
                shape = SQUARE if square else WHOLE
                said = Typed(text, language, mood_of(emotion, intensity), False) if text else recording
                how = {"face": face, "liveliness": liveliness, "take": seed, "smile": smile}
                yield from self.studio.write(path, photo, said, emotion, intensity, shape, **how)
            except Exception as error:
                raise gr.Error(sentence(error), print_exception=False) from None
            yield path  # which Gradio copies to its own folder before it comes back here

    def portrait(self, photo: str, face: int = 1) -> tuple[dict, str]:
        """Say what is found in a photo: where its faces are, and one of them in detail.

        Args:
            photo: A photo of a face that looks at the camera, or of several.
            face: Which of them, from 1, the largest.

        Returns:
            What was found, in pixels of the photo: "face", its box (left, top, right, bottom), "landmarks", 68 points
            (x, y) in the order of iBUG, "pose" in degrees, "confidence" from 0 to 1, "notes" for whoever took it, and
            "faces", the boxes of all. And a picture of it.
        """
        try:
            found = self.studio.portrait(photo, face)
            return describe(found), outline(self.studio.faces(photo), face, found)
        except Exception as error:
            raise gr.Error(sentence(error), print_exception=False) from None


def emotions() -> list[str]:
    """Name the emotions that a face can show.

    Returns:
        Their names, as the parameter `emotion` of /generate takes them.
    """
    return list(EMOTIONS)
