import numpy as np

from talking_face.data.splits import is_held_out


def test_held_out_people_are_about_one_in_six_and_always_the_same():
    share = np.mean([is_held_out(f"person {i}") for i in range(3000)])
    assert 0.13 < share < 0.2
    assert [i for i in range(40) if is_held_out(f"person {i}")] == [14, 17, 22, 23, 35]  # in every process
