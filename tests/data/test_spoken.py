import ctypes.util

import numpy as np
import pytest

from talking_face.data.spoken import espeak, with_closures

needs_espeak = pytest.mark.skipif(not ctypes.util.find_library("espeak-ng"), reason="espeak-ng is not installed")


def test_a_stops_silent_closure_is_part_of_it():
    phones = [(0.0, 0.1, "a"), (0.1, 0.15, ""), (0.15, 0.2, "p"), (0.2, 0.6, ""), (0.6, 0.7, "p"), (0.7, 0.7, "")]
    assert with_closures(phones) == [(0.0, 0.1, "a"), (0.1, 0.2, "p"), (0.2, 0.6, ""), (0.6, 0.7, "p")]


@needs_espeak
@pytest.mark.parametrize(
    "voice, text", [("en-us+f2", "Pam may be. Home again."), ("cmn-latn-pinyin", "妈妈。爱爸爸。")]
)
def test_phones_lie_where_they_are_spoken(voice, text):
    samples, phones = espeak().say(voice, text)
    starts, ends, names = zip(*phones)
    assert "m" in names and starts == tuple(sorted(starts)) and ends[-1] == pytest.approx(len(samples) / 16000, abs=0.1)
    loud = lambda start, end: np.abs(samples[int(start * 16000) : int(end * 16000)]).mean()
    vowels = [loud(start, end) for start, end, name in phones if name[:1] in ("æ", "a", "ɑ")]
    assert min(vowels) > 5 * max(loud(start, end) for start, end, name in phones if not name and end - start > 0.02)


@needs_espeak
def test_voices_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="moon"):
        espeak().say("moon", "a")
