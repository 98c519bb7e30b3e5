import numpy as np

from talking_face.data.motion_sets import in_sync


def test_in_sync_keeps_the_part_where_sound_and_picture_overlap():
    mel, landmarks = np.repeat(np.arange(10), 4)[:, None], np.arange(10)
    sound, picture = in_sync(mel, landmarks, 3)
    np.testing.assert_array_equal(sound[::4, 0], picture - 3)
