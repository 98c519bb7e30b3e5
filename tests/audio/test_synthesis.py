import shutil

import librosa
import numpy as np
import pytest

from talking_face.audio import load_speech
from talking_face.audio.synthesis import espeak, hibari, mood_of, pico, say, speak
from talking_face.audio.synthesis.mood import MOODS, Mood
from talking_face.audio.synthesis.text import LONGEST, check_text, language_of, sentences
from talking_face.emotions import EMOTIONS
from talking_face.errors import ChoiceError, SettingError
from talking_face.limits import LANGUAGES, TEXT_LENGTH

LINES = {
    "en": "Good news, I can talk.",
    "de": "Gute Nachrichten, ich kann sprechen.",
    "es": "Buenas noticias, puedo hablar.",
    "fr": "Bonne nouvelle, je peux parler.",
    "hi": "अच्छी खबर है।",
    "ar": "أخبار جيدة.",
    "zh": "好消息，我可以说话了。",
}
NEEDS_ESPEAK = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")


@pytest.mark.parametrize("language", [pytest.param(code, marks=NEEDS_ESPEAK) for code in LANGUAGES])
def test_every_language_of_the_page_is_spoken_at_a_good_level(language):
    speech = load_speech(say(LINES[language], language))
    assert 0.8 < speech.duration < 6 and speech.notes == () and -26 < speech.level < -12


def test_a_mood_sets_pace_and_pitch():
    calm, afraid, sad = (say(LINES["en"], "en", mood_of(name)) for name in ("neutral", "fear", "sadness"))
    assert len(afraid[1]) < len(calm[1]) < len(sad[1])
    assert _pitch(*sad) < _pitch(*calm) < _pitch(*afraid)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_low_voice_is_a_mans(language):
    high, low = (_pitch(*say(LINES[language], language, low=low)) for low in (False, True))
    assert low < 150 < high


def _pitch(rate, samples):
    pitch, voiced, _ = librosa.pyin(samples, fmin=60, fmax=500, sr=rate)
    return np.median(pitch[voiced])


def test_melody_widens_around_the_same_pitch():
    curve = np.array([0, 200, 100, 400], np.float32)
    wide = hibari._bent(curve, 0, 1.5)
    assert wide[0] == 0 and wide[1] == pytest.approx(200) and wide[2] < 75 and wide[3] > 500
    assert hibari._bent(curve, 12, 1)[1:3] == pytest.approx([400, 200])


def test_a_longer_throat_lowers_resonances():
    bins = np.zeros((601, 1), np.float32)
    bins[200] = 1
    assert hibari._stretched(bins, 0.8).argmax() == 160


def test_the_same_words_sound_the_same():
    assert np.array_equal(say("Once more.")[1], say("Once more.")[1])


def test_the_mood_grows_with_the_intensity():
    assert mood_of("happy", 0) == Mood()
    assert mood_of("happy", 0.5).pitch < mood_of("happy").pitch == MOODS["happiness"].pitch
    assert set(MOODS) == set(EMOTIONS)


def test_progress_comes_sentence_by_sentence():
    shares = [share for share, _ in speak("One. Two, please! Three?")]
    assert len(shares) == 3 and shares == sorted(shares) and shares[-1] == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("好消息。你好！", ["好消息。", "你好！"]),
        ("एक। दो।", ["एक।", "दो।"]),
        ("One\n\n…\nTwo", ["One", "Two"]),
        ("It costs 3.50 today.", ["It costs 3.50 today."]),
    ],
)
def test_sentences_end_where_their_script_ends_them(text, parts):
    assert sentences(text) == parts


def test_long_sentences_are_cut_where_they_pause_and_nothing_is_lost():
    text = "and on it goes, " * 30
    parts = sentences(text.strip())
    assert len(parts) > 1 and all(len(part) <= LONGEST for part in parts)
    assert " ".join(parts) == text.strip()


def test_a_script_tells_its_language():
    assert language_of("नमस्ते दुनिया", "en") == "hi"
    assert language_of("Hello", "zh") == "en"
    assert language_of("Hallo", "de") == "de"


@pytest.mark.parametrize(
    ("text", "word"), [("", "nothing to say"), (" … \x00", "nothing to say"), ("a " * TEXT_LENGTH, "shorten")]
)
def test_texts_that_cannot_be_said_are_told(text, word):
    with pytest.raises(ChoiceError, match=word):
        check_text(text)


def test_an_unknown_language_is_told():
    with pytest.raises(ChoiceError, match="de, es"):
        say("Hello", "xx")


def test_a_voice_that_stumbles_says_which_words(monkeypatch):
    monkeypatch.setattr(pico, "PROGRAM", "raise SystemExit(1)")
    with pytest.raises(ChoiceError, match="“Hallo” cannot be spoken"):
        pico.read("de", "Hallo", Mood())


@NEEDS_ESPEAK
def test_markup_in_a_text_is_read_not_obeyed():
    plain, marked = (say(text, "hi")[1] for text in ("नमस्ते", 'नमस्ते <audio src="/etc/hostname"/> & <break time="9s"/>'))
    assert len(plain) < len(marked) and len(marked) / espeak.RATE < 15


def test_without_a_voice_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(espeak, "which", lambda name: None)
    with pytest.raises(SettingError, match="install espeak-ng"):
        say("नमस्ते", "hi")
    monkeypatch.setattr(pico, "is_here", lambda: False)
    monkeypatch.setattr(hibari, "is_here", lambda: False)
    with pytest.raises(SettingError):
        say("Hello")


def test_pico_stands_in_for_english(monkeypatch):
    monkeypatch.setattr(hibari, "is_here", lambda: False)
    assert say("Hello")[0] == pico.RATE
