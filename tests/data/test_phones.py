import numpy as np

from talking_face.data.phones import BILABIAL, CLASSES, SILENCE, closures, frame_classes, phone_classes


def named(phone):
    return [CLASSES[number].name for number in phone_classes(phone)]


def test_phones_are_told_by_what_lips_do_whatever_their_diacritics():
    assert named("aɪ") == ["open vowel", "close front vowel"]
    assert named("bʰ") == named("mʲ") == [CLASSES[BILABIAL].name]
    assert named("") == ["silence"]
    symbols = "".join(c.symbols for c in CLASSES)
    assert len(set(symbols)) == len(symbols)


def test_frames_hold_the_shares_of_what_is_said_in_them():
    shares = frame_classes([(0.02, 0.06, "m"), (0.06, 0.14, "aɪ")], 4)
    np.testing.assert_allclose(shares.sum(1), 1)
    np.testing.assert_allclose(shares[:, SILENCE], [0.5, 0, 0, 0.5], atol=1e-6)
    np.testing.assert_allclose(shares[:, BILABIAL], [0.5, 0.5, 0, 0], atol=1e-6)
    assert shares[1, phone_classes("a")[0]] > 0 and shares[3, phone_classes("ɪ")[0]] > 0


def test_even_a_short_closure_shuts_the_lips_of_a_frame():
    assert closures([(0.0, 0.1, "a"), (0.1, 0.115, "b"), (0.115, 0.3, "a")], 8).tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
