"""Spoilt files and wishes are refused in a sentence, whatever is wrong with them; `make soak` tries many more."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.fuzzing import DOORS, knock, mutate, seeds

EXAMPLES = {"sound": 25, "published_weights": 40, "clip": 40}  # of the slower doors
EXAMPLES |= {"portrait_command": 4, "smile_photo": 12, "mesh_weights": 40, "text": 30}


@pytest.mark.parametrize("name", DOORS)
def test_what_the_inputs_are_made_from_is_good(name):
    assert sum(knock(name, data) for data in seeds(name)) or name == "published_weights"


@pytest.mark.parametrize("name", DOORS)
def test_spoilt_inputs_end_in_a_sentence(name):
    @settings(
        max_examples=EXAMPLES.get(name, 80), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def check(data):
        good = data.draw(st.sampled_from(seeds(name)))
        knock(name, mutate(good, lambda low, high: data.draw(st.integers(low, high))))

    check()


@pytest.mark.parametrize("name", DOORS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_anything_at_all_ends_in_a_sentence(name, data):
    knock(name, data)
