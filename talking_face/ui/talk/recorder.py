"""The field that records what a person says."""

import gradio as gr

from talking_face.ui.theme import STATIC

RECORD, AGAIN, END = "Record", "Record again", "Stop recording"
REFUSED = "The microphone cannot be used: please allow it in the browser, or choose a file."
TEMPLATE = f"""<div class="recorder"><button type="button">{RECORD}</button>
    <meter min="0" max="1" value="0" low="0.35" high="0.93" optimum="0.6" aria-label="Level"></meter>
    <output aria-live="off"></output></div>"""


class Recorder(gr.HTML):
    """A button that records, with level, time and limit; what comes of it goes to the page's upload of recordings.

    Parameters
    ----------
    limit : float
        Seconds after which it stops by itself.
    """

    def __init__(self, limit, **options):
        script = (STATIC / "recorder.js").read_text(encoding="utf-8")
        words = {"again": AGAIN, "ending": END, "refused": REFUSED}
        super().__init__("", html_template=TEMPLATE, js_on_load=script, limit=limit, **words, **options)
