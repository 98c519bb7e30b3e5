"""Typing instead of recording: a text becomes the recording of a voice that is nobody's."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import gradio as gr

from talking_face.audio.synthesis.mood import Mood, mood_of
from talking_face.limits import LANGUAGES, TEXT_LENGTH

HIGHER, LOWER = "Higher voice", "Lower voice"
AS_PAGE = "🌐 Auto"
SAYING = "Saying it: {:.0f} % is ready …"
IN_ITS_LANGUAGE = """(session, text, language, ...rest) =>
    [session, text, language === 'page' ? document.documentElement.lang : language, ...rest]"""


class Typed(NamedTuple):
    """A text that was said, and how; arguments of `audio.synthesis.say`."""

    text: str
    language: str
    mood: Mood
    low: bool

    @property
    def file_name(self):
        """Of the recording of it."""
        return f"said-{hash(self) & 0xFFFFFFFF:08x}.wav"

    def in_mood(self, emotion, intensity):
        """The same in another mood, at the same pace, so that every word stays where it is."""
        return self._replace(mood=replace(mood_of(emotion, intensity), pace=self.mood.pace))


def lay_out(studio, session, voice, emotion, intensity, **options):
    """Build the box inside a gr.Blocks.

    Parameters
    ----------
    studio : studio.Studio
        Says the text.
    session : gr.State of studio.Session
        Remembers what was typed.
    voice : gr.Audio
        Gets the recording.
    emotion, intensity : gr.Radio, gr.Slider
        The mood in which it is said.
    **options
        Of the event.
    """
    with gr.Accordion("Or type the words", open=False, elem_id="typed"):
        text = gr.Textbox(
            label="Words to say",
            info=f"Up to {TEXT_LENGTH} characters. The voice takes on the emotion that is chosen, as far as it can.",
            lines=3,
            max_lines=8,
            max_length=TEXT_LENGTH,
            elem_id="typed-text",
        )
        with gr.Row():
            language = gr.Dropdown(
                [(AS_PAGE, "page"), *((name, code) for code, name in LANGUAGES.items())],
                value="page",
                label="Language of the words",
                min_width=120,
            )
            pitch = gr.Radio([HIGHER, LOWER], value=HIGHER, label="Voice", min_width=160)
        say = gr.Button("Say it", size="md", elem_id="say")
        note = gr.Markdown(elem_id="typed-note")
    inputs = [session, text, language, pitch, emotion, intensity]
    gr.on(
        [say.click, text.submit],
        studio.say,
        inputs,
        [voice, note],
        js=IN_ITS_LANGUAGE,
        show_progress="hidden",
        **options,
    )


def recorded(typed):
    """Record what was typed; yields (share that is done, None, captions), and at the end (1, path, captions).

    The file lasts until then. Captions are when each sentence so far begins and ends, seconds, and its words.
    """
    import numpy as np
    import soundfile

    from talking_face.audio.synthesis import speak
    from talking_face.audio.synthesis.text import check_text, sentences

    sounds, captions, end = [], [], 0.0
    for words, (share, sound) in zip(sentences(check_text(typed.text)), speak(*typed)):
        sounds.append(sound)
        begin, end = end, end + len(sound[1]) / sound[0]
        captions.append((begin, end, words))
        yield share, None, captions
    with TemporaryDirectory() as folder:
        path = Path(folder) / typed.file_name
        soundfile.write(path, np.concatenate([samples for _, samples in sounds]), sounds[0][0])
        yield 1.0, path, captions
