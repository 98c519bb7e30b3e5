"""The page: a photo, a recording and an emotion in; a video of that face saying those words out.

Photos and recordings come as files named by their content, so remembering the last few by their paths spares finding a
face twice: after the first video, another emotion only renders. Whatever goes wrong, in the page's handlers every error
ends as a sentence, because Gradio would cover the last video with an error sign.
"""

import logging
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr

from talking_face.errors import PhotoError, TalkingFaceError
from talking_face.portrait import outline

ASSETS = Path(__file__).parent.parent / "assets"
EXAMPLES = [
    [str(ASSETS / "london_129.jpg"), str(ASSETS / "good_news.wav"), "happiness"],
    [str(ASSETS / "london_024.jpg"), str(ASSETS / "photograph.wav"), "neutral"],
    [str(ASSETS / "london_009.jpg"), str(ASSETS / "everywhere.wav"), "sadness"],
]
EMOJI = {"happiness": "😊", "neutral": "😐", "sadness": "😢", "anger": "😠", "fear": "😨", "disgust": "🤢"}

PHOTO_HINT = "One face, looking at the camera in good light."
CONSENT = "*Use your own face, or one you may use.*"
VOICE_HINT = "Up to a minute of one person speaking."
FIRST_A_PHOTO = "There is no photo yet: please take or choose one first."
UNREADABLE = "This photo cannot be read: please save it as JPEG, PNG or WebP and try again."
UNFORESEEN = "That did not work, and it is not your fault: please try once more."

REMEMBERED = 16  # photos, and as many recordings; some megabytes each
CLEAN_UP = (600, 7200)  # seconds: how often, and from which age on, photos, recordings and videos are deleted
WAITING = 20  # people who may queue for the engine
PHOTO_HEIGHT = 280  # pixels
PREVIEW_HEIGHT = "clamp(180px, 22vw, 280px)"  # lower than the photo on phones, where it comes below
VIDEO_HEIGHT = "clamp(320px, 38vw, 480px)"

FONT = gr.themes.LocalFont("IBM Plex Sans", (400, 700)), "system-ui", "sans-serif"  # comes with Gradio
CSS = """
/* Keep room for the recording's player, so that nothing moves when it appears. */
#voice, #voice .audio-container { display: flex; flex-direction: column; flex: 1 }
#voice { min-height: 223px }
#voice > label { align-self: start }
#voice .component-wrapper { flex: 1 }
@media (max-width: 640px) { #voice { min-height: 252px } }
/* The box beside the slider sets the same number, and can be left empty. */
#intensity .tab-like-container { display: none }
"""
LAUNCH = {
    "theme": gr.themes.Default(primary_hue="indigo", secondary_hue="indigo", neutral_hue="slate", font=FONT),
    "css": CSS,
    "footer_links": [],
    "run_history": False,  # faces and voices are nobody else's business
    "enable_monitoring": False,
    "max_file_size": "50mb",
}


class Studio:
    """What the page's controls do.

    Parameters
    ----------
    engine : concurrent.futures.Future of engine.TalkingFace
        May still be loading while the page is already up; the first photo waits for it.
    """

    def __init__(self, engine):
        self._engine = engine
        self._portrait = lru_cache(REMEMBERED)(lambda path: engine.result().portrait(path))
        self._speech = lru_cache(REMEMBERED)(lambda path: engine.result().speech(path))

    def look(self, photo):
        """Path of a photo -> (picture of the face found in it, sentence on it)."""
        if photo is None:
            return None, f"{PHOTO_HINT} {CONSENT}"
        try:
            portrait = self._portrait(photo)
        except Exception as error:
            return None, f"{_problem(error)} {CONSENT}"
        return outline(portrait), " ".join(("✅ Face found.", *portrait.notes, CONSENT))

    def refuse(self):
        """Clear a photo that Gradio itself could not open."""
        gr.Warning(UNREADABLE)

    def listen(self, voice):
        """Path of a recording -> sentence on it."""
        if voice is None:
            return VOICE_HINT
        try:
            speech = self._speech(voice)
        except Exception as error:
            return _problem(error)
        return " ".join((f"✅ {speech.duration:.1f} seconds of speech.", *speech.notes))

    def talk(self, photo, voice, emotion, intensity, progress=gr.Progress()):
        """Yield the path of a new video; if there is none, say why and leave the last one where it is."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"talking-face-{emotion}.mp4"
            try:
                if photo is None:
                    raise PhotoError(FIRST_A_PHOTO)
                portrait, speech = self._portrait(photo), self._speech(voice)
                self._engine.result().write(
                    path,
                    portrait,
                    speech,
                    emotion=emotion,
                    intensity=intensity,
                    progress=lambda done, total: progress((done, total), desc="Making the video", unit="frames"),
                )
            except Exception as error:
                _problem(error)
                yield gr.skip()
            else:
                yield path  # which Gradio copies to its own folder before it comes back here

    def talk_again(self, video, photo, voice, emotion, intensity, progress=gr.Progress()):
        """As `talk`, once there has been a first video."""
        yield from self.talk(photo, voice, emotion, intensity, progress) if video else [gr.skip()]


def build(engine):
    """Lay out the page.

    Parameters
    ----------
    engine : concurrent.futures.Future of engine.TalkingFace

    Returns
    -------
    gradio.Blocks
        To be launched with the options `LAUNCH`.
    """
    studio = Studio(engine)
    with gr.Blocks(title="Talking Face", analytics_enabled=False, delete_cache=CLEAN_UP) as page:
        gr.Markdown("# Talking Face\nA photo and a recording become a video of that face saying those words.")
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
                        height=PHOTO_HEIGHT,
                        scale=2,
                        min_width=300,
                    )
                    face = gr.Image(
                        label="Face found",
                        alt_text="The photo, with the face that was found outlined",
                        interactive=False,
                        buttons=[],
                        height=PREVIEW_HEIGHT,
                        min_width=180,
                    )
                photo_note = gr.Markdown(f"{PHOTO_HINT} {CONSENT}", min_height="3em")
                voice = gr.Audio(
                    label="Voice", type="filepath", sources=["microphone", "upload"], buttons=[], elem_id="voice"
                )
                voice_note = gr.Markdown(VOICE_HINT)
                emotion = gr.Radio(
                    [(f"{emoji} {name.capitalize()}", name) for name, emoji in EMOJI.items()],
                    value="happiness",
                    label="Emotion",
                )
                intensity = gr.Slider(0, 1.5, value=1, step=0.1, label="Intensity", buttons=[], elem_id="intensity")
                talk = gr.Button("Talk", variant="primary", size="lg")
            with gr.Column():
                video = gr.Video(label="Video", interactive=False, autoplay=True, height=VIDEO_HEIGHT)
                gr.Examples(EXAMPLES, [photo, voice, emotion], label="Examples")

        # One at a time, in order: Talk waits for the photo it needs, and two cores are not shared out.
        shared = {"concurrency_id": "engine", "concurrency_limit": 1, "api_visibility": "private"}
        latest = shared | {"trigger_mode": "always_last"}
        choices = [photo, voice, emotion, intensity]
        looked = photo.change(studio.look, photo, [face, photo_note], show_progress_on=face, **latest)
        looked.failure(studio.refuse, None, photo, api_visibility="private")
        voice.change(studio.listen, voice, voice_note, show_progress="hidden", **latest)
        talk.click(studio.talk, choices, video, **shared)
        gr.on([emotion.input, intensity.input], studio.talk_again, [video, *choices], video, **latest)
    return page.queue(max_size=WAITING)


def _problem(error):
    """Show in passing what is wrong, and return it to stay on the page; what nobody foresaw goes into the log."""
    foreseen = isinstance(error, TalkingFaceError)
    if not foreseen:
        logging.getLogger(__name__).error(UNFORESEEN, exc_info=error)
    message = str(error) if foreseen else UNFORESEEN
    gr.Warning(message)
    return f"⚠️ {message}"
