import numpy as np
import pytest

from support.smoke_runs import smoke

pytestmark = pytest.mark.slow


def test_the_finished_generator_is_what_ships(finished):
    from talking_face.generators.deformable.painter import DeformablePainter
    from talking_face.weights import load_weights

    folder, _ = finished("generator")
    weights, config = load_weights(folder / "weights.safetensors", "deformable painter")
    DeformablePainter(**config).load_state_dict(weights)


def test_a_light_generator_learns_from_a_finished_one(finished, data_room, tmp_path):
    from talking_face.generators.deformable.painter import DeformablePainter
    from talking_face.weights import load_network

    teacher = finished("generator")[0] / "weights.safetensors"
    steps = smoke("generator", data_room, tmp_path, f"teacher={teacher}", "decoder=[8, 16, 64]", "adversarial=0")
    losses = [step["imitation"] for step in steps.values()]
    assert np.mean(losses[-4:]) < 0.7 * np.mean(losses[:4])
    light = load_network(tmp_path / "weights.safetensors", "deformable painter", DeformablePainter)
    assert light.head.weight.shape[1] == 8
