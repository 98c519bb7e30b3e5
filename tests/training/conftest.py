"""A data room in miniature, and smoke runs that have learned from it."""

import functools

import pytest
import torch

from support.smoke_runs import smoke
from support.tiny_data_room import make_data_room


@pytest.fixture(scope="session")
def data_room(tmp_path_factory):
    return make_data_room(tmp_path_factory.mktemp("data_room"))


@pytest.fixture(scope="session")
def faces(data_room):
    from talking_face.training.painter.faces import load_stills

    return load_stills(data_room)


@pytest.fixture(scope="session")
def mouths():
    from talking_face.generators.deformable.inside.mouths import Mouths

    return Mouths.load()


@pytest.fixture(autouse=True)
def threads():
    """The smoke configurations set the number of threads; put it back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def finished(data_room, tmp_path_factory):
    """The folder and the losses of a recipe's smoke run, by the recipe's name."""

    @functools.cache
    def run(name):
        folder = tmp_path_factory.mktemp(name)
        return folder, smoke(name, data_room, folder)

    return run
