"""The Talk tab: what a person gives on the left, the video and its emotion on the right, the next step below."""

import gradio as gr

from talking_face.limits import MAX_INTENSITY, MAX_LIVELINESS
from talking_face.timeline import EXAMPLE
from talking_face.ui import jobs, theme
from talking_face.ui.choices import AT_ONCE, CONSENT, FEELINGS, HIDDEN, LINES, PHOTOS, VOICES
from talking_face.ui.studio import SQUARE, UPRIGHT, WHOLE
from talking_face.ui.talk import text
from talking_face.ui.talk.giving import PHOTO_HINT, VOICE_HINT, Giving
from talking_face.ui.talk.making import VIDEO_HINT, Making
from talking_face.ui.talk.photo_tools import PhotoTools
from talking_face.ui.talk.player import HELLO, Player
from talking_face.ui.talk.recorder import Recorder
from talking_face.ui.talk.saving import offer_to_save
from talking_face.ui.talk.session import Session
from talking_face.ui.talk.takes import Takes
from talking_face.ui.talk.unfinished import Unfinished
from talking_face.ui.talk.uploads import TEETH, Uploads

SMILE_HINT = "If the photo hides your teeth: another one that shows them, for the video to take them from."
SMILE_SAID = f"smile => smile ? '{TEETH}' : '{SMILE_HINT}'"
NEXT_PHOTO, NEXT_VOICE = "Take or choose a photo", "Record your words"
# Known at once, before the server has looked at it.
OUTDATE = "() => window.player.outdate()"
REMEMBER = "(...given) => (window.remember(...given), [])"
# What was wrong before may be right with it.
FORGET_WRONG = f"said => said.startsWith('⚠️') ? (window.player.hush(), '{VIDEO_HINT}') : said"
# Beside the videos, one at a time: what is given is looked at while another video is being made.
LOOKING = HIDDEN | {"concurrency_id": "looking"}
# Said before the server has heard of it. A video in another emotion goes on where the last one has got to.
ASK, ASK_ANEW = (f"() => [...window.player.ask({anew}), '{jobs.GETTING_READY}']" for anew in ("false", "true"))


def lay_out(studio, **shared):
    """Build the tab inside a gr.Blocks.

    Parameters
    ----------
    studio : ui.studio.Studio
        Finds faces, reads recordings, has the engine.
    **shared
        Options of events that wait for the engine.
    """
    takes = Takes()
    making, unfinished = Making(studio, takes), Unfinished(studio, takes)
    studio.forgets.append(takes.forget)
    session, turn, place = gr.State(Session()), gr.Number(0, visible=False), gr.Number(0, visible=False)
    take, another = gr.Number(0, precision=0, visible=False), gr.Number(0, visible=False)
    with gr.Row(elem_id="talk"):
        with gr.Column(elem_id="seeing"):
            video = Player(HELLO, label="Video", elem_id="video")
            emotion = gr.Radio(FEELINGS, value="happiness", label="Emotion", elem_id="emotion")
        with gr.Column(elem_id="giving"):
            photo, chosen = _photo(studio, session)
            voice = _voice(studio, session, photo)
            typing = gr.Column()
        with gr.Column(elem_id="tuning"):
            with gr.Row():
                intensity, liveliness = _strength("Intensity", MAX_INTENSITY), _strength("Liveliness", MAX_LIVELINESS)
            with gr.Row(elem_id="doing"):
                new_take, all_six, undo, file, gif, share, send, captioned = _doing()
            with gr.Accordion("More", open=False):
                over_time = gr.Textbox(
                    label="Emotions over time", info="Press Enter to see it.", placeholder=EXAMPLE, submit_btn=True
                )
                shape = gr.Radio([WHOLE, SQUARE, UPRIGHT], value=WHOLE, label="Picture")
                smile, forgotten = _smile(studio, photo, another)
            strip = _strip()
            saved, drawn = (
                gr.DownloadButton("Saved", visible="hidden", elem_id="saved", elem_classes="english"),
                gr.JSON(visible=False),
            )
    with gr.Row(elem_id="bar"):
        status = gr.Markdown(VIDEO_HINT, elem_id="status")
        with gr.Row(elem_id="steps"):
            stop, take_photo, record, talk = _steps()

    with typing:
        words = text.lay_out(session, voice, emotion, intensity, **shared)

    latest = HIDDEN | shared | {"trigger_mode": "always_last"}
    progress = {"show_progress": "minimal", "show_progress_on": status}
    choices = [photo, voice, emotion, intensity, liveliness, take, over_time, shape, smile]
    result = [video, status, file]
    emotion.input(None, None, over_time, js="() => ''", **HIDDEN)
    tuned = [emotion.input, intensity.input, liveliness.input, shape.input, smile.clear]
    tuned += [another.change, over_time.submit]
    how = [emotion, intensity, liveliness, take]
    visitor = gr.BrowserState("", storage_key="talking-face-visitor")
    for events, js, make, given in (
        ([talk.click], ASK_ANEW, making.talk, choices),
        (tuned, ASK, making.talk_again, choices),
        ([all_six.click], ASK_ANEW, making.all_six, [photo, voice, *how, smile]),
    ):
        asked = gr.on(events, None, None, [turn, place, status], js=js, **HIDDEN)
        # What is asked for takes the place of what is being made, and does not wait in line behind it.
        asked.then(jobs.begin, [session, turn], None, **AT_ONCE)
        made = asked.then(make, [session, turn, place, *given], result, **progress, **latest)
        ended = made.then(unfinished.keep, session, result, **AT_ONCE)
        ended.then(takes.strip, session, strip, **AT_ONCE)
    next_take = "(...numbers) => (window.player.see(), numbers.map(number => number + 1))"
    new_take.click(None, [take, another], [take, another], js=next_take, **HIDDEN)
    strip.select(takes.choose, session, [*result, *how], **AT_ONCE)
    undo.click(takes.undo, session, [*result, *how], **AT_ONCE)
    gr.on([strip.select, undo.click], None, js="() => window.player.see()", **HIDDEN)
    take_photo.click(None, js="() => window.photo.take()", **HIDDEN)
    record.click(None, js="() => window.recorder.start()", **HIDDEN)
    stop.click(jobs.stop, [session, turn], status, js="session => [session, window.player.stop()]", **AT_ONCE)
    gr.on([photo.change, voice.change], None, status, status, js=FORGET_WRONG, **HIDDEN)
    page = gr.context.Context.root_block
    page.load(takes.welcome, [session, visitor], [visitor, strip], **AT_ONCE)
    given = [photo, voice, smile, chosen, *how, over_time, shape, *words]
    _remember(page, given, another, forgotten)
    offer_to_save(studio, session, status, file, gif, captioned, saved, drawn)
    gr.on([share.click, send.click], None, js="() => window.player.share()", **HIDDEN)


def _strength(name, most):
    """A slider with a number."""
    return gr.Slider(0, most, value=1, step=0.1, label=name, buttons=[], min_width=160, elem_id=name.lower())


def _doing():
    """What can be done with a video; returns the buttons, from left to right."""
    new_take = gr.Button("New take", size="md", min_width=90)
    all_six = gr.Button("All six", size="md", min_width=90)
    undo = gr.Button("Undo", size="md", min_width=90)
    file = gr.DownloadButton("Save MP4", size="md", interactive=False, min_width=90, elem_id="save")
    gif = gr.Button("Save GIF", size="md", interactive=False, min_width=90)
    share = gr.Button("Share", size="md", min_width=90, elem_id="share")
    send = gr.Button("Send", variant="primary", size="md", min_width=90, elem_id="send")
    captioned = gr.Button("Save with captions", size="md", visible=False, elem_id="captioned")
    return new_take, all_six, undo, file, gif, share, send, captioned


def _strip():
    """The pictures of the takes; returns their gallery."""
    return gr.Gallery(
        label="Your takes",
        columns=4,
        height="auto",
        object_fit="cover",
        allow_preview=False,
        interactive=False,
        buttons=[],
        visible=False,
        elem_id="takes",
    )


def _steps():
    """The big buttons below; returns Stop, what takes a photo, what records a voice, and Talk."""
    stop = gr.Button("Stop", size="lg", min_width=80, elem_id="stop")
    take_photo = gr.Button(NEXT_PHOTO, variant="primary", size="lg", elem_id="next-photo", elem_classes="next")
    record = gr.Button(NEXT_VOICE, variant="primary", size="lg", elem_id="next-voice", elem_classes="next")
    talk = gr.Button("Talk", variant="primary", size="lg", elem_id="go")
    return stop, take_photo, record, talk


def _remember(page, given, another, forgotten):
    """Have the browser remember what is `given`, and give it again to a page that is loaded anew."""
    page.load(None, None, given, js="(...given) => window.remembered(...given)", **HIDDEN)
    changes = [field.change for field in (*given, another)]
    gr.on(changes, None, given, None, js=REMEMBER, **HIDDEN)
    forgotten.then(None, given, None, js=REMEMBER, **HIDDEN)  # it may be out of sight, where nothing is said to change


def _photo(studio, session):
    """The photo, the face found in it, and what there is to say about it.

    Returns the photo's component, and the one that remembers which faces were chosen.
    """
    giving, latest = Giving(studio), LOOKING | {"trigger_mode": "always_last"}
    chosen = gr.JSON({}, visible=False)
    with gr.Row():
        photo = gr.Image(
            label="Photo",
            elem_id="photo",
            type="filepath",
            image_mode=None,
            sources=["upload", "webcam", "clipboard"],
            placeholder=NEXT_PHOTO,
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
    with gr.Row(elem_id="photo-said"):
        note = gr.Markdown(f"{PHOTO_HINT} {CONSENT}", elem_id="photo-note")
        PhotoTools(elem_id="photo-tools")
    gr.Examples([[path] for path in PHOTOS], photo, label="Or try one of these faces", elem_id="faces")
    given = gr.UploadButton("Any photo", visible="hidden", elem_id="any-photo")
    given.upload(Uploads(studio).photo, [session, photo, given], [photo, note], show_progress_on=note, **LOOKING)
    photo.change(None, js=OUTDATE, **HIDDEN)
    looked = photo.change(giving.look, [session, photo, chosen], [face, note], show_progress_on=face, **latest)
    looked.failure(giving.refuse, None, photo, **HIDDEN)
    face.select(giving.choose, [session, photo], [face, note, chosen], show_progress="hidden", **latest)
    return photo, chosen


def _smile(studio, photo, another):
    """Another photo, which shows the teeth. Each one that will do is counted in `another`.

    Returns its component, and the event that takes it away because the photo is another one.
    """
    smile = gr.Image(
        label="Smile photo",
        elem_id="smile",
        type="filepath",
        image_mode=None,
        sources=["upload"],
        placeholder="Choose a photo",
        buttons=[],
        height=theme.PREVIEW_HEIGHT,
    )
    note = gr.Markdown(SMILE_HINT, elem_id="smile-note")
    given = gr.UploadButton("Any smile", visible="hidden", elem_id="any-smile")
    taken, options = [smile, note, another], {"show_progress_on": note} | LOOKING
    given.upload(Uploads(studio).smile, [photo, given, another], taken, **options)
    smile.change(None, smile, note, js=SMILE_SAID, **HIDDEN)
    before = gr.State()
    forgotten = photo.change(_of_whom, [photo, smile, before], [smile, note, before], **AT_ONCE)
    return smile, forgotten


def _of_whom(photo, smile, before):
    """Keep a smile, and what is said of it, where there was no other photo `before`: a page that was loaded anew."""
    stays = smile and before in (None, photo)
    return *([gr.skip()] * 2 if stays else (None, SMILE_HINT)), photo


def _voice(studio, session, photo):
    """The recording, and what there is to say about it; returns its component."""
    uploads = Uploads(studio)
    Recorder(studio.max_seconds, elem_id="recorder")
    voice = gr.Audio(label="Voice", type="filepath", sources=["upload"], buttons=[], elem_id="voice")
    note = gr.Markdown(VOICE_HINT.format(studio.max_seconds), elem_id="voice-note")
    cut = gr.Button(f"Use the first {studio.max_seconds:.0f} seconds", size="md", visible=False)
    gr.Examples([[path] for path in VOICES], voice, label="Or try one of these lines", example_labels=LINES)
    given = gr.UploadButton("Any recording", visible="hidden", elem_id="any-recording")
    given.upload(uploads.recording, given, [voice, note], show_progress_on=note, **LOOKING)
    cut.click(uploads.cut, voice, [voice, note], show_progress_on=note, **LOOKING)
    voice.change(None, js=OUTDATE, **HIDDEN)
    latest = LOOKING | {"show_progress": "hidden", "trigger_mode": "always_last"}
    heard = voice.change(Giving(studio).listen, [session, voice], [note, cut], **latest)
    heard.then(None, [photo, note], js="(photo, note) => window.recorder.go(photo, note)", **HIDDEN)
    return voice
