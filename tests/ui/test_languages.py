"""Nothing that the page can say is missing in any of its languages."""

import re
from concurrent.futures import Future

import pytest

from support import messages
from talking_face.limits import LANGUAGES
from talking_face.ui import build, languages
from talking_face.ui.studio import Studio

CODES = [code for code in LANGUAGES if code != "en"]
NAMES = set(LANGUAGES.values())  # each in its own language
SIGNS = re.compile(r"^(?:[^\w“(){}]+ )+")


@pytest.fixture(scope="module")
def said():
    """All that the page can say, as message ids."""
    page = build(Studio(Future()))
    found = messages.of_errors() | messages.of_modules() | messages.of_scripts() | messages.of_page(page)
    return {SIGNS.sub("", text) for text in found} - NAMES


@pytest.mark.parametrize("code", CODES)
def test_all_that_the_page_can_say_is_translated(code, said):
    catalogue = languages.catalogue(code)
    patterns = [_pattern(text) for text in catalogue if "{}" in text]
    missing = sorted(text for text in said if not _is_known(text, catalogue, patterns))
    assert missing == [], f"please translate these in talking_face/ui/languages/{code}.json (and the others there)"


def _is_known(text, catalogue, patterns):
    """As translate.js does it: as a whole, with something filled in, or sentence by sentence."""
    if text in catalogue or any(pattern.fullmatch(text) for pattern in patterns):
        return True
    parts = re.split(r"(?<=[.!?:…)])\s+", text)
    return any(
        _is_known(" ".join(parts[:end]), catalogue, patterns) and _is_known(" ".join(parts[end:]), catalogue, patterns)
        for end in range(1, len(parts))
    )


def _pattern(text):
    return re.compile(".+".join(map(re.escape, text.split("{}"))), re.S)


@pytest.mark.parametrize("code", CODES)
def test_translations_fill_in_the_same_and_are_in_the_script_of_their_language(code):
    scripts = {"hi": "[\u0900-\u097f]", "ar": "[\u0600-\u06ff]", "zh": "[\u4e00-\u9fff]"}
    for text, translation in languages.catalogue(code).items():
        holes = re.findall(r"\{\d*\}", translation)
        numbers = [hole for hole in holes if hole != "{}"]
        assert len(holes) == text.count("{}") and len(numbers) in (0, len(holes)), text
        assert sorted(numbers) == [f"{{{number}}}" for number in range(1, len(numbers) + 1)], text
        if code in scripts and text != translation:
            assert re.search(scripts[code], translation), text


def test_all_languages_say_the_same():
    assert all(languages.catalogue(code).keys() == languages.catalogue("de").keys() for code in CODES)


def test_a_late_sentence_would_be_noticed(tmp_path, monkeypatch):
    (tmp_path / "ui").mkdir()
    late = '"""A docstring."""\nLATE = "✅ Something {} new."\ndef f(name): raise PhotoError(f"“{name}” is bad.")\n'
    (tmp_path / "ui" / "late.py").write_text(late)
    monkeypatch.setattr(messages, "PACKAGE", tmp_path)
    monkeypatch.setattr(messages, "SPEAKING", ("ui",))
    assert messages.of_modules() == {"✅ Something {} new.", "“{}” is bad."}
    assert messages.of_errors() == {"“{}” is bad."}
