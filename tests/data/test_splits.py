import numpy as np

from talking_face.data.splits import is_held_out


def test_held_out_people_are_about_one_in_six_and_always_the_same():
    share = np.mean([is_held_out(f"person {i}") for i in range(3000)])
    assert 0.13 < share < 0.2
    assert is_held_out("person 7") == is_held_out("person 7")
