"""The Talk tab: photo and voice on the left, the video and its emotion on the right."""

import gradio as gr

from talking_face.emotions import TABLE
from talking_face.engine import MAX_INTENSITY, MAX_LIVELINESS
from talking_face.paths import ASSETS
from talking_face.timeline import EXAMPLE
from talking_face.ui import text, theme
from talking_face.ui.player import Player
from talking_face.ui.studio import CONSENT, PHOTO_HINT, SQUARE, VIDEO_HINT, VOICE_HINT, WHOLE, Session

PHOTOS = [str(ASSETS / name) for name in ("london_129.jpg", "london_024.jpg", "london_009.jpg")]
VOICES = [str(ASSETS / name) for name in ("good_news.wav", "photograph.wav", "everywhere.wav")]
LINES = ["Good news!", "I can talk to you.", "Why did you leave?"]
FEELINGS = [
    (f"{emotion.sign} {emotion.name.capitalize()}", emotion.name)
    for emotion in sorted(TABLE, key=lambda emotion: emotion.order)
]

# A video in another emotion goes on where the last one, which plays meanwhile, has got to.
TELL_PLACE = "session => [session, window.player.place()]"


def lay_out(studio, **shared):
    """Build the tab inside a gr.Blocks.

    Parameters
    ----------
    studio : studio.Studio
        What its controls do.
    **shared
        Options of events that wait for the engine.
    """
    session, turn, place = gr.State(Session()), gr.Number(0, visible=False), gr.Number(0, visible=False)
    take = gr.Number(0, precision=0, visible=False)
    with gr.Row():
        with gr.Column():
            with gr.Row():
                photo = gr.Image(
                    label="Photo",
                    elem_id="photo",
                    type="filepath",
                    image_mode=None,
                    sources=["upload", "webcam", "clipboard"],
                    webcam_options=gr.WebcamOptions(mirror=True),
                    buttons=[],
                    height=theme.PHOTO_HEIGHT,
                    scale=3,
                    min_width=300,
                )
                face = gr.Image(
                    label="Face found",
                    alt_text="The photo, with the face that was found outlined",
                    interactive=False,
                    buttons=[],
                    elem_id="face",
                    height=theme.PREVIEW_HEIGHT,
                    scale=2,
                    min_width=180,
                )
            photo_note = gr.Markdown(f"{PHOTO_HINT} {CONSENT}", min_height="3em", elem_id="photo-note")
            gr.Examples([[path] for path in PHOTOS], photo, label="Or try one of these faces", elem_id="faces")
            voice = gr.Audio(
                label="Voice", type="filepath", sources=["microphone", "upload"], buttons=[], elem_id="voice"
            )
            voice_note = gr.Markdown(VOICE_HINT.format(studio.max_seconds))
            gr.Examples([[path] for path in VOICES], voice, label="Or try one of these lines", example_labels=LINES)
            typing = gr.Column()
            with gr.Row():
                talk = gr.Button("Talk", variant="primary", size="lg", scale=3)
                stop = gr.Button("Stop", size="lg", min_width=80)
        with gr.Column():
            video = Player(label="Video", elem_id="video")
            status = gr.Markdown(VIDEO_HINT, min_height="1.6em", elem_id="status")
            emotion = gr.Radio(
                FEELINGS,
                value="happiness",
                label="Emotion",
                elem_id="emotion",
            )
            intensity = gr.Slider(
                0, MAX_INTENSITY, value=1, step=0.1, label="Intensity", buttons=[], elem_id="intensity"
            )
            liveliness = gr.Slider(
                0, MAX_LIVELINESS, value=1, step=0.1, label="Liveliness", buttons=[], elem_id="liveliness"
            )
            with gr.Row():
                new_take = gr.Button("New take", size="md", min_width=90)
                all_six = gr.Button("All six", size="md", min_width=90)
                file = gr.DownloadButton("Save MP4", size="md", interactive=False, min_width=90)
                gif = gr.Button("Save GIF", size="md", interactive=False, min_width=90)
            with gr.Accordion("More", open=False):
                over_time = gr.Textbox(
                    label="Emotions over time", info="Press Enter to see it.", placeholder=EXAMPLE, submit_btn=True
                )
                shape = gr.Radio([WHOLE, SQUARE], value=WHOLE, label="Picture")
            gif_file = gr.DownloadButton("GIF", visible="hidden", elem_id="gif-file")

    hidden = {"api_visibility": "private"}
    latest = hidden | shared | {"trigger_mode": "always_last"}
    at_once = hidden | {"queue": False, "show_progress": "hidden"}
    making = {"show_progress": "minimal", "show_progress_on": status}

    with typing:
        text.lay_out(studio, session, voice, emotion, intensity, **hidden, **shared)

    looked = photo.change(studio.look, [session, photo], [face, photo_note], show_progress_on=face, **latest)
    looked.failure(studio.refuse, None, photo, **hidden)
    face.select(studio.choose, [session, photo], [face, photo_note], show_progress="hidden", **latest)
    voice.change(studio.listen, voice, voice_note, show_progress="hidden", **latest)

    choices, result = [photo, voice, emotion, intensity, liveliness, take, over_time, shape], [video, status, file]
    wanted = talk.click(studio.interrupt, session, [turn, status], **at_once)
    wanted.then(studio.talk, [session, turn, *choices], result, **making, **latest)
    # What is chosen anew takes the place of what is being made, without waiting in line behind it.
    chosen = gr.on(
        [emotion.input, intensity.input, liveliness.input, take.change, over_time.submit, shape.input],
        studio.interrupt,
        [session, place],
        [turn, status],
        js=TELL_PLACE,
        **at_once,
    )
    chosen.then(studio.talk_again, [session, turn, *choices], result, **making, **latest)
    emotion.input(lambda: "", None, over_time, **at_once)
    new_take.click(lambda take: take + 1, take, take, **at_once)
    six_wanted = all_six.click(studio.interrupt, session, [turn, status], **at_once)
    six_wanted.then(
        studio.all_six, [session, turn, photo, voice, intensity, liveliness, take], result, **making, **latest
    )
    stop.click(studio.stop, session, status, js="session => (window.player.stop(), session)", **at_once)
    gr.on([photo.change, voice.change], None, js="() => window.player.outdate()", **hidden)

    file.change(lambda: gr.Button(interactive=True), None, gif, **at_once)
    made = gif.click(studio.gif, file, gif_file, preprocess=False, show_progress_on=gif, **hidden, **shared)
    made.success(None, js="() => document.querySelector('#gif-file').click()", **hidden)
