"""The page in its visitors' languages.

Everything is written in English, here and wherever an error is raised; the command line and programs get just that. In
the browser, `translate.js` puts it into the language of the visitor, or that chosen in the page's corner. A catalogue,
`CODE.json`, maps each English text (a message id, as in GNU gettext) to its translation. "{}" stands for whatever is
filled in, "{1}" and so on where a language needs another order. Text in an element marked translate="no" stays.
"""

import json
from functools import cache
from pathlib import Path

import gradio as gr

from talking_face.limits import LANGUAGES
from talking_face.ui.theme import STATIC

FOLDER = Path(__file__).parent
SWITCH = """<select id="language" aria-label="Language" translate="no">{}</select>""".format(
    "".join(f'<option value="{code}">{name}</option>' for code, name in LANGUAGES.items())
)


@cache
def catalogue(code):
    """Dict of English -> translation into the language of that code, one of `LANGUAGES`; empty for English."""
    path = FOLDER / f"{code}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def head():
    """What goes into the page's head, ahead of Gradio's own scripts: HTML."""
    gr.set_static_paths([FOLDER])
    addresses = {code: f"gradio_api/file={FOLDER / code}.json" for code in LANGUAGES if code != "en"}
    script = (STATIC / "translate.js").read_text(encoding="utf-8")
    return f"<script>const CATALOGUES = {json.dumps(addresses)}\n{script}</script>"
