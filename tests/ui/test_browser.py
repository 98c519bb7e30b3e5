"""The demo as people meet it: the real app in a real browser, at desk and phone width, with camera and microphone.

Screenshots go to artefacts/, to be looked at.
"""

import re
import subprocess

import numpy as np
import pytest
import soundfile
from PIL import Image

from support import group_photo
from support.browser import film, find_chromium
from support.pages import (
    DESK,
    LEFT,
    PHONE,
    expect_accessible,
    expect_in_view,
    expect_no_jump,
    expect_to_fit,
    open_tab,
    reload,
    screenshot,
    settled,
    talk_button,
    wait_for_rest,
    waits,
)
from support.paths import ASSETS
from talking_face.audio import read_sound
from talking_face.media.reading import read_video
from talking_face.ui.jobs import STOPPED

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = [pytest.mark.browser, pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed")]

TABS = ("Talk", "Compare", "How it works")
SECONDS = 4.5  # of the first example's recording
CAMERA_IS_ON = "document.querySelector('#photo video')?.readyState >= 2"  # there is a picture
PART_IS_SHOWN = "document.querySelector('#photo img')?.naturalWidth === 768"  # of 1280
PAUSE_AND_WATCH = """(video, place) => {
    video.currentTime = window.earliest = place
    video.pause()
    video.ontimeupdate = () => window.earliest = Math.min(window.earliest, video.currentTime) }"""
# Another photo is given as soon as a video is asked for.
OUTDATE_ONCE_ASKED = """() => {
    const { ask, outdate } = window.player
    window.player.ask = (...given) => [ask(...given), outdate()][0] }"""
FACE_IS_SHOWN = """old => {
    const image = document.querySelector('#face img')
    return image?.src !== old && image?.complete && image.naturalWidth && image.src }"""


def _choose_examples(page):
    page.get_by_role("button", name="Example face 1").click()
    page.get_by_text("Good news!").click()
    page.get_by_text("✅ Face found.").wait_for()
    page.get_by_text("seconds of speech").wait_for()


def _talk(page):
    talk_button(page).click()
    return _video(page)


def _video(page, other_than=None):
    """Wait for a (new) video to move; its number."""
    moves = """old => {
        const video = document.querySelector('#video video'), take = video.dataset.take
        return take && take !== 'hero' && take !== old && video.currentTime > 0 && take }"""
    return waits(page, moves, other_than)


def _take(page):
    """Number of the video that is shown."""
    return page.locator("#video video").get_attribute("data-take")


def _video_is(page, condition, given=None):
    """Wait until something is true of the video, a function of its element."""
    video = "document.querySelector('#video video')"
    return waits(page, f"given => {video} && ({condition})({video}, given)", given)


def _wait_until_whole(page):
    """Wait until a video that moves is finished, and here."""
    page.locator("#status").get_by_text("seconds of video").wait_for()
    _video_is(
        page, "video => video.buffered.length && video.buffered.end(video.buffered.length - 1) > video.duration - 0.3"
    )


def _expect_length(page, seconds):
    _video_is(page, "(video, seconds) => Math.abs(video.duration - seconds) < 0.1", seconds)


def _record_for_two_seconds(page):
    """Wait until a recording that has begun is so long, and not only while it is."""
    waits(page, "parseFloat(document.querySelector('#bar').dataset.recording?.slice(2)) >= 2")


def _upload(page, inside, path):
    page.locator(f"{inside} input[type=file]").set_input_files(path)


def _see(page, text):
    """Wait for a sentence both on the page and in the passing message."""
    page.get_by_test_id("toast-body").get_by_text(text).first.wait_for()
    page.get_by_test_id("markdown").get_by_text(text).first.wait_for()
    expect(page.get_by_text("Traceback")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_page_opens_fits_and_is_accessible(visit, size, scheme):
    page = visit(size, scheme)
    for tab in TABS:
        open_tab(page, tab)
        screenshot(page, f"{tab.lower().replace(' ', '-')}-{scheme}")
        expect_to_fit(page)
        expect_accessible(page)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_an_example_talks_and_changes_its_mind(visit, size):
    page = visit(size, "light" if size == DESK else "dark")
    place = settled(page, "#tuning")
    _choose_examples(page)
    expect_no_jump(page, "#tuning", place)

    first = _talk(page)
    expect_in_view(page)
    _video_is(page, "video => video.captureStream().getAudioTracks().length === 1")
    _wait_until_whole(page)
    _video_is(page, "video => video.ended")
    _expect_length(page, SECONDS)
    screenshot(page, "talking")
    expect_accessible(page)

    page.locator("#video video").evaluate(PAUSE_AND_WATCH, 2.2)
    page.get_by_label("Sadness").check()
    second = _video(page, other_than=first)
    _wait_until_whole(page)
    assert page.evaluate("window.earliest") >= 2.2, "the player lost its place"
    page.evaluate(OUTDATE_ONCE_ASKED)
    page.get_by_label("range slider for Intensity").press("ArrowRight")
    third = _video(page, other_than=second)
    assert len({first, second, third}) == 3
    expect(page.locator(".stage .mark")).to_be_visible()  # of the one before
    page.get_by_role("button", name="Stop", exact=True).click()
    _video_is(page, "video => video.paused")
    page.get_by_role("button", name="Example face 3").click()
    page.locator(".stage .mark").wait_for()  # this is the old face


def test_six_emotions_over_time_and_squares_can_be_saved(visit, tmp_path):
    page = visit()
    _choose_examples(page)
    page.get_by_role("button", name="All six").click()  # even before the first video
    six = _video(page)
    _video_is(page, "video => video.videoWidth === 784 && video.videoHeight === 580")
    _wait_until_whole(page)
    _video_is(page, "video => video.currentTime > 2")
    screenshot(page, "all-six")

    page.get_by_role("button", name="More").click()
    page.get_by_label("Square").check()
    square = _video(page, other_than=six)
    _wait_until_whole(page)
    page.get_by_label("Emotions over time").fill("0-2 s happiness, then sadness")
    page.get_by_label("Emotions over time").press("Enter")
    _video(page, other_than=square)
    _wait_until_whole(page)
    screenshot(page, "over-time")
    expect_accessible(page)

    for button, name in (("Save MP4", "talking-face-emotions.mp4"), ("Save GIF", "talking-face-emotions.gif")):
        with page.expect_download() as saved:
            page.get_by_role("button", name=button).click()
        assert saved.value.suggested_filename == name
        saved.value.save_as(tmp_path / name)
    frames, (rate, _, _) = (
        read_video(tmp_path / "talking-face-emotions.mp4"),
        read_sound(tmp_path / "talking-face-emotions.mp4"),
    )
    assert len(frames) == 112 and rate and frames.shape[1] == frames.shape[2]
    assert np.ptp(frames[:, -24:, -36:].astype(float).mean(0)) > 100  # the mark
    gif = Image.open(tmp_path / "talking-face-emotions.gif")
    assert gif.n_frames == pytest.approx(56, abs=1)

    page.get_by_label("Emotions over time").fill("happiness, then joylessness")
    page.get_by_label("Emotions over time").press("Enter")
    _see(page, "please write the emotions like")


def test_a_smile_photo_lends_its_teeth_until_the_photo_changes(visit, tmp_path):
    page = visit(ignore=LEFT)
    page.get_by_role("button", name="More").click()
    note = page.locator("#smile-note")
    _upload(page, "#smile", ASSETS / "london_129.jpg")
    _see(page, "There is no photo yet")
    _choose_examples(page)
    note.get_by_text("If the photo hides your teeth").wait_for()  # what was said of another photo is gone
    _upload(page, "#smile", ASSETS / "london_129.jpg")
    note.get_by_text("The smile photo shows no teeth").wait_for()
    first = _talk(page)
    _wait_until_whole(page)
    _upload(page, "#smile", _laughing(tmp_path / "laughing.png"))
    note.get_by_text("These teeth will be in the video.").wait_for()
    _video(page, other_than=first)  # made anew by itself
    _wait_until_whole(page)
    page.locator("#smile img").scroll_into_view_if_needed()
    screenshot(page, "smile-photo")
    expect_accessible(page)
    reload(page)
    page.get_by_text("✅ Face found.").wait_for()
    page.get_by_role("button", name="More").click()
    page.locator("#smile img").wait_for()
    note.get_by_text("These teeth will be in the video.").wait_for()
    page.get_by_role("button", name="Example face 3").click()
    page.locator("#smile img").wait_for(state="detached")


def _laughing(path):
    """A picture of an open mouth."""
    Image.fromarray(read_video(ASSETS / "hello.mp4")[56]).save(path)
    return path


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_camera_and_microphone(visit, size):
    page = visit(size)
    page.get_by_label("Capture from camera").click()
    waits(page, CAMERA_IS_ON)
    expect(page.locator("#photo video")).to_have_class(re.compile("flip"))  # as in a mirror
    screenshot(page, "camera")
    page.get_by_label("capture photo").click()
    page.get_by_text("✅ Face found.").wait_for()
    page.get_by_alt_text("The photo, with the face that was found outlined").wait_for()
    page.get_by_role("button", name="Another photo").click()  # taken as the last one was
    waits(page, CAMERA_IS_ON)
    page.locator("#photo-note").get_by_text("One face, looking at the camera").wait_for()
    page.get_by_label("capture photo").click()
    page.get_by_text("✅ Face found.").wait_for()

    page.get_by_role("button", name="Record", exact=True).click()
    _record_for_two_seconds(page)
    waits(page, "document.querySelector('meter[aria-label=Level]').value > 0")  # between two words it is 0
    screenshot(page, "recording")
    page.get_by_role("button", name="Stop", exact=True).click()
    said = "document.querySelector('#voice-note').textContent.match(/✅ ([\\d.]+) seconds of speech/)?.[1]"
    seconds = float(waits(page, said))
    assert seconds > 1

    _video(page)  # it speaks without having to be asked
    _wait_until_whole(page)
    _expect_length(page, seconds)
    screenshot(page, "recorded")
    if size == DESK:
        _record_again_and_change_the_emotion_meanwhile(page)


def _record_again_and_change_the_emotion_meanwhile(page):
    first = _take(page)
    page.get_by_role("button", name="Record again").click()
    _record_for_two_seconds(page)
    page.get_by_label("Sadness").check()
    _video_is(page, "(video, first) => video.dataset.take !== first", first)
    _wait_until_whole(page)
    _video_is(page, "video => video.paused && !video.ended")  # it is not recorded, too
    second = _take(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    _video(page, other_than=second)


def test_a_face_speaks_before_anything_is_done_and_three_touches_make_it_ones_own(visit, tmp_path):
    page = visit(PHONE, touch=True)
    _video_is(page, "video => video.currentTime > 0 && video.muted && video.loop && video.videoWidth >= 720")
    expect_in_view(page)
    screenshot(page, "first-screen")
    page.locator("#emotion label", has_text="Anger").tap()
    first = _video(page)

    with page.expect_file_chooser() as chooser:
        page.locator("#next-photo").tap()
    chooser.value.set_files(_heic(tmp_path / "selfie.heic"))
    page.get_by_text("✅ Face found.").wait_for()
    page.locator("#next-voice").tap()
    _record_for_two_seconds(page)
    page.get_by_role("button", name="Stop", exact=True).tap()
    _video(page, other_than=first)
    expect_in_view(page)
    controls = "[...document.querySelectorAll('#bar button, #emotion label')].filter(one => one.checkVisibility())"
    waits(page, f"{controls}.length >= 8 && {controls}.every(one => one.offsetHeight >= 44)")


@pytest.mark.parametrize(("size", "touch"), [(DESK, False), (PHONE, True)])
def test_a_photo_can_be_cropped_and_replaced_and_what_is_refused_leaves_it(visit, tmp_path, size, touch):
    page = visit(size, touch=touch)
    _upload(page, "#photo", group_photo.save_group(tmp_path / "two.jpg"))
    note = page.locator("#photo-note")
    note.get_by_text("Found 2 faces").wait_for()
    page.get_by_role("button", name="Crop").click()
    waits(page, "document.querySelector('.cropping img').naturalWidth === 1280")
    wait_for_rest(page)
    for _ in range(15):  # the right edge, to where the other face begins
        page.keyboard.press("Shift+ArrowLeft")
    whole, corner = page.locator(".cropping .whole").bounding_box(), page.locator(".frame .nw").bounding_box()
    page.mouse.move(corner["x"] + 22, corner["y"] + 22)
    page.mouse.down()
    page.mouse.move(whole["x"] + 1, whole["y"] + 1, steps=3)
    page.mouse.up()
    screenshot(page, "cropping")
    expect_accessible(page)
    page.get_by_role("button", name="Keep this part").click()
    waits(page, PART_IS_SHOWN)
    note.get_by_text("✅ Face found. Use your own").wait_for()

    (tmp_path / "damaged.jpg").write_bytes(b"no photo")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Another photo").click()
    chooser.value.set_files(tmp_path / "damaged.jpg")
    note.get_by_text("⚠️").wait_for()
    expect(note.get_by_text("✅ Face found.")).to_be_visible()
    waits(page, PART_IS_SHOWN)


def _heic(path):
    pillow_heif = pytest.importorskip("pillow_heif")
    with Image.open(ASSETS / "london_024.jpg") as photo:
        pillow_heif.from_pillow(photo).save(path)
    return path


def test_files_of_any_kind_are_taken_and_what_is_too_long_is_cut_with_one_click(visit, tmp_path):
    page = visit()
    film(ASSETS / "london_009.jpg", tmp_path / "film.mjpeg", seconds=1)
    _ffmpeg("-i", tmp_path / "film.mjpeg", tmp_path / "clip.mov")
    _upload(page, "#photo", tmp_path / "clip.mov")
    page.get_by_text("✅ Face found.").wait_for()
    for name in ("voice.webm", "voice.caf", "voice.mp4"):
        codec = {"voice.webm": "libopus", "voice.caf": "alac", "voice.mp4": "aac"}[name]
        _ffmpeg("-i", ASSETS / "good_news.wav", "-ar", "48000", "-c:a", codec, tmp_path / name)
        _upload(page, "#voice", tmp_path / name)
        page.locator("#voice-note").get_by_text("4.5 seconds of speech").wait_for()
        page.get_by_label("Clear").first.click()
        page.locator("#voice-note").get_by_text("Up to 60 seconds").wait_for()
    _ffmpeg("-stream_loop", "15", "-i", ASSETS / "good_news.wav", tmp_path / "long.m4a")
    _upload(page, "#voice", tmp_path / "long.m4a")
    _see(page, "at most 60 seconds can be spoken at once")
    page.get_by_role("button", name="Use the first 60 seconds").click()
    page.locator("#voice-note").get_by_text("60.0 seconds of speech").wait_for()


def _ffmpeg(*options):
    from imageio_ffmpeg import get_ffmpeg_exe

    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-y", *map(str, options)], check=True)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_click_on_a_face_chooses_it(visit, tmp_path, size):
    page = visit(size, ignore=LEFT)
    page.get_by_text("Good news!").click()
    _upload(page, "#photo", group_photo.save_group(tmp_path / "two.jpg"))
    note = page.locator("#photo-note")
    note.get_by_text("Found 2 faces and took the largest. Click on another face to choose it.").wait_for()
    shown = waits(page, FACE_IS_SHOWN)
    screenshot(page, "two-faces-largest")
    group_photo.click(page, group_photo.RIGHT)
    note.get_by_text("took number 2 by size").wait_for()
    waits(page, FACE_IS_SHOWN, shown)
    screenshot(page, "two-faces-second")

    first = _talk(page)
    _wait_until_whole(page)
    page.get_by_label("Sadness").check()
    second = _video(page, other_than=first)
    expect(note.get_by_text("took number 2 by size")).to_be_visible()
    page.get_by_role("button", name="More").click()
    page.get_by_label("Square").check()
    _video(page, other_than=second)
    _video_is(page, "video => video.videoWidth < 620")  # around the smaller face
    _wait_until_whole(page)
    screenshot(page, "two-faces-square")
    expect_accessible(page)

    reload(page)
    note.get_by_text("took number 2 by size").wait_for()
    waits(page, FACE_IS_SHOWN)
    group_photo.click(page, group_photo.LEFT)
    note.get_by_text("took the largest").wait_for()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_bad_photos_are_told_and_nothing_is_lost(visit, tmp_path, size):
    page = visit(size)
    _choose_examples(page)
    video = _talk(page)
    _wait_until_whole(page)

    Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)).save(tmp_path / "noise.png")
    page.get_by_label("Remove Image").click()
    _upload(page, "#photo", tmp_path / "noise.png")
    _see(page, "No face was found")
    screenshot(page, "no-face")

    page.get_by_label("Remove Image").click()
    (tmp_path / "damaged.jpg").write_bytes(b"no photo")
    _upload(page, "#photo", tmp_path / "damaged.jpg")
    page.get_by_text("cannot be read").first.wait_for()

    talk_button(page).click()
    _see(page, "There is no photo yet")
    expect(page.locator("#video video")).to_have_attribute("data-take", video)
    expect(page.get_by_text("seconds of speech")).to_be_visible()
    page.get_by_role("button", name="Example face 1").click()
    page.locator("#status").get_by_text("Your video will play here").wait_for()


def test_a_silent_recording_is_told(visit, tmp_path):
    page = visit()
    soundfile.write(tmp_path / "silence.wav", np.zeros(32000), 16000)
    _upload(page, "#voice", tmp_path / "silence.wav")
    _see(page, "The recording is silent")
    screenshot(page, "silent")


def test_work_can_be_stopped_or_left_and_begun_again(visit, tmp_path):
    page = visit(ignore=LEFT)
    _choose_examples(page)
    sound, rate = soundfile.read(ASSETS / "good_news.wav")
    soundfile.write(tmp_path / "long.wav", np.tile(sound, 12), rate)
    page.get_by_label("Clear").first.click()
    _upload(page, "#voice", tmp_path / "long.wav")
    page.get_by_text("53.4 seconds of speech").wait_for()
    video = _talk(page)
    page.get_by_role("button", name="Stop", exact=True).locator("visible=true").last.click()
    page.locator("#status").get_by_text(STOPPED).wait_for()
    talk_button(page).click()
    _video(page, other_than=video)  # nothing holds the engine any more

    reload(page)
    _video_is(page, "video => video.dataset.take === 'hero'")
    page.get_by_text("53.4 seconds of speech").wait_for()
    _choose_examples(page)
    _talk(page)
    _wait_until_whole(page)
