"""How the page looks. Everything comes from the server itself: no web fonts, no content networks."""

from pathlib import Path

import gradio as gr

STATIC = Path(__file__).parent / "static"
PHOTO_HEIGHT = 300  # pixels
PREVIEW_HEIGHT = "clamp(180px, 24vw, 300px)"  # lower than the photo on phones, where it comes below

FONT = gr.themes.LocalFont("IBM Plex Sans", (400, 700)), "system-ui", "sans-serif"  # comes with Gradio
# Gradio's own colours for accents and for text of less weight are too faint to read for some.
THEME = gr.themes.Default(primary_hue="indigo", secondary_hue="indigo", neutral_hue="slate", font=FONT).set(
    color_accent="*primary_600",
    button_primary_background_fill="*primary_600",
    button_primary_background_fill_hover="*primary_700",
    button_primary_background_fill_dark="*primary_600",
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
    input_border_width="1px",
    block_info_text_color="*neutral_600",
    block_info_text_color_dark="*neutral_300",
)
CSS = "".join((STATIC / f"{name}.css").read_text(encoding="utf-8") for name in ("page", "words"))
NAMES = (STATIC / "names.js").read_text(encoding="utf-8")
CONNECTION = f"<script>{(STATIC / 'connection.js').read_text(encoding='utf-8')}</script>"
