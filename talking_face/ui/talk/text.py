"""Typing instead of recording: a text becomes the recording of a voice that is nobody's."""

import gradio as gr

from talking_face.audio.synthesis.mood import mood_of
from talking_face.limits import LANGUAGES, TEXT_LENGTH
from talking_face.ui.choices import HIDDEN
from talking_face.ui.problems import problem
from talking_face.ui.typed import Typed, recorded

HIGHER, LOWER = "Higher voice", "Lower voice"
AS_PAGE = "🌐 Auto"
SAYING = "Saying it: {:.0f} % is ready …"
FULL = "⚠️ No more than {} characters fit."
IN_ITS_LANGUAGE = """(session, text, language, ...rest) =>
    [session, text, language === 'page' ? document.documentElement.lang : language, ...rest]"""


def lay_out(session, voice, emotion, intensity, **options):
    """Build the box inside a gr.Blocks; returns the components of the text, its language and the voice.

    Parameters
    ----------
    session : gr.State of session.Session
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
    full = f"text => text.length < {TEXT_LENGTH} ? '' : '{FULL.format(TEXT_LENGTH)}'"
    text.change(None, text, note, js=full, **HIDDEN)
    # Said before the server has heard of it; what was typed meanwhile is said next.
    asked = gr.on([say.click, text.submit], None, None, note, js=f"() => '{SAYING.format(0)}'", **HIDDEN)
    latest = {"trigger_mode": "always_last", "show_progress": "hidden"} | HIDDEN | options
    asked.then(say_it, inputs, [voice, note], js=IN_ITS_LANGUAGE, **latest)
    return text, language, pitch


def say_it(session, text, language, pitch, emotion, intensity):
    """Yield what was typed as a recording, once it is whole, each time with a sentence on how far it is."""
    try:
        typed = Typed(text, language, mood_of(emotion, intensity), pitch == LOWER)
        for share, path, captions in recorded(typed):
            if path:
                session.typed[path.name], session.captions[path.name] = typed, captions
                yield path, ""
            else:
                yield gr.skip(), SAYING.format(100 * share)
    except Exception as error:
        yield gr.skip(), problem(error)
