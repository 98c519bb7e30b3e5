"""What is made of samples: levels, channels, length, and what is said of them."""

import numpy as np
import pytest

from support.paths import DATA
from support.voice import check_speech, voice
from talking_face.audio import load_speech, loudness
from talking_face.audio.speech import MAX_GAIN, MAX_PEAK, NETWORK_LEVEL
from talking_face.errors import RecordingError


def test_high_rates_are_brought_down():
    speech = load_speech((96000, voice(1.0, 96000)))
    assert speech.rate == 48000 and len(speech.sound) == 48000


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000, 96000])
@pytest.mark.parametrize("seconds", [0.3, 0.99, 1.0, 1.001, 2.04])
def test_video_covers_the_recording(rate, seconds):
    speech = load_speech((rate, voice(seconds, rate)))
    assert 0 <= speech.frames / 25 - round(seconds * rate) / rate < 1 / 25
    assert speech.log_mel.shape == (4 * speech.frames, 80)


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


@pytest.mark.parametrize("level", [-46, -60])
def test_quiet_speech_is_speech(level):
    speech, loud = (load_speech((16000, voice(2.0, peak=10 ** (peak / 20)))) for peak in (level, -6))
    assert loudness(speech.samples, 16000) == pytest.approx(NETWORK_LEVEL, abs=0.2)
    assert np.abs(speech.log_mel - loud.log_mel).max() < 0.05
    assert any("very quiet" in note for note in speech.notes)


def test_invalid_numbers_are_silenced():
    samples = voice()
    samples[100:110] = np.nan
    samples[200], samples[300] = np.inf, 1e30
    speech = load_speech((16000, samples))
    check_speech(speech, 1.0)
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


@pytest.mark.parametrize("name", ["grid_s1_sgwp8n", "hdtf_WDA_KatieHill_000"])
def test_real_clips_have_as_many_frames_as_their_landmarks(name):
    if not DATA.is_dir():
        pytest.skip("the data room is not here")
    speech = load_speech(DATA / "clips" / f"{name}.mp4")
    assert speech.frames == len(np.load(DATA / "labels" / f"{name}.npz")["landmarks"])
    check_speech(speech, speech.frames / 25)
    assert speech.notes == ()
