"""The Compare tab, and the endpoint /compare: the same face and voice through several models."""

import gradio as gr

from talking_face.paths import ASSETS
from talking_face.ui import jobs
from talking_face.ui.choices import AT_ONCE, CONSENT, FEELINGS, HIDDEN, PHOTOS, VOICES
from talking_face.ui.compare.handlers import HINT, Comparer, published, wipe
from talking_face.ui.problems import sentence

CLIP = str(ASSETS / "speaker.mp4")  # a real one
ASK = f"""() => (document.querySelector('#compare-video').scrollIntoView({{ block: 'start' }}),
    [performance.timeOrigin + performance.now(), '{jobs.GETTING_READY}'])"""
KEPT = 3000  # seconds that frames stay on the server for the wipe
VIDEO_HEIGHT = "clamp(220px, 26vw, 340px)"
WIPE_HEIGHT, PLOT_HEIGHT, INSIDE_HEIGHT = 340, 320, 260  # pixels
INTRODUCTION = (
    "The same photo and voice through our deformable model and through the baseline of Eskimez et al. (2020), which "
    "paints the whole face anew in 128 pixels. Ours keeps its head still here (liveliness 0), as the baseline does."
)
INSIDE = (
    (
        "Coarse deformable layer",
        "Mouth of the photo with lines to where the coarse layer looks, and dots where it samples",
    ),
    ("Fine deformable layer", "Mouth of the photo with lines to where the fine layer looks, and dots where it samples"),
    ("What attention paints", "Mouth of the widest open frame, in colour where it is painted and grey elsewhere"),
)
HOW_INSIDE = (
    "The frame in which the lips open furthest. Lines lead from places in the new frame to where in the photo the "
    "layer looks, dots are its samples, brighter the more they count. On the right, what is in colour was painted; "
    "what is grey is the photo itself, moved."
)
HOW_TO_READ = (
    "Every model got the first frame and the sound of clips of people it had never seen, and was measured against the "
    "real frames: a model that scores no better than the still photo, repeated, has learned nothing about them."
)


def lay_out(studio, checkpoints=(), **shared):
    """Build the tab inside a gr.Blocks.

    Parameters
    ----------
    studio : ui.studio.Studio
        Finds faces and reads recordings.
    checkpoints : sequence of path
        Weights to offer beside the models that have names, such as what the reference project publishes.
    **shared
        Options of events that wait for the engine.
    """
    comparer = Comparer(studio, checkpoints)
    gr.Markdown(f"{INTRODUCTION} {comparer.missing()}")
    with gr.Row():
        with gr.Column():
            given = _given(comparer)
        with gr.Column():
            video, pair, *sides, frame = _seen()
    with gr.Column(visible=False) as details:  # until there is something in it
        measured = _measured()
    gr.Markdown("## On held-out clips")
    gr.Markdown(HOW_TO_READ)
    gr.Markdown(published(), elem_id="published")
    with gr.Row(elem_id="compare-bar"):
        status = gr.Markdown(HINT, elem_id="compare-status")
        with gr.Row(elem_id="compare-steps"):
            stop = gr.Button("Stop", size="lg", min_width=80)
            button = gr.Button("Compare", variant="primary", size="lg")

    session, turn, stills = gr.State(jobs.Visit()), gr.Number(0, visible=False), gr.State(time_to_live=KEPT)
    shown = [video, status, stills, pair, *sides, frame, *measured]
    asked = button.click(None, None, [turn, status], js=ASK, **HIDDEN)
    asked.then(jobs.begin, [session, turn], None, **AT_ONCE)
    comparing = asked.then(comparer.show, [session, turn, *given], shown, show_progress_on=status, **HIDDEN, **shared)
    stop.click(jobs.stop, session, status, cancels=comparing, **AT_ONCE)
    video.change(lambda: gr.Column(visible=True), None, details, **AT_ONCE)
    moved = [field.input for field in (*sides, frame)]
    gr.on(moved, wipe, [stills, *sides, frame], pair, trigger_mode="always_last", **AT_ONCE)
    _declare_endpoint(comparer, **shared)


def _given(comparer):
    """What is compared, and with what; returns the photo, the voice, the clip, the emotion and the models."""
    with gr.Row():
        photo = gr.Image(
            PHOTOS[0],
            label="Photo to compare",
            elem_id="compare-photo",
            type="filepath",
            image_mode=None,
            sources=["upload", "webcam"],
            buttons=[],
            height=240,
            min_width=180,
        )
        clip = gr.Video(
            label="Or a real talking clip",
            elem_id="compare-clip",
            sources=["upload"],
            buttons=[],
            height=240,
            min_width=180,
        )
    gr.Examples([[path] for path in PHOTOS], photo, label="Or try one of these faces", elem_id="compare-faces")
    gr.Examples([[CLIP]], clip, label="Or this real speaker", elem_id="compare-clips")
    gr.Markdown(f"A clip's first frame and sound take the place of photo and voice. {CONSENT}")
    voice = gr.Audio(
        VOICES[0],
        label="Voice to compare",
        type="filepath",
        sources=["microphone", "upload"],
        buttons=[],
        elem_id="compare-voice",
    )
    emotion = gr.Radio(FEELINGS, value="neutral", label="Emotion of all models")
    models = gr.CheckboxGroup(comparer.models(), value=comparer.usual(), label="Models")
    return photo, voice, clip, emotion, models


def _seen():
    """What the models made; returns the video, the slider between two of them, who is on its sides, and the frame."""
    video = gr.Video(
        label="Side by side",
        show_label=False,  # it would cover the names
        elem_id="compare-video",
        interactive=False,
        autoplay=True,
        buttons=["download"],
        height=VIDEO_HEIGHT,
    )
    pair = gr.ImageSlider(label="Wipe", elem_id="wipe", interactive=False, buttons=[], height=WIPE_HEIGHT, format="png")
    with gr.Row(elem_id="compare-sides"):
        left, right = (gr.Dropdown([], label=side, interactive=False, min_width=180) for side in ("Left", "Right"))
    frame = gr.Slider(1, 2, value=1, step=1, label="Frame", buttons=[], interactive=False, elem_id="compare-frame")
    return video, pair, left, right, frame


def _measured():
    """What is said of it; returns the table, the curves, and the pictures of the inside of our painter."""
    with gr.Row():
        with gr.Column(min_width=320):
            table = gr.Markdown(elem_id="compare-table")
        with gr.Column(min_width=320):
            curves = gr.LinePlot(
                x="seconds",
                y="opening",
                color="curve",
                x_title="seconds",
                y_title="lip opening, %",
                color_title="",
                label="Lip opening over the sound, % of the eyes' distance",
                height=PLOT_HEIGHT,
                buttons=[],
                elem_id="compare-curves",
            )
    with gr.Row():
        pictures = [
            gr.Image(
                label=label,
                alt_text=text,
                interactive=False,
                buttons=[],
                height=INSIDE_HEIGHT,
                min_width=240,
                format="png",
            )
            for label, text in INSIDE
        ]
    gr.Markdown(HOW_INSIDE)
    return table, curves, *pictures


def _declare_endpoint(comparer, **shared):
    """The endpoint /compare; nothing of it shows on the page."""

    def compare(
        photo: str | None = None,
        recording: str | None = None,
        clip: str | None = None,
        emotion: str = "neutral",
        models: list[str] | None = None,
        face: int = 1,
        request: gr.Request = None,
    ) -> tuple[str, dict]:
        """Let several models say the same words with the same face, side by side, and measure what they make.

        Give a photo and a recording, or a real talking clip: its first frame and sound then take their place, and the
        models are measured against its frames. Use only a face that you may use. At most 20 seconds are compared.

        Args:
            photo: A photo of a face that looks at the camera.
            recording: A recording of one person speaking.
            clip: A video of one person speaking, which takes the place of photo and recording.
            emotion: One of those that /emotions names.
            models: Names of models, such as "deformable" and "baseline"; by default all whose weights are here.
            face: Which face of the photo, from 1, the largest.

        Returns:
            An MP4 with the videos side by side, and for each video its measures, such as frames a second and sharpness.
        """
        try:
            yield from comparer.report(request, photo, recording, clip, emotion, models, face)
        except Exception as error:
            raise gr.Error(sentence(error), print_exception=False) from None

    with gr.Column(visible=False, elem_classes="english"):
        inputs = [
            gr.Image(type="filepath", image_mode=None, label="photo"),
            gr.Audio(type="filepath", label="recording"),
            gr.Video(label="clip"),
            gr.Textbox("neutral", label="emotion"),
            gr.CheckboxGroup([model for _, model in comparer.models()], label="models"),
            gr.Number(1, label="face", precision=0),
        ]
        outputs = [gr.Video(label="video"), gr.JSON(label="measures")]
        gr.on([], compare, inputs, outputs, api_name="compare", **shared)
