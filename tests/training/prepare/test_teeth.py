import numpy as np

from talking_face.training.prepare.teeth import cross_validated, in_lab


def test_colour_of_teeth_is_validated_on_people_left_out():
    random = np.random.default_rng(0)
    people = [f"person {number}" for number in range(140)]
    inputs = random.normal(5, 0.3, (140, 15))
    lawful = 4.9 + 0.2 * (inputs[:, 6:9] - 5)
    lawless = 4.9 + random.normal(0, 0.1, (140, 3))
    assert np.median(cross_validated(people, inputs, lawful)) < 0.5
    usual = np.median(np.linalg.norm((in_lab(lawless) - in_lab(lawless).mean(0))[:, 1:], axis=1))
    assert np.median(cross_validated(people, inputs, lawless)) > 0.9 * usual  # chance is not learnt by heart
