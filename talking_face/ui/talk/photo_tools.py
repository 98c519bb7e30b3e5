"""What can be done with a photo that is there: another one in its place, or only a part of it."""

import gradio as gr

from talking_face.ui.theme import STATIC

REFUSED = "The camera cannot be used: please allow it in the browser, or choose a photo."
ANOTHER, CROP, KEEP, CANCEL = "Another photo", "Crop", "Keep this part", "Cancel"
HOW = "The part to keep: drag it or its corners. Arrow keys move it, with Shift they change its size."
CORNERS = "".join(f'<i class="{corner}"></i>' for corner in ("nw", "ne", "sw", "se"))
TEMPLATE = f"""<div class="photo-tools"><button type="button" class="another">{ANOTHER}</button>
    <button type="button" class="crop">{CROP}</button></div>
<p class="refused" role="alert"></p>
<dialog class="cropping" aria-label="{CROP}">
    <div class="whole"><img alt=""><div class="frame" tabindex="0" role="group" aria-label="{HOW}">{CORNERS}</div></div>
    <form method="dialog"><button class="keep" value="keep">{KEEP}</button><button>{CANCEL}</button></form>
</dialog>"""


class PhotoTools(gr.HTML):
    """Two buttons; what comes of them goes to the page's upload of photos."""

    def __init__(self, **options):
        script = (STATIC / "photo.js").read_text(encoding="utf-8")
        super().__init__("", html_template=TEMPLATE, js_on_load=script, refused=REFUSED, **options)
