import numpy as np

from talking_face.data.motion_sets import in_sync, is_held_out


def test_in_sync_keeps_the_part_where_sound_and_picture_overlap():
    mel, landmarks = np.repeat(np.arange(10), 4)[:, None], np.arange(10)
    sound, picture, _ = in_sync(mel, landmarks, landmarks, 3)
    np.testing.assert_array_equal(sound[::4, 0], picture - 3)


def test_held_out_people_are_about_one_in_six_and_always_the_same():
    share = np.mean([is_held_out(f"person {i}") for i in range(3000)])
    assert 0.13 < share < 0.2
    assert is_held_out("person 7") == is_held_out("person 7")
