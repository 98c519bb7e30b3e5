"""The page in the browser."""

import gradio as gr

from talking_face.ui import about, api, languages, open_graph, theme
from talking_face.ui.compare.layout import lay_out as lay_out_compare
from talking_face.ui.talk.layout import lay_out as lay_out_talk

CLEAN_UP = (300, 3000)  # seconds: how often, and from which age on, photos, recordings and videos are deleted
TITLE = "# Talking Face\nA photo and a recording become a video of that face saying those words."
WAITING = 20  # people who may queue for the engine

LAUNCH = {
    "theme": theme.THEME,
    "css": theme.CSS,
    "js": theme.NAMES,
    "head": languages.head() + theme.CONNECTION,
    "footer_links": ["api"],
    "run_history": False,  # faces and voices are nobody else's business
    "enable_monitoring": False,
}


def build(studio, concurrency=1, checkpoints=()):
    """Lay out the page.

    Parameters
    ----------
    studio : ui.studio.Studio
        What all tabs work with.
    concurrency : int
        How many videos may be made at a time.
    checkpoints : sequence of path
        Weights to offer in the Compare tab beside the models that have names.

    Returns
    -------
    gradio.Blocks
        To be launched with the options `LAUNCH`.
    """
    studio.forget_every(CLEAN_UP[1])
    gr.set_static_paths([open_graph.PICTURE])
    # Talk waits in line for the photo it needs, and the cores are not shared out to more videos than the host wants.
    shared = {"concurrency_id": "engine", "concurrency_limit": concurrency}
    with gr.Blocks(title="Talking Face", analytics_enabled=False, delete_cache=CLEAN_UP) as page:
        gr.HTML(languages.SWITCH, elem_id="languages")
        gr.Markdown(TITLE, elem_id="title")
        with gr.Tab("Talk", elem_id="talk-tab"):
            lay_out_talk(studio, **shared)
        with gr.Tab("Compare", elem_id="compare-tab"):
            lay_out_compare(studio, checkpoints, **shared)
        with gr.Tab("How it works", elem_id="how-tab"):
            about.lay_out()
        api.lay_out(studio, **shared)
    page.unload(studio.leave)
    return page.queue(max_size=WAITING)
