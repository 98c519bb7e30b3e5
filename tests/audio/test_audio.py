"""Recordings of every kind, in and out of order.

`golden_log_mel.npz` holds what librosa makes of a second of voice, which takes it long;
`PYTHONPATH=.:tests python tests/audio/test_audio.py` writes it anew.
"""

import socket
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from imageio_ffmpeg import get_ffmpeg_exe

from support.paths import DATA
from talking_face.audio import Speech, load_speech, log_mel, loudness, read_sound
from talking_face.audio.speech import MAX_GAIN, MAX_PEAK, NETWORK_LEVEL
from talking_face.errors import RecordingError

GOLDEN = Path(__file__).parent / "golden_log_mel.npz"


def voice(seconds=1.0, rate=16000, peak=0.5):
    """A buzz of 120 Hz that comes and goes four times a second, with a little noise: float64 (N,)."""
    t = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 12)) * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * t))
    buzz += 0.01 * np.random.default_rng(0).standard_normal(len(t))
    return peak * buzz / np.abs(buzz).max()


def golden_samples():
    return voice(1.0, peak=0.3).astype(np.float32)


def convert(source, target, *options):
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-i", source, *options, target], check=True)
    return target


@pytest.fixture(scope="module")
def wav(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "voice.wav"
    soundfile.write(path, voice(1.5, 48000), 48000)
    return path


def check(speech, seconds):
    assert isinstance(speech, Speech)
    assert speech.duration == pytest.approx(seconds, abs=0.06)  # MP3 and AAC add some lead-in and tail
    assert len(speech.sound) / speech.rate == pytest.approx(speech.duration, abs=1e-3)
    assert 0 <= speech.frames - speech.duration * 25 < 1
    assert speech.log_mel.shape == (4 * speech.frames, 80)
    for array in (speech.sound, speech.samples, speech.log_mel):
        assert array.dtype == np.float32 and np.isfinite(array).all()
    assert np.abs(speech.sound).max() <= 1 and np.abs(speech.samples).max() <= 1
    assert loudness(speech.samples, 16000) == pytest.approx(NETWORK_LEVEL, abs=0.5)


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
    check(speech, 1.5)
    original = load_speech(wav)
    assert speech.level == pytest.approx(original.level, abs=0.5)
    columns = min(len(speech.log_mel), len(original.log_mel))
    below_3_khz = np.s_[8 : columns - 8, :50]  # 8 kHz recordings have nothing above 4 kHz
    assert np.corrcoef(speech.log_mel[below_3_khz].ravel(), original.log_mel[below_3_khz].ravel())[0, 1] > 0.95


def test_sound_track_of_a_video(wav, tmp_path):
    picture = ["-f", "lavfi", "-i", "color=size=64x64:duration=1.5", "-map", "0:a", "-map", "1:v", "-c:a", "aac"]
    check(load_speech(str(convert(wav, tmp_path / "clip.mp4", *picture))), 1.5)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("channels", [0, 1, 2])
def test_arrays_from_the_browser(dtype, channels):
    samples = voice(1.0, 22050)
    if np.issubdtype(dtype, np.integer):
        info = np.iinfo(dtype)
        samples = np.round((samples + 1) / 2 * (info.max - info.min) + info.min)
    samples = samples.astype(dtype)
    speech = load_speech((22050, np.stack([samples] * channels, 1) if channels else samples))
    check(speech, 1.0)
    assert speech.rate == 22050 and speech.notes == ()
    assert speech.sound.ndim == max(channels, 1)
    for heard in (speech.voice, *np.atleast_2d(speech.sound.T)):
        assert np.abs(heard - voice(1.0, 22050)).max() < (0.02 if dtype is np.uint8 else 1e-3)


def test_high_rates_are_brought_down():
    speech = load_speech((96000, voice(1.0, 96000)))
    assert speech.rate == 48000 and len(speech.sound) == 48000


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000, 96000])
@pytest.mark.parametrize("seconds", [0.3, 0.99, 1.0, 1.001, 2.04])
def test_video_covers_the_recording(rate, seconds):
    speech = load_speech((rate, voice(seconds, rate)))
    assert 0 <= speech.frames / 25 - round(seconds * rate) / rate < 1 / 25
    assert speech.log_mel.shape == (4 * speech.frames, 80)


def test_log_mel_equals_librosa():
    expected = np.load(GOLDEN)["log_mel"]
    samples = golden_samples()
    assert np.abs(log_mel(samples, 25) - expected[:100]).max() < 1e-4  # cut
    longer = log_mel(samples, 27)
    assert np.abs(longer[:101] - expected).max() < 1e-4
    assert (longer[102:] == -10).all()  # continued by silence
    assert (log_mel(np.zeros(16000, np.float32), 25) == -10).all()


@pytest.mark.parametrize("peak", [0.9, 0.1, 0.02])
def test_loudness_is_evened_out(peak):
    speech = load_speech((16000, voice(peak=peak)))
    assert loudness(speech.samples, 16000) == pytest.approx(NETWORK_LEVEL, abs=0.2)
    assert np.abs(speech.sound).max() == pytest.approx(peak, rel=0.05)  # what is heard stays as it was


def test_faint_noise_is_not_blown_up():
    speech = load_speech((16000, 0.003 * np.random.default_rng(0).standard_normal(16000)))
    assert 20 * np.log10(speech.samples.std() / speech.sound.std()) == pytest.approx(MAX_GAIN, abs=0.01)


def test_pauses_do_not_count_as_loudness():
    speech = voice(peak=0.2)
    with_pauses = np.concatenate([np.zeros(32000), speech, 1e-4 * np.random.default_rng(0).standard_normal(32000)])
    assert loudness(with_pauses, 16000) == pytest.approx(loudness(speech, 16000), abs=0.1)


def test_peaks_never_clip():
    click = 0.02 * voice()
    click[8000] = 3.0
    speech = load_speech((16000, click))
    assert np.abs(speech.sound).max() <= 1 + 1e-6
    assert np.abs(speech.samples).max() <= MAX_PEAK + 1e-6


def test_constant_offset_is_removed():
    speech = load_speech((16000, voice(peak=0.3) + 0.4))
    assert abs(speech.sound.mean()) < 1e-4
    assert np.abs(speech.log_mel - load_speech((16000, voice(peak=0.3))).log_mel).max() < 1e-2


@pytest.mark.parametrize("right", [-1, -0.9, -0.5, 0, 0.3, 1])
def test_two_channels_are_as_loud_as_the_louder_one_and_stay_two(right):
    left = voice(peak=0.3)
    speech = load_speech((16000, np.stack([left, right * left], 1)))
    assert np.abs(np.abs(speech.voice) - np.abs(left - left.mean())).max() < 1e-4
    assert np.abs(speech.sound - np.outer(left - left.mean(), [1, right])).max() < 1e-4
    assert speech.level == pytest.approx(load_speech((16000, left)).level, abs=0.1)


def test_what_two_people_say_on_either_side_is_both_there():
    left, right = np.split(np.stack([voice(2.0, peak=0.3), np.zeros(32000)], 1), 2)
    speech = load_speech((16000, np.concatenate([left, 0.5 * right[:, ::-1]])))
    assert np.corrcoef(speech.voice, np.concatenate([left[:, 0], 0.5 * right[:, 0]]))[0, 1] > 0.99


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


@pytest.mark.parametrize("level", [-46, -60])
def test_quiet_speech_is_speech(level):
    speech, loud = (load_speech((16000, voice(2.0, peak=10 ** (peak / 20)))) for peak in (level, -6))
    assert loudness(speech.samples, 16000) == pytest.approx(NETWORK_LEVEL, abs=0.2)
    assert np.abs(speech.log_mel - loud.log_mel).max() < 0.05
    assert any("very quiet" in note for note in speech.notes)


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


def test_invalid_numbers_are_silenced():
    samples = voice()
    samples[100:110] = np.nan
    samples[200], samples[300] = np.inf, 1e30
    speech = load_speech((16000, samples))
    check(speech, 1.0)
    assert any("no valid numbers" in note for note in speech.notes)


def test_notes():
    assert load_speech((16000, voice())).notes == ()
    assert load_speech((16000, voice(peak=0.999))).notes == ()
    assert any("clipped" in note for note in load_speech((16000, np.clip(3 * voice(), -1, 1))).notes)
    assert any("quiet" in note for note in load_speech((16000, voice(peak=0.005))).notes)


@pytest.mark.parametrize(
    "source, words",
    [
        (None, "no recording"),
        ((16000, np.zeros(16000, np.int16)), "silent"),
        ((16000, np.full(16000, 0.7)), "silent"),
        ((16000, np.full(16000, np.nan)), "silent"),
        ((16000, 1e-4 * voice()), "silent"),
        ((16000, 3e-4 * np.random.default_rng(0).standard_normal(32000)), "silent"),  # the hiss of a microphone
        ((16000, np.zeros(0)), "only 0.00 seconds"),
        ((16000, voice(0.25)), "only 0.25 seconds"),
        ((100, voice()), "100 samples a second"),
        ((16000, np.zeros((2, 3, 4))), "not a series"),
        ((16000, np.array(["a"] * 16000)), "not a series"),
        ("no/such/file.wav", "no file"),
        (".", "no file"),
    ],
)
def test_what_cannot_be_used_is_said(source, words):
    with pytest.raises(RecordingError, match=words):
        load_speech(source)


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


def test_long_files_are_not_read_to_the_end(tmp_path, wav):
    path = convert(wav, tmp_path / "twenty.webm", "-af", "apad=whole_dur=20")
    for source in (path, convert(path, tmp_path / "twenty.wav")):
        rate, samples, seconds = read_sound(source, max_seconds=3)
        assert len(samples) / rate == pytest.approx(4, abs=0.05)
        assert seconds == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize("name", ["grid_s1_sgwp8n", "hdtf_WDA_KatieHill_000"])
def test_real_clips_have_as_many_frames_as_their_landmarks(name):
    data = DATA
    if not data.is_dir():
        pytest.skip("the data room is not here")
    speech = load_speech(data / "clips" / f"{name}.mp4")
    assert speech.frames == len(np.load(data / "labels" / f"{name}.npz")["landmarks"])
    check(speech, speech.frames / 25)
    assert speech.notes == ()


if __name__ == "__main__":
    from librosa.feature import melspectrogram

    power = melspectrogram(y=golden_samples(), sr=16000, n_fft=400, hop_length=160, n_mels=80)
    np.savez_compressed(GOLDEN, log_mel=np.log10(np.maximum(power, 1e-10)).T.astype(np.float32))
