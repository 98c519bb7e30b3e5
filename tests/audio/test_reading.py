"""Files of every kind, in and out of order, and what the browser records."""

import socket
import subprocess

import numpy as np
import pytest
import soundfile
from imageio_ffmpeg import get_ffmpeg_exe

from support.voice import check_speech, voice
from talking_face.audio import load_speech, read_sound
from talking_face.errors import RecordingError


def convert(source, target, *options):
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-i", source, *options, target], check=True)
    return target


@pytest.fixture(scope="module")
def wav(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "voice.wav"
    soundfile.write(path, voice(1.5, 48000), 48000)
    return path


@pytest.mark.parametrize(
    "name, options",
    [
        ("mulaw.wav", ["-ar", "8000", "-c:a", "pcm_mulaw"]),
        ("studio.wav", ["-ar", "96000", "-c:a", "pcm_s24le"]),
        ("stereo.flac", ["-af", "pan=stereo|c0=c0|c1=c0", "-ar", "44100"]),
        ("music.mp3", ["-c:a", "libmp3lame"]),
        ("phone.m4a", ["-c:a", "aac"]),
        ("browser.webm", ["-c:a", "libopus"]),
        ("messenger.ogg", ["-c:a", "libopus"]),
        ("a name with spaces, %03d and ünïcode.m4a", ["-c:a", "aac"]),
        ("lies.mp3", ["-c:a", "libopus", "-f", "webm"]),
        ("headerless.raw", ["-c:a", "aac", "-f", "adts"]),
    ],
)
def test_formats_sound_the_same(wav, tmp_path, name, options):
    speech = load_speech(convert(wav, tmp_path / name, *options))
    check_speech(speech, 1.5)
    original = load_speech(wav)
    assert speech.level == pytest.approx(original.level, abs=0.5)
    columns = min(len(speech.log_mel), len(original.log_mel))
    below_3_khz = np.s_[8 : columns - 8, :50]  # 8 kHz recordings have nothing above 4 kHz
    assert np.corrcoef(speech.log_mel[below_3_khz].ravel(), original.log_mel[below_3_khz].ravel())[0, 1] > 0.95


def test_sound_track_of_a_video(wav, tmp_path):
    picture = ["-f", "lavfi", "-i", "color=size=64x64:duration=1.5", "-map", "0:a", "-map", "1:v", "-c:a", "aac"]
    check_speech(load_speech(str(convert(wav, tmp_path / "clip.mp4", *picture))), 1.5)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("channels", [0, 1, 2])
def test_arrays_from_the_browser(dtype, channels):
    samples = voice(1.0, 22050)
    if np.issubdtype(dtype, np.integer):
        info = np.iinfo(dtype)
        samples = np.round((samples + 1) / 2 * (info.max - info.min) + info.min)
    samples = samples.astype(dtype)
    speech = load_speech((22050, np.stack([samples] * channels, 1) if channels else samples))
    check_speech(speech, 1.0)
    assert speech.rate == 22050 and speech.notes == ()
    assert speech.sound.ndim == max(channels, 1)
    for heard in (speech.voice, *np.atleast_2d(speech.sound.T)):
        assert np.abs(heard - voice(1.0, 22050)).max() < (0.02 if dtype is np.uint8 else 1e-3)


PLACES = "FL+FR+FC+LFE+BL+BR".split("+")


@pytest.mark.parametrize("name", ["film.m4a", "film.wav", "film.flac"])
@pytest.mark.parametrize("place, ears", [("FC", [1]), ("FL", [1, 0]), ("FR", [0, 1]), ("BR", [0, 0.7071])])
def test_channels_are_mixed_down_by_their_places(wav, tmp_path, name, place, ears):
    layout = "|".join(f"{each}={'c0' if each == place else '0*c0'}" for each in PLACES)
    speech = load_speech(convert(wav, tmp_path / name, "-af", f"pan=5.1|{layout}"))
    own = load_speech(wav)
    levels = [float(ear.std() / own.sound.std()) for ear in np.atleast_2d(speech.sound.T)]
    assert levels == pytest.approx(ears, abs=0.03)
    assert speech.level == pytest.approx(own.level + 20 * np.log10(max(ears)), abs=0.3)


def test_all_places_together_are_mixed_as_players_do(wav, tmp_path):
    layout = "|".join(f"{place}={share}*c0" for place, share in zip(PLACES, (0.2, 0.1, 0.3, 0.9, 0.4, 0.1)))
    rate, samples, _ = read_sound(convert(wav, tmp_path / "film.wav", "-af", f"pan=5.1|{layout}", "-c:a", "pcm_s16le"))
    own = read_sound(wav)[1][:, 0]
    ears = [0.2 + np.sqrt(0.5) * (0.3 + 0.4), 0.1 + np.sqrt(0.5) * (0.3 + 0.1)]
    assert np.abs(samples - np.outer(own, ears)).max() < 1e-3


@pytest.mark.parametrize("header", ["nothing", "everything"])
def test_a_recorder_that_was_cut_off(wav, tmp_path, header):
    """Its header holds the length that it began with."""
    data = bytearray(wav.read_bytes())
    place = data.index(b"data") + 4
    data[place : place + 4] = data[4:8] = (b"\0" if header == "nothing" else b"\xff") * 4
    (tmp_path / "cut.wav").write_bytes(data)
    speech = load_speech(tmp_path / "cut.wav")
    assert speech.duration == 1.5 and np.abs(speech.sound - load_speech(wav).sound).max() < 1e-4


def test_edit_lists_and_encoders_lead_ins_are_left_out(wav, tmp_path):
    """What an editor has cut off is in the file still; a lead-in of the encoder is in every AAC."""
    whole = convert(wav, tmp_path / "whole.m4a", "-c:a", "aac")
    cut = convert(wav, tmp_path / "cut.m4a", "-c:a", "aac", "-ss", "0")
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-y", "-ss", "0.5", "-i", whole, "-c", "copy", cut], check=True)
    rate, own, _ = read_sound(wav)
    for path, start in ((whole, 0), (cut, 0.5)):
        _, samples, _ = read_sound(path)
        expected = own[round(start * rate) :, 0]
        overlap = min(len(samples), len(expected), rate // 2)
        shifts = np.correlate(samples[:overlap, 0], expected[:overlap], "full")
        assert abs(int(shifts.argmax()) - overlap + 1) < 0.03 * rate


def test_too_long_says_how_long(tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, voice(4.5), 16000)
    webm = convert(path, tmp_path / "long.webm")
    live = convert(path, tmp_path / "live.webm", "-f", "webm", "-live", "1")  # as browsers record: no length inside
    for source, words in [
        (path, "lasts 4.5 seconds, and at most 2 "),
        (webm, "lasts 4.5 seconds, and at most 2 "),
        (live, "is over 2 s, and at most 2 "),
        ((16000, voice(4.5)), "is over 2 s|lasts 4.5 seconds"),
    ]:
        with pytest.raises(RecordingError, match=words):
            load_speech(source, max_seconds=2)
    assert load_speech(live).duration == pytest.approx(4.5, abs=0.06)


def test_long_files_are_not_read_to_the_end(tmp_path, wav):
    path = convert(wav, tmp_path / "twenty.webm", "-af", "apad=whole_dur=20")
    for source in (path, convert(path, tmp_path / "twenty.wav")):
        rate, samples, seconds = read_sound(source, max_seconds=3)
        assert len(samples) / rate == pytest.approx(4, abs=0.05)
        assert seconds == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize(
    "content", [b"", b"\0", b"garbage" * 5000, b"RIFF\xff\xff\xff\xffWAVEfmt ", b"ID3" + bytes(999)]
)
@pytest.mark.parametrize("name", ["x.wav", "x.mp3", "x.m4a", "x.raw", "x"])
def test_damaged_files(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RecordingError):
        load_speech(path)


def test_playlists_do_not_reach_other_files(tmp_path, wav):
    convert(wav, tmp_path / "private.ts", "-c:a", "aac")
    path = tmp_path / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{tmp_path}/private.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(RecordingError):
        load_speech(path)


def test_playlists_do_not_reach_the_network(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        path = tmp_path / "list.m3u8"
        path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n")
        with pytest.raises(RecordingError):
            load_speech(path)
        with pytest.raises(TimeoutError):
            server.accept()
